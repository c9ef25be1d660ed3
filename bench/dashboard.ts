import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/browser/support/open-browser.ts';
import { signIn } from '../test/browser/support/start-dashboard.ts';
import { addFleet, startBenchSystem, waitForApps } from './bench-system.ts';
import { startLoneFleet } from './lone-fleet.ts';
import type { Samples } from './measurement.ts';

const PAUSE_MS = 300;

/**
 * The dashboard in Chromium before a real Worker with many Apps, each time with an empty cache: from asking for the page until something is painted, and
 * until the first Apps are there. The floor of the list: the same browser loads nothing but the board's JSON.
 */
export async function dashboardLoad(apps: number, runs: number, log: (line: string) => void): Promise<Samples[]> {
  const { worker, stop } = await startLoneFleet(apps, log);
  const browser = await openBrowser();
  try {
    const painted: number[] = [];
    const listed: number[] = [];
    const scrolled: number[] = [];
    const floor: number[] = [];
    const first = await browser.open();
    await signIn(first.page, { url: worker.url, token: worker.token });
    const cookies = await first.context.cookies();
    await first.context.close();
    for (let run = 0; run < runs; run++) {
      const { page, context } = await browser.open();
      await context.addCookies(cookies);
      const since = performance.now();
      await page.goto(`${worker.url}/`, { waitUntil: 'commit' });
      await page.locator('[data-index="0"]').waitFor();
      listed.push(performance.now() - since);
      painted.push(await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"));
      scrolled.push(await slowestFrame(page));
      await context.close();
      const bare = await browser.open();
      await bare.context.addCookies(cookies);
      const asked = performance.now();
      await bare.page.goto(`${worker.url}/api/board`);
      floor.push(performance.now() - asked);
      await bare.context.close();
    }
    return [
      { metric: `first paint, ${apps} Apps`, unit: 'ms', values: painted },
      { metric: `first Apps in the list, ${apps} Apps`, unit: 'ms', values: listed, floor },
      { metric: 'slowest frame while scrolling through all', unit: 'ms', values: scrolled },
    ];
  } finally {
    await browser.close();
    await stop();
  }
}

/** Scrolls through the whole list, some screens a frame, and gives the longest that one frame took. */
function slowestFrame(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((done) => {
    let slowest = 0, before = performance.now();
    const step = (now) => {
      slowest = Math.max(slowest, now - before);
      before = now;
      const end = document.documentElement.scrollHeight - innerHeight - 1;
      if (scrollY >= end) return done(slowest);
      scrollBy(0, 2_000);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  })`);
}

/** A field is edited by hand in the cluster → the list in the browser says OutOfSync, and Synced after it was put back. The floor: the same edit seen by a bare watch. */
export async function eventToBrowser(runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  const browser = await openBrowser();
  try {
    const { git, worker, apiToken } = bench.system;
    const url = await git.createRepository('bench');
    await git.pushFiles('bench', { 'fleet/watched.yaml': definition(url), 'apps/config.yaml': CONFIG }, 'seed');
    await addFleet(bench, 'bench');
    await waitForApps(bench, 1);
    const { page } = await browser.open();
    await signIn(page, { url: worker().url, token: apiToken });
    await page.getByText('Live', { exact: true }).waitFor();
    let seen: ((at: number) => void) | undefined;
    let wanted = '';
    const stop = await bench.kube.watch('/api/v1/namespaces/bench/configmaps', (_type, object) => {
      const value = (object['data'] as Record<string, string> | undefined)?.['value'];
      if (object.metadata.name === 'watched' && value === wanted) seen?.(performance.now());
    });
    const values: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < runs; run++) {
      const isEdit = run % 2 === 0;
      wanted = isEdit ? `by hand ${run}` : 'first';
      const watched = new Promise<number>((done) => (seen = done));
      const shown = page
        .locator('[data-index="0"]')
        .getByText(isEdit ? 'OutOfSync' : 'Synced', { exact: true })
        .waitFor();
      const since = performance.now();
      await bench.kube.call('PATCH', '/api/v1/namespaces/bench/configmaps/watched', { data: { value: wanted } }, MERGE);
      await shown;
      values.push(performance.now() - since);
      floor.push((await watched) - since);
      await sleep(PAUSE_MS);
    }
    stop();
    return [{ metric: 'seen in the browser', unit: 'ms', values, floor, target: 300 }];
  } finally {
    await browser.close();
    await bench.stop();
  }
}

const MERGE = 'application/merge-patch+json';
const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: watched }\ndata: { value: first }\n';

/** An App whose drift is told, not healed. */
function definition(url: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: watched, namespace: argocd, annotations: { plumbline.dev/drift: warn } }
spec:
  project: default
  source: { repoURL: ${url}, targetRevision: main, path: apps }
  destination: { server: https://kubernetes.default.svc, namespace: bench }
  syncPolicy: { automated: { prune: true }, syncOptions: [CreateNamespace=true] }
`;
}
