import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FleetKeys } from '../../core/api/views.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import type { Result } from '../../core/result.ts';
import type { Cluster } from '../../devcluster/handle/cluster.ts';
import { type ApiClient, createApiClient } from '../connection/api-client.ts';
import { describeFailure, type Failure } from '../failure.ts';
import { createGitServer, type GitServer } from '../git-server/git-server.ts';
import { publishKeyList } from '../keys/key-list.ts';
import { createRootKey, type RootKey, readRootKey } from '../keys/root-key.ts';
import { freePort } from '../serve/free-port.ts';
import { loadSecrets } from '../serve/secrets.ts';
import { type RunningWorker, startWorker } from '../serve/start-worker.ts';
import { type AgentProcess, startAgent } from './run-agent.ts';
import { type UnpackedInstall, unpackInstall } from './unpack-install.ts';

/** How to start the system around a cluster that runs already. */
export interface SystemOptions {
  readonly cluster: Cluster;
  readonly clusterName?: string;
  /** State, keys and logs. */
  readonly dataDir: string;
  readonly port?: number;
  /** Keep bundles in the simulated R2 instead of SQLite. */
  readonly r2?: boolean;
  /** Whether the minute's cron runs by itself. Default true. */
  readonly cron?: boolean;
  /** Port for a debugger or profiler of the Worker. */
  readonly inspectorPort?: number;
  /** Whether pushes send a webhook. Default true. */
  readonly webhooks?: boolean;
  /** More environment for the agent, for example a fail point. */
  readonly agentEnv?: Readonly<Record<string, string>>;
  readonly progress: (line: string) => void;
  readonly log: (line: string) => void;
}

/** The whole system on this machine: Git server, Worker, and the agent of one cluster, installed as a user would. */
export interface System {
  readonly cluster: Cluster;
  readonly clusterName: string;
  readonly git: GitServer;
  readonly api: ApiClient;
  readonly apiToken: string;
  readonly root: RootKey;
  readonly install: UnpackedInstall;
  readonly manifest: string;
  worker(): RunningWorker;
  agent(): AgentProcess;
  restartWorker(): Promise<void>;
  startAgent(options?: { readonly name?: string; readonly env?: Readonly<Record<string, string>> }): Promise<AgentProcess>;
  stop(): Promise<void>;
}

/** Starts it; what was started is stopped again when a later step fails. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { cluster, dataDir, clusterName = 'demo' } = options;
  await mkdir(dataDir, { recursive: true });
  const secrets = await loadSecrets(dataDir);
  const port = options.port ?? (await freePort());
  const serve = () =>
    startWorker({
      host: '127.0.0.1',
      port,
      dataDir: join(dataDir, 'state'),
      ...secrets,
      allowNetworks: ['127.0.0.0/8'],
      allowHosts: ['127.0.0.1'],
      ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
      ...(options.r2 === undefined ? {} : { r2: options.r2 }),
      ...(options.cron === undefined ? {} : { cron: options.cron }),
      progress: options.progress,
      log: options.log,
    });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end().catch((error: unknown) => options.log(`stopping: ${String(error)}`));
  };
  try {
    let worker = await serve();
    stops.push(() => worker.stop());
    const api = need(await createApiClient({ url: worker.url, token: secrets.apiToken, caFile: undefined }));
    const root = await initialise(api, join(dataDir, 'root-key.pem'));
    const { secret } = need(await api.send<{ secret: string }>('POST', '/webhook'));
    const git = await createGitServer({
      directory: join(dataDir, 'git'),
      ...(options.webhooks === false
        ? {}
        : { onPush: (push) => sendWebhook(worker.url, secret, { repository: push.url, ref: push.ref, after: push.after }) }),
    });
    stops.push(() => git.stop());
    const added = need(await api.send<{ install: string }>('POST', '/clusters', { name: clusterName }));
    const manifest = need(await api.text(added.install));
    const applied = await cluster.kubectl(['apply', '--server-side', '-f', added.install]);
    if (applied.code !== 0) throw new Error(`kubectl apply failed: ${applied.stderr}`);
    const install = await unpackInstall(manifest, join(dataDir, 'agent'));
    const run = (name: string, env: Readonly<Record<string, string>>) =>
      startAgent({
        bundle: install.bundle,
        cluster,
        dataDir,
        name,
        // The pod's volume for the liveness probe is not on this machine.
        env: { ...install.env, PLUMBLINE_ALIVE_FILE: join(dataDir, `${name}.alive`), ...options.agentEnv, ...env },
      });
    let agent = await run('agent', {});
    stops.push(() => agent.stop());
    return {
      cluster,
      clusterName,
      git,
      api,
      apiToken: secrets.apiToken,
      root,
      install,
      manifest,
      worker: () => worker,
      agent: () => agent,
      async restartWorker() {
        await worker.stop();
        worker = await serve();
      },
      async startAgent({ name = 'agent', env = {} } = {}) {
        const started = await run(name, env);
        if (name === 'agent') agent = started;
        else stops.push(() => started.stop());
        return started;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `plumb fleet init`: the root key is made once and signs the first key list. */
async function initialise(api: ApiClient, path: string): Promise<RootKey> {
  const root = need(await readRootKey(path)) ?? (await createRootKey(path));
  const keys = need(await api.get<FleetKeys>('/keys'));
  if (keys.root === undefined) {
    const online = need(await api.send<PublicKey>('POST', '/keys'));
    need(await publishKeyList(api, { version: 1, keys: [online] }, root.signer));
  }
  return root;
}

/** What a Git host sends after a push, as the plain signed webhook. A lost one is found by cron. */
export async function sendWebhook(
  url: string,
  secret: string,
  push: { readonly repository: string; readonly ref: string; readonly after: string },
): Promise<void> {
  const body = JSON.stringify(push);
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-plumbline-signature': `sha256=${signature}` };
  await fetch(`${url}/hooks`, { method: 'POST', headers, body }).catch(() => undefined);
}

function need<T>(result: Result<T, Failure>): T {
  if (result.ok) return result.value;
  throw new Error(describeFailure(result.error));
}
