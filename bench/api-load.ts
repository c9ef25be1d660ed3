import { setTimeout as sleep } from 'node:timers/promises';
import { startLoneFleet } from './lone-fleet.ts';
import { percentile, type Samples } from './measurement.ts';
import { cpuOf, workerds } from './process-stats.ts';

/** Requests that begin per second, whether or not those before have been answered. */
const RATE = 200;
const SECONDS = 10;

interface Load {
  readonly path: string;
  readonly rate: number;
}

/**
 * What the API takes for an answer while 200 requests a second arrive at one workerd, with 2,000 Apps on the board. The floor is `/healthz` under the same
 * load, right before: what the machine, the HTTP client and workerd's entrance take.
 */
export async function apiLoad(apps: number, log: (line: string) => void): Promise<Samples[]> {
  const { worker, stop } = await startLoneFleet(apps, log);
  try {
    const header = { authorization: `Bearer ${worker.token}` };
    const measure = async ({ path, rate }: Load): Promise<number[]> => {
      await load(worker.url + path, { rate, seconds: 1, header });
      return load(worker.url + path, { rate, seconds: SECONDS, header });
    };
    const samples: Samples[] = [];
    const pids = workerds();
    const used = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
    for (const { path, rate } of [
      { path: '/api/apps/demo/app-0007', rate: RATE },
      { path: '/api/board', rate: 2 },
    ]) {
      const floor = await measure({ path: '/healthz', rate });
      const since = used();
      const values = await measure({ path, rate });
      const spent = used() - since;
      const name = `GET ${path.replace('/demo/app-0007', '/:cluster/:app')}, ${rate} per s`;
      samples.push({ metric: name, unit: 'ms', values, floor });
      samples.push({ metric: `${name}, CPU of workerd for one`, unit: 'ms', values: [spent / (rate * (SECONDS + 1))] });
      samples.push({ metric: `${name}, p99`, unit: 'ms', values: [percentile(values, 0.99)], floor: [percentile(floor, 0.99)] });
    }
    return samples;
  } finally {
    await stop();
  }
}

/** Milliseconds of each request; they begin at fixed times, so that a slow answer delays no other (no coordinated omission). */
async function load(
  url: string,
  {
    rate,
    seconds,
    header,
  }: { readonly rate: number; readonly seconds: number; readonly header: Readonly<Record<string, string>> },
): Promise<number[]> {
  const begun = performance.now();
  const open: Promise<number>[] = [];
  for (let i = 0; i < rate * seconds; i++) {
    const due = begun + (i * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 1) await sleep(wait);
    open.push(
      fetch(url, { headers: header }).then(async (answer) => {
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
        return performance.now() - due;
      }),
    );
  }
  return Promise.all(open);
}
