import { setTimeout as sleep } from 'node:timers/promises';
import type { AppTree, TreeDelta } from '../core/api/tree.ts';
import { addFleet, type BenchSystem, startBenchSystem, waitForApps } from './bench-system.ts';
import { startCountingProxy } from './counting-proxy.ts';
import type { Samples } from './measurement.ts';
import { memoryOf } from './process-stats.ts';

const NAME = 'app-0000';
const PODS = '/api/v1/namespaces/bench/pods';
/** Longer than the agent gathers for one App. */
const PAUSE_MS = 400;

/** What one change of a Pod costs on the way from the agent to the Worker: everything on the wire, and the delta alone. */
export async function treeBytes(runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  const proxy = await startCountingProxy(bench.system.worker().url);
  try {
    const pods = await seedPods(bench, 20);
    await bench.system.agent().stop();
    await bench.system.startAgent({ env: { PLUMBLINE_URL: proxy.url } });
    const stream = await openStream(bench);
    await sleep(5_000);
    const wire: number[] = [];
    const deltas: number[] = [];
    const unseen: number[] = [];
    for (let run = 0; run < runs; run++) {
      const pod = pods[run % pods.length] ?? '';
      const before = proxy.sent();
      const seen = stream.next((delta) => restartsOf(delta, pod) === run + 1);
      await setRestarts(bench, pod, run + 1);
      deltas.push(JSON.stringify(await seen).length);
      await sleep(PAUSE_MS);
      wire.push(proxy.sent() - before);
      const quiet = proxy.sent();
      await bench.kube.call('PATCH', `${PODS}/${pod}`, { metadata: { annotations: { run: String(run) } } }, MERGE);
      await sleep(PAUSE_MS);
      unseen.push(proxy.sent() - quiet);
    }
    stream.close();
    return [
      { metric: 'bytes on the wire for a change', unit: 'B', values: wire },
      { metric: 'the delta in it', unit: 'B', values: deltas },
      { metric: 'bytes for a change that a tree does not show', unit: 'B', values: unseen, target: 0 },
    ];
  } finally {
    await bench.stop();
    await proxy.stop();
  }
}

/** A Pod's status changes → an HTTP client of the API has the message. The floor: the same change seen by a bare watch of the API server. */
export async function eventToStream(runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    const pods = await seedPods(bench, 20);
    const stream = await openStream(bench);
    let watched: { readonly pod: string; readonly run: number; readonly done: (at: number) => void } | undefined;
    const stop = await bench.kube.watch(PODS, (_type, object) => {
      const status = object['status'] as { containerStatuses?: { restartCount?: number }[] } | undefined;
      if (object.metadata.name === watched?.pod && status?.containerStatuses?.[0]?.restartCount === watched.run)
        watched.done(performance.now());
    });
    const values: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < runs; run++) {
      const pod = pods[run % pods.length] ?? '';
      const bare = new Promise<number>((done) => (watched = { pod, run: run + 1, done }));
      const seen = stream.next((delta) => restartsOf(delta, pod) === run + 1);
      const since = performance.now();
      await setRestarts(bench, pod, run + 1);
      await seen;
      values.push(performance.now() - since);
      floor.push((await bare) - since);
      await sleep(PAUSE_MS);
    }
    stop();
    stream.close();
    return [{ metric: 'seen by an HTTP client', unit: 'ms', values, floor, target: 300 }];
  } finally {
    await bench.stop();
  }
}

/** Memory of the agent with trees of many Pods, once all is quiet. */
export async function treeRss(pods: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    await seedPods(bench, pods);
    const values: number[] = [];
    for (let i = 0; i < 10; i++) {
      await sleep(1000);
      values.push(memoryOf(bench.system.agent().pid).rss);
    }
    return [
      { metric: `RSS with ${pods} Pods in trees`, unit: 'MB', values, target: 90 },
      { metric: 'peak RSS', unit: 'MB', values: [memoryOf(bench.system.agent().pid).peak] },
    ];
  } finally {
    await bench.stop();
  }
}

const MERGE = 'application/merge-patch+json';

/** An App of one Deployment with so many Pods; gives their names once they are all in its tree. */
async function seedPods(bench: BenchSystem, count: number): Promise<string[]> {
  const { git, api, clusterName } = bench.system;
  const url = await git.createRepository('bench');
  await git.pushFiles('bench', { 'fleet/app.yaml': definition(url), 'apps/web.yaml': deployment(count) }, 'seed');
  await addFleet(bench, 'bench');
  await waitForApps(bench, 1);
  for (;;) {
    const tree = await api.get<AppTree>(`/apps/${clusterName}/${NAME}/tree`);
    const keys = tree.ok ? tree.value.nodes.map(({ key }) => key).filter((key) => key.startsWith('/Pod/')) : [];
    if (tree.ok && keys.length + tree.value.more >= Math.min(count, 490)) return keys.map((key) => key.split('/')[3] ?? '');
    await sleep(200);
  }
}

function definition(url: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${NAME}, namespace: argocd }
spec:
  project: default
  source: { repoURL: ${url}, targetRevision: main, path: apps }
  destination: { server: https://kubernetes.default.svc, namespace: bench }
  syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [CreateNamespace=true] }
`;
}

function deployment(replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "example.com/web:1" }] }
`;
}

/** Counts a restart of a Pod's container, as a kubelet does. */
async function setRestarts({ kube }: BenchSystem, pod: string, restartCount: number): Promise<void> {
  const status = { name: 'web', image: 'example.com/web:1', imageID: '', ready: true, restartCount, state: { running: {} } };
  const answer = await kube.call('PATCH', `${PODS}/${pod}/status`, { status: { containerStatuses: [status] } }, MERGE);
  if (answer.status >= 300) throw new Error(`the status of ${pod} was answered ${answer.status}`);
}

function restartsOf(delta: TreeDelta, pod: string): number | undefined {
  return delta.changed.find(({ key }) => key.endsWith(`/${pod}`))?.restarts;
}

interface OpenStream {
  /** The next delta that fits. */
  next(fits: (delta: TreeDelta) => boolean): Promise<TreeDelta>;
  close(): void;
}

async function openStream({ system }: BenchSystem): Promise<OpenStream> {
  const stop = new AbortController();
  const response = await fetch(`${system.worker().url}/api/apps/${system.clusterName}/${NAME}/stream`, {
    headers: { authorization: `Bearer ${system.apiToken}` },
    signal: stop.signal,
  });
  let waiting: { readonly fits: (delta: TreeDelta) => boolean; readonly done: (delta: TreeDelta) => void } | undefined;
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^event: tree\ndata: (.*)$/m.exec(block)?.[1];
        if (data === undefined) continue;
        const delta = JSON.parse(data) as TreeDelta; // the Worker's own message
        if (waiting?.fits(delta) === true) waiting.done(delta);
      }
    }
  };
  void read().catch(() => undefined);
  return {
    next: (fits) => new Promise((done) => (waiting = { fits, done })),
    close: () => stop.abort(),
  };
}
