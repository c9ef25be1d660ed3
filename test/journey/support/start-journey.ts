import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentProcess } from '../../../cli/demo/run-agent.ts';
import { type System, sendWebhook, startSystem } from '../../../cli/demo/start-system.ts';
import { createGitServer, type GitServer, type GitServerOptions } from '../../../cli/git-server/git-server.ts';
import type { FileContent, PushOptions } from '../../../cli/git-server/push-files.ts';
import type { AppView, ClusterView, FleetSource, HistoryEntry } from '../../../core/api/views.ts';
import type { ProblemCode } from '../../../core/problem/codes.ts';
import type { Devcluster } from '../../../devcluster/handle/cluster.ts';
import { startDevcluster } from '../../../devcluster/handle/start-devcluster.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { type ClusterObjects, createClusterObjects } from './cluster-objects.ts';
import { waitFor } from './wait-for.ts';

/** What an App should come to; everything that is named must hold, and the status must speak of the revision that is desired (I9). */
export interface Expected {
  readonly revision?: string;
  readonly sync?: 'Synced' | 'OutOfSync' | 'Unknown';
  readonly health?: string;
  /** A problem of this code, the Worker's or the agent's. */
  readonly problem?: ProblemCode;
  /** No problem at all, but the note of what was taken back from somebody. */
  readonly clear?: true;
}

/** A repository with its URL and how to push to it. */
export interface Repository {
  readonly url: string;
  readonly name: string;
  readonly server: GitServer;
  /** Commits, publishes, and sends the webhook; gives the new tip. */
  push(files: Readonly<Record<string, FileContent>>, message?: string, options?: PushOptions): Promise<string>;
}

/** The whole system around a control plane of its own, with audit log, and everything that a test does to it. */
export interface Journey {
  readonly system: System;
  readonly cluster: Devcluster;
  readonly objects: ClusterObjects;
  readonly audit: AuditLog;
  readonly dir: string;
  /** Every agent that was started, the first one first. */
  agents(): readonly AgentProcess[];
  /** Starts another agent, or the first again, with the same identity. */
  startAgent(name: string, env?: Readonly<Record<string, string>>): Promise<AgentProcess>;
  /** Pushes to it are told to the Worker. */
  gitServer(options?: GitServerOptions): Promise<GitServer>;
  repository(name: string, server?: GitServer): Promise<Repository>;
  /** Adds the fleet path `fleet` of a repository. */
  addFleet(repository: Repository, credentials?: { readonly username: string; readonly password: string }): Promise<void>;
  fleet(repository: Repository): Promise<FleetSource | undefined>;
  app(id: string): Promise<AppView | undefined>;
  apps(): Promise<readonly AppView[]>;
  view(): Promise<ClusterView>;
  history(app: string): Promise<readonly HistoryEntry[]>;
  waitForApp(id: string, expected: Expected): Promise<AppView>;
  waitForGone(id: string): Promise<void>;
  /** What agents and Worker logged so far. */
  logs(): Promise<string>;
  stop(): Promise<void>;
}

export const CLUSTER = 'demo';
const STOP_MS = 15_000;

/** Starts it; when something fails, what runs already is ended. The API server may be given more flags. */
export async function startJourney(options: { readonly apiServerFlags?: readonly string[] } = {}): Promise<Journey> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-journey-'));
  const lines: string[] = [];
  const cluster = await startDevcluster({ audit: true, progress, ...options });
  let system: System;
  try {
    // A test calls tick() where a minute passes.
    system = await startSystem({
      cluster,
      clusterName: CLUSTER,
      dataDir: dir,
      cron: false,
      progress,
      log: (line) => lines.push(line),
    });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return toJourney({ dir, lines, cluster, system });
}

interface Started {
  readonly dir: string;
  readonly lines: readonly string[];
  readonly cluster: Devcluster;
  readonly system: System;
}

