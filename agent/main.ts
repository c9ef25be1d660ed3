/**
 * The agent: builds everything once and starts it. Its settings are environment variables:
 *
 *   PLUMBLINE_URL              the Worker, `https://plumbline.example.com`
 *   PLUMBLINE_ROOT_KEY         base64 of the 32 bytes of the fleet's public root key, pinned here
 *   PLUMBLINE_TOKEN            the enrolment token; needed once
 *   PLUMBLINE_NAMESPACE        the agent's own namespace (default plumbline-system)
 *   PLUMBLINE_SERVICE_ACCOUNT  the agent's ServiceAccount (default plumbline-agent)
 *   KUBECONFIG                 a cluster outside the pod; without it and without ~/.kube/config, the pod's own ServiceAccount
 *   PLUMBLINE_ALIVE_FILE       touched while the agent is alive, for a liveness probe
 *   PLUMBLINE_FAILPOINT        for tests, see platform/failpoints.ts
 *   HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS  for the way to the Worker
 */
import { utimes, writeFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { toComparable } from '../core/diff/comparable.ts';
import { fromBase64 } from '../core/json/bytes.ts';
import { backoffMs } from '../core/plan/backoff.ts';
import { describeProblem } from '../core/problem/problem.ts';
import type { PublicKey } from '../core/protocol/messages.ts';
import { toPublicKey } from '../core/protocol/signing.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { ActionRunner } from './apply/action/action-runner.ts';
import type { ApplyContext } from './apply/apply-context.ts';
import { createIgnoreRules } from './apply/drift/ignore.ts';
import { createFence } from './apply/fence.ts';
import { Fleet } from './apply/fleet.ts';
import { inspectObject } from './apply/inspect.ts';
import { createInventoryStore } from './apply/inventory-store.ts';
import { createLimiter } from './apply/limiter.ts';
import { treeSource } from './apply/tree-source.ts';
import type { ClusterApi } from './cluster/cluster-api.ts';
import { connectToCluster } from './cluster/connection.ts';
import { createImpersonation } from './cluster/impersonate.ts';
import { createKubernetesApi } from './cluster/kubernetes-api.ts';
import { createStateSecrets } from './cluster/state-secrets.ts';
import { AgentLoop } from './loop.ts';
import { createHealthRunner } from './observe/health-runner.ts';
import { createObserver } from './observe/observer.ts';
import { TreeKeeper } from './observe/tree-keeper.ts';
import { createTreeWatch } from './observe/tree-watch.ts';
import { systemClock } from './platform/clock.ts';
import { shortHash, systemChance, verifyEd25519 } from './platform/crypto.ts';
import { createFailpoints } from './platform/failpoints.ts';
import { createHttpClient } from './platform/http.ts';
import { createLog } from './platform/log.ts';
import { proxyFor } from './platform/proxy.ts';
import { enrol, loadIdentity } from './poll/enrol.ts';
import { createWorkerClient } from './poll/worker-client.ts';
import { createAnswerer } from './question/answerer.ts';
import { createReporter } from './report/reporter.ts';
import { resolveBundle } from './resolve/resolve-bundle.ts';
import { createSnapshotStore } from './verify/snapshot-store.ts';

export const AGENT_VERSION = '0.1.0';

/** What the Worker may ask of this version beyond syncs. */
const FEATURES = ['actions', 'questions'];

const REQUESTS_AT_ONCE = 32;
/** Requests, and one connection for each watch. */
const MAX_SOCKETS = 256;

/** Runs the agent until SIGTERM or SIGINT. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const clock = systemClock();
  const chance = systemChance();
  const startedAt = clock.now();
  const stop = new AbortController();
  const log = createLog(clock.now);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

  const url = required(env, 'PLUMBLINE_URL').replace(/\/+$/, '');
  const root = parseRootKey(required(env, 'PLUMBLINE_ROOT_KEY'));
  const namespace = env['PLUMBLINE_NAMESPACE'] ?? 'plumbline-system';
  const identity = { namespace, serviceAccount: env['PLUMBLINE_SERVICE_ACCOUNT'] ?? 'plumbline-agent' };

  const connection = await connectToCluster({ source: 'default', maxSockets: MAX_SOCKETS, monotonic: clock.monotonic });
  const api = createKubernetesApi(connection, clock);
  const secrets = createStateSecrets(api, namespace);
  const until = <T>(what: string, attempt: () => Promise<Attempt<T>>): Promise<T> =>
    untilOk({ what, attempt, clock, chance: chance.fraction, log, signal: stop.signal });

  await until('discovery', () => api.discover());
  const cluster = await until('reading the UID of kube-system', () => clusterUid(api));
  const version = await until('reading the version', () => api.serverVersion());
  await until('preparing the namespace', () => secrets.prepare());
  const me = await until('loading the identity', () => loadIdentity(secrets));
  const proxy = proxyFor(url, env);
  const http = createHttpClient({ maxSockets: 16, ...(proxy === undefined ? {} : { proxy }) });
  const worker = createWorkerClient({ url, http, signer: me.signer, cluster, clock, nonce: chance.nonce });

  const inventory = createInventoryStore(secrets, clock);
  await until('loading the inventory', () => inventory.load());
  const failpoints = createFailpoints(env['PLUMBLINE_FAILPOINT'], () => process.kill(process.pid, 'SIGKILL'));
  const fleetRef: { current?: Fleet } = {};
  const treesRef: { current?: TreeKeeper } = {};
  const reporter = createReporter({
    send: (report) => worker.report(report),
    statusOf: (app) => fleetRef.current?.statusOf(app),
    onReported: (app, heals) => fleetRef.current?.reported(app, heals),
    trees: { delta: (app) => treesRef.current?.delta(app), resend: (app) => treesRef.current?.resend(app) },
    onAcknowledged: () => failpoints.pass('reported'),
    signer: me.signer,
    clock,
    chance: chance.fraction,
    cluster,
    generation: () => loop.standing().generation,
    agent: () => ({ version: AGENT_VERSION, rssBytes: process.memoryUsage.rss(), startedAt, features: FEATURES }),
  });
  const sandbox = createSandbox();
  const ignore = createIgnoreRules({
    jq: (program, input) => sandbox.jq(program, input),
    changed: (app) => reporter.touch(app),
  });
  const context: ApplyContext = {
    api,
    clock,
    chance,
    log,
    cluster,
    root,
    identity,
    inventory,
    failpoints,
    ignore,
    health: createHealthRunner({ sandbox }),
    resolve: (bundle, policy) => resolveBundle(bundle, policy, { api, agent: identity }),
    actAs: createImpersonation({ api, connection, clock }),
    cel: (expression, variables) => sandbox.cel(expression, variables),
    workerNow: worker.now,
    tools: {
      api,
      clock,
      chance: chance.fraction,
      ignore,
      fingerprint: ({ object: live }, object) =>
        shortHash(JSON.stringify(toComparable(object === undefined ? live : ignore.relevant(object, live)))),
    },
    limiter: createLimiter(REQUESTS_AT_ONCE),
    fence: createFence(secrets, root.keyid),
    sink: {
      receipt: reporter.receipt,
      problem: reporter.problem,
      touch: (app) => {
        reporter.touch(app);
        reporter.touchTree(app);
      },
    },
  };
  const fleet = new Fleet(context);
  fleetRef.current = fleet;
  const trees = new TreeKeeper({
    ...treeSource(context, fleet),
    hash: shortHash,
    now: clock.now,
    changed: reporter.touchTree,
  });
  treesRef.current = trees;
  const treeWatch = createTreeWatch({ api, clock, chance: chance.fraction, signal: stop.signal, keeper: trees });
  const observer = createObserver({
    api,
    clock,
    chance: chance.fraction,
    signal: stop.signal,
    events: {
      onLive: (ref, live, full) => {
        fleet.sightings.onLive(ref, live, full);
        trees.onLive(ref, live, full);
      },
      onDeleted: (ref, live) => {
        fleet.sightings.onDeleted(ref, live);
        trees.onDeleted(ref, live);
      },
      onListing: (kind) => {
        const ends = [fleet.sightings.onListing(kind), trees.onListing(kind)];
        return (resourceVersion) => {
          for (const end of ends) end(resourceVersion);
        };
      },
      onProblem: (kind, found) => {
        if (found === undefined) return;
        log(`watch of ${kind}: ${found.message}`);
        reporter.problem(found);
      },
    },
  });
  fleet.onKinds = (kinds) => {
    const names = [...kinds];
    observer.ensure(names);
    treeWatch.ensure(names);
  };
  const isInTree = (app: string, key: string) => trees.appOf(key) === app;
  const questions = createAnswerer({
    apiOf: (app) => {
      const runtime = fleet.apps.get(app);
      return runtime === undefined ? api : fleet.toolsOf(runtime).api;
    },
    clock,
    verify: verifyEd25519,
    cluster,
    workerNow: worker.now,
    isInTree,
    look: (wish) => inspectObject(fleet, wish),
    send: worker.answer,
    problem: reporter.problem,
    signal: stop.signal,
  });
  const actions = new ActionRunner(context, fleet, isInTree);
  const store = createSnapshotStore(secrets);
  const alive = aliveFile(env['PLUMBLINE_ALIVE_FILE'], clock.now);
  const loop = new AgentLoop({
    context,
    fleet,
    worker,
    store,
    agentVersion: AGENT_VERSION,
    questions,
    actions,
    signal: stop.signal,
    onTurn: alive,
  });

  await until('restoring the last snapshot', () => loop.restore(me.keys));
  log(`agent ${AGENT_VERSION} of cluster ${cluster}, key ${me.signer.publicKey.keyid}`);
  const keys = await until('enrolling', async () => {
    alive();
    const enrolled = await enrol({
      identity: me,
      token: env['PLUMBLINE_TOKEN'],
      cluster,
      root,
      verify: verifyEd25519,
      worker,
      secrets,
      kubernetesVersion: version,
      agentVersion: AGENT_VERSION,
    });
    // An enrolled agent goes on with the keys that it has, whatever becomes of a second token.
    return !enrolled.ok && me.keys !== undefined ? { ok: true, value: me.keys } : enrolled;
  });
  if (loop.standing().keys === 0) await loop.receive({ keys, bundles: {} });
  await Promise.all([loop.run(), reporter.run(stop.signal)]);
  await inventory.flush();
  sandbox.close();
  http.close();
  connection.client.close();
  // Deadlines and retries are still due; none of them matters any more.
  process.exit(0);
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

interface Persistence<T> {
  readonly what: string;
  readonly attempt: () => Promise<Attempt<T>>;
  readonly clock: ReturnType<typeof systemClock>;
  readonly chance: () => number;
  readonly log: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Tries until it works: at start nothing can be done without it, and an agent that exits would only be started again. */
async function untilOk<T>({ what, attempt, clock, chance, log, signal }: Persistence<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    const result = await attempt();
    if (result.ok) return result.value;
    log(`${what}: ${describeError(result.error)}`);
    if (signal.aborted) process.exit(0);
    await clock.sleep(backoffMs(failures, { base: 250, factor: 2, max: 30_000, chance: chance() }), signal);
  }
}

