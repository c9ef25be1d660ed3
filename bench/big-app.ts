import { addFleet, type BenchSystem, startBenchSystem, waitForApps } from './bench-system.ts';
import { inFlight } from './kube-client.ts';
import type { Samples } from './measurement.ts';
import { memoryOf } from './process-stats.ts';
import { sampleApp } from './sample-apps.ts';

const BUDGET_MB = 90;
/** Objects of the App whose drift is healed meanwhile. */
const SMALL = 100;

/**
 * One App with very many ConfigMaps: how fast they are created, looked at again without a change, and all updated. The floors: a bare client
 * does the same with 32 requests in flight. Beside it, while the big App is updated, drift of a small App: how long the big one makes it wait.
 */
export async function bigApp(objects: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    const { git } = bench.system;
    const url = await git.createRepository('bench');
    await git.pushFiles('bench', { ...appOf(url, 'small', SMALL, 'first'), ...appOf(url, 'big', objects, 'first') }, 'seed');
    await bench.kube.apply(
      '/api/v1/namespaces/floor',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'floor' } },
      'floor',
    );
    const created = await timed(async () => {
      await addFleet(bench, 'bench');
      await waitForApps(bench, 2);
    });
    const createFloor = await timed(() => applyBare(bench, objects, 'first'));
    const compared = await timed(() => lookAgain(bench));
    const compareFloor = await timed(() => applyBare(bench, objects, 'first', '&dryRun=All'));
    const commit = await git.pushFiles('bench', appOf(url, 'big', objects, 'second'), 'all of them');
    const healing = watchHeals(bench);
    const updated = await timed(async () => {
      await bench.hook('bench', commit);
      await waitForApps(bench, 1, (app) => app.app === 'big' && app.status?.revision === commit && app.status.sync === 'Synced');
    });
    const heals = await healing.stop();
    const updateFloor = await timed(() => applyBare(bench, objects, 'second'));
    const { rss, peak } = memoryOf(bench.system.agent().pid);
    const rate = (ms: number) => Math.round(objects / (ms / 1000));
    const target = objects <= 1_000 ? { target: BUDGET_MB } : {};
    return [
      { metric: `${objects} objects created`, unit: 'per s', values: [rate(created)], floor: [rate(createFloor)] },
      { metric: 'compared, nothing changed', unit: 'per s', values: [rate(compared)], floor: [rate(compareFloor)] },
      { metric: 'all updated', unit: 'per s', values: [rate(updated)], floor: [rate(updateFloor)] },
      { metric: 'drift of a small App healed meanwhile', unit: 'ms', values: heals },
      { metric: 'agent RSS afterwards', unit: 'MB', values: [rss], ...target },
      { metric: 'agent peak RSS', unit: 'MB', values: [peak] },
    ];
  } finally {
    await bench.stop();
  }
}

/** An App of so many ConfigMaps, all in one file. */
function appOf(repositoryUrl: string, app: string, objects: number, stamp: string): Record<string, string> {
  const documents = Array.from(
    { length: objects },
    (_, i) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${nameOf(app, i)} }\ndata: { value: "${stamp}", filler: "${'x'.repeat(200)}" }\n`,
  );
  const definition = sampleApp(repositoryUrl, app, stamp)[`fleet/${app}.yaml`] ?? '';
  return { [`fleet/${app}.yaml`]: definition, [`apps/${app}/all.yaml`]: documents.join('---\n') };
}

function nameOf(app: string, index: number): string {
  return `${app}-${String(index).padStart(5, '0')}`;
}

async function applyBare({ kube }: BenchSystem, objects: number, stamp: string, query = ''): Promise<void> {
  const names = Array.from({ length: objects }, (_, i) => nameOf('big', i));
  await inFlight(names, 32, async (name) => {
    const data = { value: stamp, filler: 'x'.repeat(200) };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
    const path = `/api/v1/namespaces/floor/configmaps/${name}?fieldManager=floor&force=true${query}`;
    const { status } = await kube.call('PATCH', path, object, 'application/apply-patch+yaml');
    if (status >= 300) throw new Error(`the bare client was answered ${status}`);
  });
}

/** A dry run, asked for by a person: every object is compared, whatever is known of it. */
async function lookAgain({ system }: BenchSystem): Promise<void> {
  const asked = await system.api.send('POST', `/apps/${system.clusterName}/big/sync`, { dryRun: true });
  if (!asked.ok) throw new Error(asked.error.message);
  for (;;) {
    const app = await system.api.get<{ requests: readonly unknown[] }>(`/apps/${system.clusterName}/big`);
    if (app.ok && app.value.requests.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Edits one object of the small App after the other until stopped: never the same again, so that self-heal's backoff for fights stays out. */
function watchHeals({ kube }: BenchSystem): { stop(): Promise<number[]> } {
  const values: number[] = [];
  let stopped = false;
  const done = (async () => {
    for (let i = 0; i < SMALL && !stopped; i++) {
      const path = `/api/v1/namespaces/bench/configmaps/${nameOf('small', i)}`;
      const since = performance.now();
      await kube.call('PATCH', path, { data: { value: 'by hand' } }, 'application/merge-patch+json');
      for (;;) {
        const { body } = await kube.call('GET', path);
        if ((body as { data: { value: string } }).data.value === 'first') break; // an object of ours
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      values.push(performance.now() - since);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await done;
      return values;
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}
