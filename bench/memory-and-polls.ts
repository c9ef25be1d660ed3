import { setTimeout as sleep } from 'node:timers/promises';
import { addFleet, type BenchSystem, startBenchSystem, waitForApps } from './bench-system.ts';
import type { Samples } from './measurement.ts';
import { cpuOf, memoryOf, workerds } from './process-stats.ts';
import { sampleFleet, sampleObjects } from './sample-apps.ts';

/** Memory of the agent once everything is applied and quiet. */
export async function agentRss(apps: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    await seed(bench, apps);
    const values: number[] = [];
    for (let i = 0; i < 10; i++) {
      await sleep(1000);
      values.push(memoryOf(bench.system.agent().pid).rss);
    }
    const { peak } = memoryOf(bench.system.agent().pid);
    return [
      { metric: `RSS with ${apps * 4} objects`, unit: 'MB', values, target: 90 },
      { metric: `peak RSS with ${apps * 4} objects`, unit: 'MB', values: [peak] },
    ];
  } finally {
    await bench.stop();
  }
}

/** What one minute costs for a source where nothing happens: requests and bytes at the Git server, CPU of workerd, writes of the agent. */
export async function idlePoll(runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    await seed(bench, 20);
    await bench.system.worker().tick();
    await sleep(1000);
    const writesBefore = await agentWrites(bench);
    bench.system.git.clearRequests();
    const pids = workerds();
    const cpu = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
    const since = cpu();
    for (let i = 0; i < runs; i++) await bench.system.worker().tick();
    const spent = (cpu() - since) / runs;
    const requests = bench.system.git.requests();
    const bytes = requests.reduce((sum, request) => sum + request.responseBytes, 0) / runs;
    return [
      { metric: 'requests to Git', unit: 'count', values: [requests.length / runs], target: 1 },
      { metric: 'bytes answered', unit: 'B', values: [bytes] },
      { metric: 'CPU of workerd', unit: 'ms', values: [spent], target: 1 },
      { metric: 'writes to the API server', unit: 'count', values: [(await agentWrites(bench)) - writesBefore], target: 0 },
    ];
  } finally {
    await bench.stop();
  }
}

/** One file changed in a repository of many Apps: what is fetched and rendered, and the CPU of workerd for all of it. */
export async function oneFileCommit(apps: number, runs: number, log: (line: string) => void): Promise<Samples[]> {
  const bench = await startBenchSystem(log);
  try {
    await seed(bench, apps);
    const { git, api } = bench.system;
    const bytes: number[] = [];
    const rendered: number[] = [];
    const cpu: number[] = [];
    const pids = workerds();
    const used = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
    for (let run = 0; run < runs; run++) {
      const name = `app-${String(run).padStart(4, '0')}`;
      const [path = '', content = ''] = Object.entries(sampleObjects(name, `run-${run}`))[0] ?? [];
      const before = (await latestEvents(api)).at(-1)?.seq ?? 0;
      const commit = await git.pushFiles('bench', { [path]: content }, 'one file');
      git.clearRequests();
      const since = used();
      await bench.hook('bench', commit);
      await waitForApps(
        bench,
        1,
        (app) => app.app === name && app.revision === commit && app.status?.revision === commit && app.status.sync === 'Synced',
      );
      cpu.push(used() - since);
      bytes.push(git.requests().reduce((sum, request) => sum + request.responseBytes, 0));
      const news = (await latestEvents(api)).filter((event) => event.seq > before);
      rendered.push(news.filter((event) => event.kind === 'deploy').length);
    }
    return [
      { metric: `bytes fetched, ${apps} Apps`, unit: 'B', values: bytes, target: 2000 },
      { metric: 'Apps rendered', unit: 'count', values: rendered, target: 1 },
      { metric: 'CPU of workerd', unit: 'ms', values: cpu },
    ];
  } finally {
    await bench.stop();
  }
}

async function seed(bench: BenchSystem, apps: number): Promise<void> {
  const { git } = bench.system;
  const url = await git.createRepository('bench');
  await git.pushFiles('bench', sampleFleet(url, apps, 'first'), 'seed');
  await addFleet(bench, 'bench');
  await waitForApps(bench, apps);
}

type Events = readonly { readonly seq: number; readonly kind: string }[];

async function latestEvents(api: BenchSystem['system']['api']): Promise<Events> {
  const all: { seq: number; kind: string }[] = [];
  for (;;) {
    const page = await api.get<{ events: Events }>(`/events?after=demo:${all.at(-1)?.seq ?? 0}`);
    if (!page.ok || page.value.events.length === 0) return all;
    all.push(...page.value.events);
  }
}

/** Writes that the API server has counted since it started, all clients together: in an idle cluster nobody but the agent could write. */
async function agentWrites({ cluster }: BenchSystem): Promise<number> {
  const metrics = await cluster.kubectl(['get', '--raw', '/metrics']);
  const lines = metrics.stdout
    .split('\n')
    .filter((line) => /^apiserver_request_total\{/.test(line) && /verb="(APPLY|PATCH|POST|PUT|DELETE)"/.test(line));
  return lines
    .filter((line) => /resource="(configmaps|secrets|serviceaccounts|roles)"/.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
