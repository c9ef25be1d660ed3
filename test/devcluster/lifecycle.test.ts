import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { callApi } from '../../devcluster/handle/api-client.ts';
import type { Devcluster } from '../../devcluster/handle/cluster.ts';
import { type DevclusterOptions, startDevcluster } from '../../devcluster/handle/start-devcluster.ts';
import { sharedCluster } from './shared.ts';

const WAIT = { timeout: 60_000, interval: 50 };

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

/** Every process of the machine that has not ended yet. */
async function processes(): Promise<readonly Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 1 << 24 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // Z: it has ended and only waits for its parent to ask.
    return args === undefined || state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), args }];
  });
}

async function stillRunning(pids: readonly number[]): Promise<readonly number[]> {
  return (await processes()).map((process) => process.pid).filter((pid) => pids.includes(pid));
}

/** The ports that components were told to listen on. */
function portsOf(components: readonly Process[]): readonly number[] {
  const flags = /--(?:secure-port=|listen-client-urls=http:\/\/127\.0\.0\.1:)(\d+)/g;
  return components.flatMap(({ args }) => [...args.matchAll(flags)].map((match) => Number(match[1]))).filter((port) => port > 0);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

async function startCluster(options: DevclusterOptions = {}): Promise<Devcluster> {
  const cluster = await startDevcluster({ controllers: false, ...options });
  onTestFinished(() => cluster.stop());
  return cluster;
}

function status(cluster: Devcluster, path: string): Promise<number> {
  const access = { server: cluster.server, ca: cluster.ca, token: cluster.adminToken };
  return callApi(access, { method: 'GET', path }).then(
    (answer) => answer.status,
    () => 0,
  );
}

test('nothing is left after stop: no process, no port, no file', async () => {
  const cluster = await startCluster({ controllers: true });
  const pids = Object.values(cluster.processes());
  expect(Object.keys(cluster.processes()).sort()).toEqual(['apiserver', 'controller-manager', 'etcd', 'kwok', 'scheduler']);
  const ports = portsOf((await processes()).filter((process) => pids.includes(process.pid)));
  expect(await Promise.all(ports.map(isListening))).toEqual([true, true]);
  await cluster.stop();
  expect(await stillRunning(pids)).toEqual([]);
  await expect.poll(() => Promise.all(ports.map(isListening)), WAIT).toEqual([false, false]);
  expect(existsSync(cluster.dataDir)).toBe(false);
});

test('nothing is left when the process that started a cluster is killed', async () => {
  const { parent, kubeconfig } = await startByHand({});
  const children = (await processes()).filter((process) => process.parent === parent.pid);
  const ports = portsOf(children);
  expect([children.length, ports.length]).toEqual([5, 2]);
  parent.kill('SIGKILL');
  await expect.poll(() => stillRunning(children.map((child) => child.pid)), WAIT).toEqual([]);
  await expect.poll(() => Promise.all(ports.map(isListening)), WAIT).toEqual([false, false]);
  expect(existsSync(dirname(kubeconfig))).toBe(false);
});

test('the programs of KUBEBUILDER_ASSETS are run instead, and end with their parent too', async () => {
  const assets = await mkdtemp(join(tmpdir(), 'devcluster-assets-'));
  onTestFinished(() => rm(assets, { recursive: true, force: true }));
  // Programs under their stock names, which know nothing of the pipe on standard input.
  const stock = { etcd: 'etcd', 'kube-apiserver': 'apiserver', kubectl: 'kubectl' };
  const { binary } = sharedCluster();
  for (const [name, component] of Object.entries(stock)) {
    await writeFile(join(assets, name), `#!/bin/sh\nexec ${binary} ${component} "$@"\n`, { mode: 0o755 });
  }
  const { parent, kubeconfig } = await startByHand({ KUBEBUILDER_ASSETS: assets });
  onTestFinished(() => rm(dirname(kubeconfig), { recursive: true, force: true }));
  const children = (await processes()).filter((process) => process.parent === parent.pid);
  expect(portsOf(children)).toHaveLength(2);
  parent.kill('SIGKILL');
  await expect.poll(() => stillRunning(children.map((child) => child.pid)), WAIT).toEqual([]);
});

/** Starts a cluster in a process of its own, as a person does; gives that process and the path that it prints. */
async function startByHand(env: Readonly<Record<string, string>>): Promise<{ parent: ChildProcess; kubeconfig: string }> {
  const main = fileURLToPath(new URL('../../devcluster/handle/main.ts', import.meta.url));
  const parent = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  onTestFinished(() => void parent.kill('SIGKILL'));
  return { parent, kubeconfig: await firstLine(parent) };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    // Started with its output piped.
    createInterface({ input: child.stdout! }).once('line', done);
    child.once('exit', (code) => fail(new Error(`it ended with code ${code}`)));
  });
}

test.each(['SIGKILL', 'SIGTERM'] as const)('an API server ended by %s comes back at the same address', async (signal) => {
  const cluster = await startCluster();
  await cluster.stopApiServer(signal);
  expect(await status(cluster, '/readyz')).toBe(0);
  await cluster.startApiServer();
  expect(await status(cluster, '/readyz')).toBe(200);
});

test('an etcd that was killed comes back with what was written', async () => {
  const cluster = await startCluster();
  await cluster.kubectl(['create', 'namespace', 'kept']);
  await cluster.stopEtcd();
  await expect.poll(() => status(cluster, '/readyz'), WAIT).not.toBe(200);
  await cluster.startEtcd();
  await expect.poll(() => status(cluster, '/api/v1/namespaces/kept'), WAIT).toBe(200);
});

test('a named data folder outlives its cluster, and the next one goes on from it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'devcluster-test-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startCluster({ dataDir });
  await first.kubectl(['create', 'namespace', 'kept']);
  await first.stop();
  const second = await startCluster({ dataDir });
  expect(second.adminToken).toBe(first.adminToken);
  expect(await status(second, '/api/v1/namespaces/kept')).toBe(200);
});

test('two clusters do not meet', async () => {
  const [one, two] = await Promise.all([startCluster(), startCluster()]);
  await one.kubectl(['create', 'namespace', 'only-in-one']);
  expect(await status(one, '/api/v1/namespaces/only-in-one')).toBe(200);
  expect(await status(two, '/api/v1/namespaces/only-in-one')).toBe(404);
});

test('a component that does not start is named, with the end of its log', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'devcluster-test-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const starting = startDevcluster({ controllers: false, dataDir, apiServerFlags: ['--no-such-flag'] });
  await expect(starting).rejects.toThrow(/^apiserver ended[\s\S]*unknown flag: --no-such-flag/);
  expect((await processes()).filter((process) => process.args.includes(dataDir))).toEqual([]);
});