async function toJourney({ dir, lines, cluster, system }: Started): Promise<Journey> {
  const { api } = system;
  const agents = [system.agent()];
  const names = new Set(['agent']);
  const servers: GitServer[] = [];
  const { secret } = await need(api.send<{ secret: string }>('POST', '/webhook'));
  const app = (id: string) => api.get<AppView>(`/apps/${CLUSTER}/${id}`).then((got) => (got.ok ? got.value : undefined));
  const journey: Journey = {
    system,
    cluster,
    dir,
    objects: createClusterObjects(cluster),
    // Started with `audit`.
    audit: createAuditLog(cluster.auditLog ?? ''),
    agents: () => agents,
    async startAgent(name, env = {}) {
      const agent = await system.startAgent({ name, env });
      agents.push(agent);
      names.add(name);
      return agent;
    },
    async gitServer(options = {}) {
      const onPush: GitServerOptions['onPush'] = ({ url, ref, after }) =>
        sendWebhook(system.worker().url, secret, { repository: url, ref, after });
      const server = await createGitServer({ onPush, ...options });
      servers.push(server);
      return server;
    },
    async repository(name, server = system.git) {
      await server.createRepository(name);
      const push: Repository['push'] = (files, message = 'change', options = {}) =>
        server.pushFiles(name, files, message, options);
      return { name, url: server.url(name), server, push };
    },
    async addFleet({ url }, credentials) {
      const basic = credentials === undefined ? {} : { credentials: { kind: 'basic', ...credentials } };
      await need(api.send('POST', '/fleet', { url, revision: 'main', path: 'fleet', cluster: CLUSTER, ...basic }));
    },
    async fleet({ url }) {
      const { sources } = await need(api.get<{ sources: readonly FleetSource[] }>('/fleet'));
      return sources.find((source) => source.url === url);
    },
    app,
    apps: async () => (await need(api.get<{ apps: readonly AppView[] }>('/apps'))).apps,
    async view() {
      const { clusters } = await need(api.get<{ clusters: readonly ClusterView[] }>('/clusters'));
      const view = clusters.find((one) => one.name === CLUSTER);
      if (view === undefined) throw new Error('the cluster is not registered');
      return view;
    },
    history: async (id) =>
      (await need(api.get<{ history: readonly HistoryEntry[] }>(`/apps/${CLUSTER}/${id}/history?limit=1000`))).history,
    waitForApp: (id, expected) =>
      waitFor(`${id} to be ${JSON.stringify(expected)}`, async () => meets(await app(id), expected), {
        describe: async () => summarise(await app(id)),
      }),
    async waitForGone(id) {
      await waitFor(`${id} to be gone`, async () => (await app(id)) === undefined, {
        describe: async () => summarise(await app(id)),
      });
    },
    async logs() {
      const files = await Promise.all([...names].map((name) => readFile(join(dir, `${name}.log`), 'utf8').catch(() => '')));
      return [...lines, ...files].join('\n');
    },
    async stop() {
      // A stopped process does not die of SIGTERM, and how an agent ends politely is not what these tests are about.
      const ended = agents.map((agent) => agent.stop('SIGKILL'));
      for (const server of servers) await server.stop();
      await Promise.race([Promise.all([...ended, system.stop()]), timeout(STOP_MS)]);
      await cluster.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return journey;
}

function meets(view: AppView | undefined, expected: Expected): AppView | undefined {
  if (view === undefined) return undefined;
  const { status } = view;
  const problems = [
    ...view.problems,
    ...(status?.problems ?? []),
    ...(status?.resources ?? []).flatMap((one) => one.problem ?? []),
  ];
  const isCurrent = status !== undefined && status.bundle === (view.bundle ?? '') && status.revision === view.revision;
  const holds =
    (expected.revision === undefined || view.revision === expected.revision) &&
    (expected.sync === undefined || (isCurrent && status.sync === expected.sync)) &&
    (expected.health === undefined || (isCurrent && status.health.status === expected.health)) &&
    (expected.problem === undefined || problems.some((one) => one.code === expected.problem)) &&
    (expected.clear === undefined || problems.every((one) => one.code === 'apply.conflict_forced'));
  return holds ? view : undefined;
}

function summarise(view: AppView | undefined): unknown {
  if (view === undefined) return 'no such App';
  const { revision, bundle, problems, requests, status } = view;
  return { revision, bundle, problems, requests, status };
}

async function need<T>(
  answer: Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }>,
): Promise<T> {
  const result = await answer;
  if (result.ok) return result.value;
  throw new Error(`the API refused: ${JSON.stringify(result.error)}`);
}

function timeout(ms: number): Promise<void> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the system did not stop within ${ms / 1000} s`)), ms).unref();
  });
}
