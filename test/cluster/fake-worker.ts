import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSeed, signerOf, verifyEd25519 } from '../../agent/platform/crypto.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { AppStatus } from '../../core/app/status.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { bundleDigest } from '../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../core/bundle/make-bundle.ts';
import type { Manifest } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { openEnvelope, signEnvelope } from '../../core/protocol/dsse.ts';
import {
  type Envelope,
  KEY_LIST_TYPE,
  type PollRequest,
  type PublicKey,
  RECEIPT_TYPE,
  type Receipt,
  type Report,
  SNAPSHOT_TYPE,
  type Snapshot,
  type SnapshotApp,
} from '../../core/protocol/messages.ts';
import { checkRequest, parseClaim } from '../../core/protocol/request-signature.ts';
import { parseEnrolRequest, parsePollRequest, parseReport } from '../../core/protocol/schemas.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import { snapshotDigest } from '../../core/protocol/snapshot-rules.ts';

/** One App as a test writes it. */
export interface FakeApp {
  readonly id: string;
  readonly objects: readonly Manifest[];
  readonly state?: 'present' | 'removed';
  readonly policy?: Partial<AppPolicy>;
  readonly requests?: SnapshotApp['requests'];
  readonly revision?: string;
  /** What a failed release goes back to. */
  readonly fallback?: readonly Manifest[];
  readonly waitsFor?: readonly string[];
}

/** A policy that does everything by itself, Argo CD's way. */
export function policyOf(name: string, changes: Partial<AppPolicy> = {}): AppPolicy {
  return {
    dialect: 'argo',
    name,
    namespace: 'argocd',
    autoSync: true,
    prune: true,
    selfHeal: true,
    allowEmpty: false,
    createNamespace: false,
    suspended: false,
    retry: { limit: 5, durationSeconds: 1, factor: 2, maxDurationSeconds: 10 },
    timeoutSeconds: 300,
    onDelete: 'prune',
    budget: { count: 100, percent: 100 },
    ...changes,
  };
}

/**
 * The Worker's side of the protocol and nothing else: it signs real snapshots with real keys, checks the agent's signatures, and keeps what it is
 * told. `publish` makes the next generation.
 */
export class FakeWorker {
  readonly root: Signer;
  online: Signer;
  url = '';
  cluster = '';
  agentKey: PublicKey | undefined;
  keysVersion = 1;
  generation = 0;
  readonly receipts: Receipt[] = [];
  readonly statuses = new Map<string, AppStatus>();
  readonly problems: Problem[] = [];
  readonly drifts: AppStatus['drift'][number][] = [];
  readonly polls: PollRequest[] = [];
  reports = 0;
  lastRss = 0;
  /** What the agent has printed, for the message of a failed wait. */
  agentOutput: () => string = () => '';
  /** When true, requests are left without an answer, as if the Worker was away. */
  away = false;
  /** Leaves bundles out of poll answers, so that they have to be fetched. */
  withholdBundles = false;
  snapshot: Envelope | undefined;
  readonly bundles = new Map<Digest, Bundle>();
  #apps = new Map<string, FakeApp>();
  #previous: Digest | null = null;
  /** What the agent was told last. */
  #sent: Envelope | undefined;
  #server: Server | undefined;
  #waiting: (() => void)[] = [];
  readonly #seenReports = new Set<string>();

  /** `like` gives it the keys of another Worker. */
  constructor(options: { readonly like?: FakeWorker } = {}) {
    this.root = options.like?.root ?? signerOf(newSeed());
    this.online = options.like?.online ?? signerOf(newSeed());
  }

