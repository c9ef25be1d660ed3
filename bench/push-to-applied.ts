import { setTimeout as sleep } from 'node:timers/promises';
import { addFleet, type BenchSystem, startBenchSystem, waitForApps } from './bench-system.ts';
import type { Samples } from './measurement.ts';
import { bareObjects, sampleFleet, sampleObjects, samplePaths } from './sample-apps.ts';

/** Webhook sent → the last of four objects seen changed by a watch; all four change in every commit. The floor: a bare client applies the same four at once. */
export async function pushToApplied(apps: number, runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    const { git } = bench.system;
    const url = await git.createRepository('bench');
    await git.pushFiles('bench', sampleFleet(url, apps, 'first'), 'seed');
    await addFleet(bench, 'bench');
    await waitForApps(bench, apps);
    const name = 'app-0000';
    const observer = await observeStamps(bench, name);
    const values: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < runs; run++) {
      const stamp = `run-${run}`;
      const commit = await git.pushFiles('bench', sampleObjects(name, stamp), stamp);
      const seen = observer.next(stamp);
      const since = performance.now();
      await bench.hook('bench', commit);
      values.push((await seen) - since);
      floor.push(await applyBare(bench, run));
      await sleep(50); // let reports settle: the next push is another event
    }
    observer.stop();
    return [{ metric: 'last object applied', unit: 'ms', values, floor, target: 100 }];
  } finally {
    await bench.stop();
  }
}

/** Watches the four objects of an App; `next` settles with the time at which all of them carried the stamp. */
async function observeStamps(
  { kube }: BenchSystem,
  name: string,
): Promise<{ next(stamp: string): Promise<number>; stop(): void }> {
  let waiting: { readonly stamp: string; readonly open: Set<string>; readonly done: (at: number) => void } | undefined;
  const stops = await Promise.all(
    samplePaths('bench').map((path) =>
      kube.watch(`${path}?fieldSelector=metadata.name%3D${name}`, (_type, object) => {
        const annotations = (object.metadata as { annotations?: Record<string, string> }).annotations ?? {};
        if (waiting === undefined || annotations['stamp'] !== waiting.stamp) return;
        waiting.open.delete(path);
        if (waiting.open.size === 0) waiting.done(performance.now());
      }),
    ),
  );
  return {
    next: (stamp) => new Promise((done) => (waiting = { stamp, open: new Set(samplePaths('bench')), done })),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Four updates at once by server-side apply, until the last is answered. */
async function applyBare({ kube }: BenchSystem, run: number): Promise<number> {
  const objects = bareObjects('floor', `floor-${run}`);
  const since = performance.now();
  await Promise.all(samplePaths('bench').map((path, i) => kube.apply(`${path}/floor`, objects[i], 'floor')));
  return performance.now() - since;
}
