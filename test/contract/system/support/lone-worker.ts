import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../../../../cli/connection/api-client.ts';
import { describeFailure, type Failure } from '../../../../cli/failure.ts';
import { publishKeyList } from '../../../../cli/keys/key-list.ts';
import { createRootKey, type RootKey } from '../../../../cli/keys/root-key.ts';
import { startWorker } from '../../../../cli/serve/start-worker.ts';
import type { PublicKey } from '../../../../core/protocol/messages.ts';
import type { Result } from '../../../../core/result.ts';
import { type Answer, type Call, call } from './call-worker.ts';

/** The Worker in workerd without any cluster, initialised as `plumb fleet init` does. */
export interface LoneWorker {
  readonly url: string;
  readonly token: string;
  readonly secret: string;
  readonly root: RootKey;
  readonly api: ApiClient;
  /** A request with the API token. */
  ask(path: string, request?: Call): Promise<Answer>;
  tick(): Promise<void>;
  /** Ends the Worker; what it stored stays until `remove`. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

interface LoneWorkerOptions {
  readonly allowNetworks?: readonly string[];
}

/**
 * Starts one that may reach Git servers on the loopback as `127.0.0.1`; with `allowNetworks: []` the name is allowed and the network is not.
 * When that fails nothing of it is left.
 */
export async function startLoneWorker(options: LoneWorkerOptions = {}): Promise<LoneWorker> {
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-worker-'));
  try {
    return await startIn(dir, options);
  } catch (error) {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

async function startIn(dir: string, options: LoneWorkerOptions): Promise<LoneWorker> {
  const token = 'canary-api-token-5b1f0c';
  const secret = 'canary-installation-secret-0123456789abcdef';
  const worker = await startWorker({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir, 'state'),
    secret,
    apiToken: token,
    allowNetworks: options.allowNetworks ?? ['127.0.0.0/8'],
    allowHosts: ['127.0.0.1'],
    cron: false,
    progress: () => undefined,
    log: () => undefined,
  });
  const { api, root } = await initialise(worker.url, { token, dir }).catch(async (error: unknown) => {
    await worker.stop();
    throw error;
  });
  return {
    url: worker.url,
    token,
    secret,
    root,
    api,
    ask: (path, request = {}) =>
      call(worker.url + path, { ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } }),
    tick: () => worker.tick(),
    stop: () => worker.stop(),
    remove: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** The first key list, as `plumb fleet init` publishes it. */
async function initialise(url: string, made: { readonly token: string; readonly dir: string }) {
  const api = need(await createApiClient({ url, token: made.token, caFile: undefined }));
  const root = await createRootKey(join(made.dir, 'root-key.pem'));
  const online = need(await api.send<PublicKey>('POST', '/keys'));
  need(await publishKeyList(api, { version: 1, keys: [online] }, root.signer));
  return { api, root };
}

/** The value of a result that a test cannot go on without. */
export function need<T>(result: Result<T, Failure>): T {
  if (result.ok) return result.value;
  throw new Error(describeFailure(result.error));
}
