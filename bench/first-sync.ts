import { addFleet, type BenchSystem, startBenchSystem, waitForApps } from './bench-system.ts';
import { inFlight } from './kube-client.ts';
import type { Samples } from './measurement.ts';
import { bareObjects, sampleFleet, samplePaths } from './sample-apps.ts';

/** A fleet path added → every App Synced and Healthy. The floor: a bare client creates as many objects, 32 requests in flight. */
export async function firstSync(apps: number, target: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    const { git } = bench.system;
    const url = await git.createRepository('bench');
    await git.pushFiles('bench', sampleFleet(url, apps, 'first'), 'seed');
    const since = performance.now();
    await addFleet(bench, 'bench');
    await waitForApps(bench, apps);
    const values = [(performance.now() - since) / 1000];
    return [{ metric: `${apps} Apps × 4 objects Synced`, unit: 's', values, floor: [await createBare(bench, apps)], target }];
  } finally {
    await bench.stop();
  }
}

async function createBare({ kube }: BenchSystem, apps: number): Promise<number> {
  await kube.apply('/api/v1/namespaces/floor', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'floor' } }, 'floor');
  const paths = samplePaths('floor');
  const writes = Array.from({ length: apps }, (_, i) => {
    const objects = bareObjects(`floor-${i}`, 'first');
    return paths.map((path, kind) => ({ path: `${path}/floor-${i}`, object: objects[kind] }));
  }).flat();
  const since = performance.now();
  await inFlight(writes, 32, ({ path, object }) => kube.apply(path, object, 'floor'));
  return (performance.now() - since) / 1000;
}
