import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Devcluster } from '../../devcluster/handle/cluster.ts';
import { startDevcluster } from '../../devcluster/handle/start-devcluster.ts';
import { useCluster } from '../../devcluster/handle/use-cluster.ts';
import { addExamples } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeTour } from './describe-tour.ts';
import { writeFolderSettings } from './folder-settings.ts';
import { createProgress, type Progress } from './progress.ts';
import { readSeed } from './seed-files.ts';
import { type System, startSystem } from './start-system.ts';
import { waitUntilSettled } from './wait-until-settled.ts';

interface Flags {
  readonly once?: true;
  readonly kubeconfig?: string;
  readonly port: string;
  readonly timeout: string;
}

/** How many Apps the seeded repository defines. */
const SEEDED_APPS = 5;
const END_MS = 15_000;

/** `plumb demo`, which is `npm start`: everything on this machine, and a repository to push to. */
export function defineDemo(program: Command, terminal: Terminal): void {
  const command = program
    .command('demo')
    .description('start everything on this machine and show a push becoming a deployment')
    .option('--once', 'end when every App is Synced and Healthy: 0 when they are, 1 with the reason when not')
    .option('--kubeconfig <file>', 'use this cluster instead of one of its own; the agent is installed into it')
    .option('--port <port>', 'port of the Worker; 0 takes a free one', '0')
    .option('--timeout <seconds>', 'how long the Apps may take to become Healthy', '180');
  addExamples(command, [
    ['the tour', 'npm start'],
    ['as a check', 'npm start -- --once'],
    ['on a cluster that you have', 'npm start -- --kubeconfig ~/.kube/config'],
  ]);
  command.action(() => runDemo(command.opts<Flags>(), terminal));
}

async function runDemo(flags: Flags, terminal: Terminal): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-demo-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const interrupted = new AbortController();
  let signals = 0;
  const interrupt = () => {
    if (++signals > 1) process.exit(130);
    terminal.say('\nStopping …');
    interrupted.abort(new Error('interrupted'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  const progress = createProgress(terminal);
  try {
    const system = await startAll(flags, { dataDir, ends, progress, interrupted: interrupted.signal });
    ends.push(
      await writeFolderSettings(terminal.cwd, { url: system.worker().url, token: system.apiToken, cluster: system.cluster }),
    );
    progress.step('Waiting until every App is Synced and Healthy');
    const settled = await waitUntilSettled(system.api, {
      apps: SEEDED_APPS,
      seconds: Number(flags.timeout),
      signal: interrupted.signal,
    });
    progress.done();
    await runPlumb(['app', 'list'], system, terminal);
    if (!settled.ok) {
      terminal.say(`Not everything became Healthy:\n${settled.error}`);
      process.exitCode = 1;
    }
    if (flags.once === true) return;
    terminal.say(describeTour(system, terminal));
    await Promise.race([runPlumb(['events', '--follow', '--limit', '5'], system, terminal), aborted(interrupted.signal)]);
  } catch (error) {
    progress.done();
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
    if (!interrupted.signal.aborted) terminal.say(error instanceof Error ? error.message : String(error));
  } finally {
    progress.done();
    for (const end of ends.reverse()) await endInTime(end, terminal);
    // What follows events or watches a process may still be waiting for its next turn.
    process.exit();
  }
}

async function startAll(
  flags: Flags,
  run: {
    readonly dataDir: string;
    readonly ends: (() => Promise<unknown>)[];
    readonly progress: Progress;
    readonly interrupted: AbortSignal;
  },
): Promise<System> {
  const { dataDir, ends, progress, interrupted } = run;
  progress.step(flags.kubeconfig === undefined ? 'Kubernetes control plane' : 'Your cluster');
  const cluster =
    flags.kubeconfig === undefined
      ? await startDevcluster({ progress: progress.detail, dataDir: join(dataDir, 'devcluster') })
      : await useCluster(flags.kubeconfig, progress.detail);
  if ('stop' in cluster) ends.push(() => (cluster as Devcluster).stop()); // only a cluster of our own can be stopped
  interrupted.throwIfAborted();
  progress.step('Worker, renderer, Git server and agent');
  await mkdir(join(dataDir, 'system'));
  const system = await startSystem({
    cluster,
    dataDir: join(dataDir, 'system'),
    port: Number(flags.port),
    progress: progress.detail,
    log: progress.detail,
  });
  ends.push(() => system.stop());
  interrupted.throwIfAborted();
  progress.step('Repository');
  const url = await system.git.createRepository('demo');
  const added = await system.api.send('POST', '/fleet', { url, revision: 'main', path: 'fleet', cluster: system.clusterName });
  if (!added.ok) throw new Error(added.error.message);
  await system.git.pushFiles('demo', await readSeed(url), 'Seed the demo');
  return system;
}

/** Runs a command of the CLI as a user would in another terminal. */
async function runPlumb(words: readonly string[], system: System, terminal: Terminal): Promise<void> {
  const { createProgram } = await import('../program.ts');
  const env = { ...terminal.env, PLUMBLINE_URL: system.worker().url, PLUMBLINE_API_TOKEN: system.apiToken };
  const program = await createProgram(words, { ...terminal, env });
  await program.parseAsync([...words], { from: 'user' });
}

/** A part that does not end in time must not keep the others running; whatever it started ends with this process. */
async function endInTime(end: () => Promise<unknown>, terminal: Terminal): Promise<void> {
  const late = sleep(END_MS, 'late', { ref: false });
  const ended = await Promise.race([end().catch((error: unknown) => terminal.say(`stopping: ${String(error)}`)), late]);
  if (ended === 'late') terminal.say('stopping: a part did not end in time');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}
