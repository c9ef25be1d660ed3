import { addFleet, type BenchSystem, startBenchSystem, waitForApps } from './bench-system.ts';
import { inFlight } from './kube-client.ts';
import type { Samples } from './measurement.ts';
import { sampleFleet } from './sample-apps.ts';

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
    return [{ metric: `${apps} Apps × 4 objects Synced`, unit: 's', values, floor: [await createBare(bench, apps * 4)], target }];
  } finally {
    await bench.stop();
  }
}

async function createBare({ kube }: BenchSystem, count: number): Promise<number> {
  await kube.apply('/api/v1/namespaces/floor', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'floor' } }, 'floor');
  const names = Array.from({ length: count }, (_, i) => `floor-${i}`);
  const since = performance.now();
  await inFlight(names, 32, (name) =>
    kube.apply(
      `/api/v1/namespaces/floor/configmaps/${name}`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: name } },
      'floor',
    ),
  );
  return (performance.now() - since) / 1000;
}
