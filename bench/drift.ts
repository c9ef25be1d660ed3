import { setTimeout as sleep } from 'node:timers/promises';
import { addFleet, startBenchSystem, waitForApps } from './bench-system.ts';
import type { Samples } from './measurement.ts';
import { sampleFleet } from './sample-apps.ts';

/** A field edited by hand → seen back at its value in Git. The floor: one update and its watch event. Pauses between, so that self-heal's backoff for fights stays out. */
export async function drift(runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    const { git } = bench.system;
    const count = runs;
    const url = await git.createRepository('bench');
    await git.pushFiles('bench', sampleFleet(url, count, 'first'), 'seed');
    await addFleet(bench, 'bench');
    await waitForApps(bench, count);
    let expected: { readonly name: string; readonly value: string; readonly done: (at: number) => void } | undefined;
    const stop = await bench.kube.watch('/api/v1/namespaces/bench/configmaps', (_type, object) => {
      const value = (object['data'] as Record<string, string> | undefined)?.['value'];
      if (expected?.name === object.metadata.name && expected.value === value) expected.done(performance.now());
    });
    const until = (name: string, value: string) => new Promise<number>((done) => (expected = { name, value, done }));
    const edit = (name: string, value: string) =>
      bench.kube.call(
        'PATCH',
        `/api/v1/namespaces/bench/configmaps/${name}`,
        { data: { value } },
        'application/merge-patch+json',
      );
    const values: number[] = [];
    const floor: number[] = [];
    await bench.kube.apply(
      '/api/v1/namespaces/bench/configmaps/floor',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'floor' }, data: {} },
      'floor',
    );
    for (let run = 0; run < runs; run++) {
      const name = `app-${String(run).padStart(4, '0')}`;
      const since = performance.now();
      const edited = edit(name, 'by hand');
      const handSeen = await until(name, 'by hand');
      values.push((await until(name, 'first')) - since);
      await edited;
      const floorSince = performance.now();
      const seen = until('floor', `run-${run}`);
      await edit('floor', `run-${run}`);
      floor.push((await seen) - floorSince);
      if (handSeen < since) throw new Error('an edit was seen before it was made');
      await sleep(100);
    }
    stop();
    return [{ metric: 'healed', unit: 'ms', values, floor, target: 30 }];
  } finally {
    await bench.stop();
  }
}