function describeError(error: unknown): string {
  // Both kinds of expected failure: a Problem, or an ApiFailure that holds one.
  const found = error as Partial<Parameters<typeof describeProblem>[0]> & { problem?: Parameters<typeof describeProblem>[0] };
  if (found.problem !== undefined) return describeProblem(found.problem);
  const { code, message } = found;
  return code !== undefined && message !== undefined ? describeProblem({ ...found, code, message }) : String(error);
}

async function clusterUid(api: ClusterApi): Promise<Attempt<string>> {
  const kind = api.kindOf('v1', 'Namespace');
  if (kind === undefined) return { ok: false, error: 'the cluster does not serve namespaces' };
  const got = await api.get({ kind, namespace: '', name: 'kube-system' }, { metadataOnly: true });
  if (!got.ok) return got;
  return got.value === undefined ? { ok: false, error: 'there is no namespace kube-system' } : { ok: true, value: got.value.uid };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  process.stderr.write(`plumbline-agent: the environment variable ${name} is missing; the install manifest sets it\n`);
  return process.exit(2);
}

function parseRootKey(text: string): PublicKey {
  const bytes = fromBase64(text.trim());
  if (bytes?.length === 32) return toPublicKey(bytes);
  process.stderr.write('plumbline-agent: PLUMBLINE_ROOT_KEY is not the base64 of 32 bytes\n');
  return process.exit(2);
}

/** Touches a file; without a path, does nothing. A file that cannot be written costs the probe, never the agent. */
function aliveFile(path: string | undefined, now: () => number): () => void {
  if (path === undefined || path === '') return () => {};
  return () => {
    void utimes(path, now() / 1000, now() / 1000)
      .catch(() => writeFile(path, ''))
      .catch(() => undefined);
  };
}

// The heap grows in small steps: 15 MB less resident memory for 1,000 objects. It cannot be said in NODE_OPTIONS, where the manifest says the rest.
setFlagsFromString('--optimize-for-size');
await main(process.env);