  /** Goes on where another Worker stands. */
  continueFrom(other: FakeWorker): void {
    this.agentKey = other.agentKey;
    this.cluster = other.cluster;
    this.generation = other.generation;
    this.snapshot = other.snapshot;
    this.#previous = other.#previous;
    this.#apps = new Map(other.#apps);
    for (const [digest, bundle] of other.bundles) this.bundles.set(digest, bundle);
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Listening on TCP gives an AddressInfo.
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Breaks every open connection. */
  drop(): void {
    this.#server?.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.#wake();
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  get rootKey(): string {
    return this.root.publicKey.key;
  }

  /** Sets Apps (the others stay as they are) and signs the next generation. */
  async publish(apps: readonly FakeApp[], changes: Partial<Snapshot> = {}): Promise<number> {
    for (const app of apps) this.#apps.set(app.id, app);
    this.generation++;
    const snapshot = this.#snapshot(changes);
    this.#previous = snapshotDigest(snapshot);
    this.snapshot = await signEnvelope(SNAPSHOT_TYPE, snapshot, this.online);
    this.#wake();
    return this.generation;
  }

  /** The digest that the next generation names as its predecessor. */
  get previous(): Digest | null {
    return this.#previous;
  }

  /** The Apps of a snapshot in which these are changed. */
  appsWith(apps: readonly FakeApp[]): SnapshotApp[] {
    const changed = new Map(apps.map((app) => [app.id, app]));
    return [...this.#apps.values()].map((app) => this.#toSnapshotApp(changed.get(app.id) ?? app));
  }

  /** A new online key under a new key list: the old one is retired. */
  async rotate(): Promise<void> {
    this.online = signerOf(newSeed());
    this.keysVersion++;
    this.#previous = null;
  }

  /** Takes an App out of the snapshot without a tombstone. */
  forget(id: string): void {
    this.#apps.delete(id);
  }

  /** Offers an envelope as it is, whatever it says. */
  offer(envelope: Envelope): void {
    this.snapshot = envelope;
    this.#wake();
  }

  #snapshot(changes: Partial<Snapshot>): Snapshot {
    const now = Date.now();
    return {
      cluster: this.cluster,
      clusterName: 'test',
      keys: this.keysVersion,
      generation: this.generation,
      previous: this.#previous,
      issuedAt: now,
      expiresAt: now + 3_600_000,
      apps: [...this.#apps.values()].map((app) => this.#toSnapshotApp(app)),
      ...changes,
    };
  }

  #toSnapshotApp(app: FakeApp): SnapshotApp {
    const { bundle } = makeBundle(app.objects, '0'.repeat(64));
    const digest = bundleDigest(bundle);
    this.bundles.set(digest, bundle);
    const fallback = app.fallback === undefined ? undefined : makeBundle(app.fallback, '0'.repeat(64)).bundle;
    if (fallback !== undefined) this.bundles.set(bundleDigest(fallback), fallback);
    return {
      ...(fallback === undefined ? {} : { fallback: bundleDigest(fallback) }),
      ...(app.waitsFor === undefined ? {} : { waitsFor: app.waitsFor }),
      id: app.id,
      state: app.state ?? 'present',
      bundle: digest,
      revision: app.revision ?? `r${this.generation}`,
      policy: policyOf(app.id, app.policy),
      requests: app.requests ?? [],
    };
  }

  keyList(): Promise<Envelope> {
    return signEnvelope(
      KEY_LIST_TYPE,
      { root: this.root.publicKey.keyid, version: this.keysVersion, keys: [this.online.publicKey] },
      this.root,
    );
  }

  /** Resolves when the predicate holds, looked at after every report; fails after `ms`. */
  async until(what: string, holds: () => boolean, ms = 20_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!holds()) {
      if (Date.now() > deadline)
        throw new Error(
          `${what} did not happen in ${ms} ms; statuses: ${describe([...this.statuses.values()])}; problems: ${JSON.stringify(this.problems)}; agent: ${this.agentOutput().slice(-3000)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The App is reported Synced at the newest generation. */
  synced(id: string, ms?: number): Promise<void> {
    const generation = this.generation;
    return this.until(
      `${id} synced`,
      () => {
        const status = this.statuses.get(id);
        return status?.sync === 'Synced' && status.generation >= generation;
      },
      ms,
    );
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (this.away) {
      request.socket.destroy();
      return;
    }
    const path = request.url ?? '/';
    const answer = (status: number, value?: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    if (path === '/enrol') {
      const parsed = parseEnrolRequest(JSON.parse(body.toString()));
      if (!parsed.ok) return answer(400, { code: 'api.invalid', message: parsed.error });
      this.agentKey = parsed.value.publicKey;
      this.cluster = parsed.value.cluster;
      return answer(200, { clusterName: 'test', keys: await this.keyList() });
    }
    const claim = parseClaim((name) => request.headers[name] as string | undefined);
    if (!claim.ok || this.agentKey === undefined) return answer(401, claim.ok ? {} : claim.error);
    const checked = await checkRequest(
      claim.value,
      { method: request.method ?? '', path, body },
      { key: this.agentKey, now: Date.now(), verify: verifyEd25519 },
    );
    if (!checked.ok) return answer(401, checked.error);
    if (path === '/agent/poll') return this.#poll(body, response, answer);
    if (path === '/agent/report') return this.#report(body, answer);
    const bundle = this.bundles.get(decodeURIComponent(path.slice('/agent/bundles/'.length)));
    return bundle === undefined ? answer(404, { code: 'api.not_found', message: 'no such bundle' }) : answer(200, bundle);
  }

  async #poll(body: Buffer, response: ServerResponse, answer: (status: number, value?: unknown) => void): Promise<void> {
    const parsed = parsePollRequest(JSON.parse(body.toString()));
    if (!parsed.ok) return answer(400, { code: 'api.invalid', message: parsed.error });
    const poll = parsed.value;
    this.polls.push(poll);
    if (poll.generation === this.generation && poll.keys === this.keysVersion && this.snapshot === this.#sent)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 25_000);
        response.on('close', resolve);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    if (this.snapshot === undefined) return answer(204);
    this.#sent = this.snapshot;
    const held = new Set(poll.bundles);
    const bundles = this.withholdBundles ? {} : Object.fromEntries([...this.bundles].filter(([digest]) => !held.has(digest)));
    return answer(200, {
      ...(poll.keys === this.keysVersion ? {} : { keys: await this.keyList() }),
      snapshot: this.snapshot,
      bundles,
    });
  }

  async #report(body: Buffer, answer: (status: number, value?: unknown) => void): Promise<void> {
    const parsed = parseReport(JSON.parse(body.toString()));
    if (!parsed.ok) return answer(400, { code: 'api.invalid', message: parsed.error });
    const report: Report = parsed.value;
    this.reports++;
    this.lastRss = report.agent.rssBytes;
    if (!this.#seenReports.has(report.id)) {
      this.#seenReports.add(report.id);
      for (const status of report.statuses) {
        this.statuses.set(status.app, status);
        this.drifts.push(...status.drift);
      }
      this.problems.push(...report.problems);
      for (const envelope of report.receipts) {
        const opened = await openEnvelope(envelope, {
          type: RECEIPT_TYPE,
          keys: this.agentKey === undefined ? [] : [this.agentKey],
          verify: verifyEd25519,
        });
        if (!opened.ok) throw new Error(opened.error.message);
        // The agent under test made it a moment ago.
        this.receipts.push(opened.value.value as Receipt);
      }
    }
    return answer(200, { acknowledged: [report.id] });
  }
}

/** The Apps that are not as they should be, briefly. */
function describe(statuses: readonly AppStatus[]): string {
  const odd = statuses.filter((status) => status.sync !== 'Synced' || status.health.status !== 'Healthy');
  return JSON.stringify(
    odd.map(({ app, sync, health, resources, problems }) => ({ app, sync, health, resources, problems })),
  ).slice(0, 4000);
}
