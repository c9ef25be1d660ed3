import type { SharedValue } from '../../core/app/settings.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { manifestYaml } from '../../core/ledger/manifest-yaml.ts';
import { maskSecrets } from '../../core/objects/mask.ts';
import { keyOf, refOf } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { EnrolRequest, EnrolResponse, PollRequest, PollResponse, ReportResponse } from '../../core/protocol/messages.ts';
import { checkRequest, type RequestClaim } from '../../core/protocol/request-signature.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { answerPoll, hasNews } from '../deliver/answer-poll.ts';
import { type BundleStore, bundleStore } from '../deliver/bundle-store.ts';
import {
  findSameRequest,
  listDesired,
  listRequests,
  MAX_OPEN_REQUESTS,
  readDesired,
  wantedDigests,
} from '../deliver/desired-apps.ts';
import { putNewest, readEnvelope, readNewest } from '../deliver/newest-snapshot.ts';
import { putWatcher } from '../deliver/remote-apps.ts';
import { putShared } from '../deliver/shared-values.ts';
import { putParts } from '../deliver/snapshot-parts.ts';
import { readHistory } from '../ledger/history.ts';
import { serveLedger } from '../ledger/serve.ts';
import { randomId, sleep, systemClock } from '../platform/clock.ts';
import { durableSql, migrate } from '../platform/durable-sql.ts';
import { openSigner, verifyEd25519 } from '../platform/ed25519.ts';
import { boardOf, clusterOf, type Env, fleetOf, lobbyOf, notifierOf } from '../platform/env.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type {
  AppChange,
  AppNote,
  AppView,
  ClusterEvent,
  ClusterFacts,
  ClusterPort,
  ClusterView,
  HistoryEntry,
  SigningMaterial,
} from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { createTurns } from '../platform/turns.ts';
import { openVault } from '../platform/vault.ts';
import { acceptReport } from '../report/accept-report.ts';
import { eventsAfter, readObserved, readObservedApp, wasSeen } from '../report/observed-apps.ts';
import { RENEW_BEFORE_MS, signAgain } from '../sign/next-snapshot.ts';
import { decideOnChanges, decideOnRequest, refuseRequest } from './cluster-changes.ts';
import { askAgain, askForRemotes, decideOnRemote, isWaiting, untoldWatchers, watchApp } from './cluster-dependencies.ts';
import { decideOnMarks } from './cluster-marks.ts';
import { decideOnNote } from './cluster-notes.ts';
import { createOutlet } from './cluster-outlet.ts';
import { decideOnReport, forgetApp } from './cluster-report.ts';
import { recordSilence } from './cluster-silence.ts';
import { CLUSTER_TABLES } from './cluster-tables.ts';
import { appViewer, toClusterView } from './cluster-views.ts';
import { type ClusterWriter, carryOut, type Decision } from './cluster-writer.ts';
import { ControlledCluster } from './controlled-cluster.ts';
import type { Enrolled } from './enrolled.ts';

/** While an App waits for one of another cluster, that cluster is asked this often: what it says by itself may get lost. */
const ASK_AGAIN_MS = 60_000;

/** One per cluster: the only writer of its generation, of its ledger and of what is known of its live state. */
export class Cluster extends ControlledCluster implements ClusterPort {
  readonly #sql: Sql;
  readonly #turn = createTurns();
  #bundles: BundleStore | undefined;
  #signing: SigningMaterial | undefined;
  readonly #outlet = createOutlet({
    sql: () => this.#sql,
    name: () => readFact<string>(this.#sql, 'name') ?? '',
    app: (id) => this.app(id),
    cluster: () => this.view(),
    board: { take: (news) => boardOf(this.env).take(news) },
    notifier: { take: (notices) => notifierOf(this.env).take(notices) },
    sleep,
    keepAwake: (work) => this.ctx.waitUntil(work),
    onFailure: () => this.alarmBy(systemClock() + 1000),
  });

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    migrate(this.#sql, CLUSTER_TABLES);
  }

  async publish(clusterName: string, changes: readonly AppChange[], shared: readonly SharedValue[]): Promise<void> {
    await this.#turn(async () => {
      writeFact(this.#sql, 'name', clusterName);
      const writer = await this.#writer();
      if (writer === undefined) throw new Error('nothing can be published before `plumb fleet init`: there is no signing key');
      await askForRemotes(this.#sql, changes, this.#others());
      const decision = await decideOnChanges(writer, changes, shared);
      if (decision !== undefined) await this.#carryOut(writer, decision);
      if (isWaiting(this.#sql)) await this.#askSoon();
    });
    this.#tellWatchers();
  }

  async watch(app: string, watcher: string): Promise<boolean> {
    return watchApp(this.#sql, app, watcher);
  }

  dependency(cluster: string, app: string, ready: boolean): Promise<void> {
    return this.#turn(async () => {
      const writer = await this.#writer();
      const decision = writer === undefined ? undefined : decideOnRemote(this.#sql, { cluster, app }, ready);
      if (writer !== undefined && decision !== undefined) await this.#carryOut(writer, decision);
      if (isWaiting(this.#sql)) await this.#askSoon();
    });
  }

  enrol(clusterName: string, lobby: number, request: EnrolRequest): Promise<Result<EnrolResponse, Problem>> {
    return this.#turn(async () => {
      const signing = await this.#material();
      if (signing === undefined)
        return err(problem('keys.refused', 'this fleet has no signing key yet: run `plumb fleet init` first'));
      const before = this.#enrolled();
      if (before !== undefined && before.uid !== request.cluster) await lobbyOf(this.env, before.lobby).forget(before.uid);
      const enrolled: Enrolled = { name: clusterName, uid: request.cluster, lobby, agentKey: request.publicKey };
      writeFact(this.#sql, 'enrolled', enrolled);
      writeFact(this.#sql, 'name', clusterName);
      const writer = await this.#writer();
      if (writer !== undefined)
        await this.#sign(writer, { app: '', kind: 'enrolled', text: `agent ${request.agentVersion} enrolled` });
      return ok({ clusterName, keys: signing.envelope });
    });
  }

  async forget(): Promise<void> {
    await this.#turn(async () => {
      const bundles = await this.#bundleStore();
      const apps = listDesired(this.#sql).map((app) => app.definition.id);
      this.#sql.transaction(() => {
        this.#sql.run('DELETE FROM fact WHERE name = ?', 'enrolled');
        for (const app of apps) forgetApp({ sql: this.#sql, bundles }, app);
        putParts(this.#sql, new Map(apps.map((app) => [app, undefined])));
        putShared(this.#sql, []);
        for (const table of ['remote', 'watcher']) this.#sql.run(`DELETE FROM ${table}`);
        return undefined;
      });
    });
  }

  async facts(): Promise<ClusterFacts | undefined> {
    const enrolled = this.#enrolled();
    if (enrolled === undefined) return undefined;
    const newest = readNewest(this.#sql);
    const { name, uid, agentKey } = enrolled;
    return {
      name,
      uid,
      agentKey,
      generation: newest?.generation ?? 0,
      keys: newest?.keys ?? 0,
      expiresAt: newest?.expiresAt ?? 0,
      questions: this.live.newest(),
    };
  }

  async deliver(request: PollRequest): Promise<PollResponse> {
    const keyList = await this.#material();
    const bundles = await this.#bundleStore();
    const envelope = readEnvelope(this.#sql);
    const standing = readNewest(this.#sql);
    const hasOtherNews = standing !== undefined && hasNews(request, standing);
    const newest = envelope === undefined || !hasOtherNews ? undefined : { envelope, digests: wantedDigests(this.#sql) };
    const questions = await this.live.questionsFor(request, { writer: await this.#writer(), hasOtherNews });
    return { ...(await answerPoll(request, newest, { keyList, bundle: (digest) => bundles.get(digest) })), ...questions };
  }

  async bundle(digest: Digest, claim: RequestClaim, path: string): Promise<Result<Bundle, Problem>> {
    const enrolled = this.#enrolled();
    if (enrolled === undefined) return err(problem('agent.unknown', 'no agent is enrolled for this cluster', { rule: 'P21' }));
    const request = { method: 'GET', path, body: new Uint8Array(0) };
    const signed = await checkRequest(claim, request, { key: enrolled.agentKey, now: systemClock(), verify: verifyEd25519 });
    if (!signed.ok) return signed;
    const bundle = await (await this.#bundleStore()).get(digest);
    return bundle === undefined ? err(problem('api.not_found', 'this bundle is not part of the newest snapshot')) : ok(bundle);
  }

  async report(claim: RequestClaim, body: Uint8Array, path: string): Promise<Result<ReportResponse, Problem>> {
    const enrolled = this.#enrolled();
    if (enrolled === undefined) return err(problem('agent.unknown', 'no agent is enrolled for this cluster', { rule: 'P21' }));
    const now = systemClock();
    const signed = await checkRequest(
      claim,
      { method: 'POST', path, body },
      { key: enrolled.agentKey, now, verify: verifyEd25519 },
    );
    if (!signed.ok) return signed;
    const accepted = await acceptReport(body, { cluster: enrolled.uid, agentKey: enrolled.agentKey, verify: verifyEd25519 });
    if (!accepted.ok) return accepted;
    const { id } = accepted.value.report;
    const answer = await this.#turn(async (): Promise<Result<ReportResponse, Problem>> => {
      const writer = await this.#writer();
      // Never acknowledged unless it was written down: the agent keeps it and sends it again.
      if (writer === undefined) return err(problem('keys.refused', 'this fleet has no signing key that its root key has listed'));
      if (wasSeen(this.#sql, id)) return ok({ acknowledged: [id] });
      const { trees } = accepted.value.report;
      await this.#carryOut(writer, this.live.withTrees(decideOnReport(writer, accepted.value, now), trees));
      return ok({ acknowledged: [id], ...this.live.tellTrees(trees) });
    });
    this.#tellWatchers();
    return answer;
  }

  renew(): Promise<number> {
    return this.#turn(async () => {
      this.#signing = undefined;
      const writer = await this.#writer();
      const now = systemClock();
      // Whatever changes that says so itself: an enrolment, a new key list.
      if (writer?.uid === undefined) return now + RENEW_BEFORE_MS;
      const newest = readNewest(this.#sql);
      const envelope = readEnvelope(this.#sql);
      if (newest === undefined || envelope === undefined || newest.keys !== writer.keys) {
        await this.#sign(writer, { app: '', kind: 'keys', text: `signed under key list ${writer.keys}` });
      } else if (newest.expiresAt - now <= RENEW_BEFORE_MS) {
        const again = await signAgain(envelope, now, writer.signer);
        this.#sql.transaction(() => putNewest(this.#sql, again));
        await this.#wake();
      }
      return (readNewest(this.#sql)?.expiresAt ?? now) - RENEW_BEFORE_MS;
    });
  }

  override request(app: string, request: Parameters<ControlledCluster['request']>[1]): ReturnType<ControlledCluster['request']> {
    return this.#turn(async () => {
      const writer = await this.#writer();
      const desired = readDesired(this.#sql, app);
      if (writer === undefined || desired === undefined) return err(problem('api.not_found', `there is no App ${app}`));
      const refused = refuseRequest(desired, request);
      if (refused !== undefined) return err(refused);
      const open = listRequests(this.#sql, app);
      const same = findSameRequest(open, request);
      if (same !== undefined) return ok({ id: same.id });
      if (open.length >= MAX_OPEN_REQUESTS)
        return err(problem('api.conflict', `${open.length} requests of this App wait for the agent already`));
      const made = { ...request, id: randomId() };
      await this.#carryOut(writer, decideOnRequest(writer, desired, made));
      return ok({ id: made.id });
    });
  }

  async silent(since?: number): Promise<void> {
    this.#sql.transaction(() => recordSilence(this.#sql, since, systemClock()));
    this.#outlet.soon();
  }

  async view(): Promise<ClusterView> {
    return toClusterView(this.#sql);
  }

  async apps(): Promise<AppView[]> {
    const [view, observed, requests] = [appViewer(this.#sql, systemClock()), readObserved(this.#sql), listRequests(this.#sql)];
    return listDesired(this.#sql).map((app) => view(app, observed.get(app.definition.id), requests));
  }

  async project(id: string): Promise<string | undefined> {
    return readDesired(this.#sql, id)?.definition.project;
  }

  async app(id: string): Promise<AppView | undefined> {
    const desired = readDesired(this.#sql, id);
    if (desired === undefined) return undefined;
    return appViewer(this.#sql, systemClock())(desired, readObservedApp(this.#sql, id), listRequests(this.#sql, id));
  }

  async desired(id: string, which?: 'next'): Promise<readonly { readonly key: string; readonly yaml: string }[] | undefined> {
    const app = readDesired(this.#sql, id);
    const digest = which === 'next' ? app?.next?.digest : app?.digest;
    const bundle = digest === undefined ? undefined : await (await this.#bundleStore()).get(digest);
    return bundle?.objects.map((object) => ({ key: keyOf(refOf(object)), yaml: manifestYaml(maskSecrets(object)) }));
  }

  async history(app: string | undefined, limit: number): Promise<HistoryEntry[]> {
    return readHistory(this.#sql, app, limit);
  }

  note(note: AppNote): Promise<void> {
    return this.#turn(async () => {
      const writer = await this.#writer();
      if (writer !== undefined) await this.#carryOut(writer, decideOnNote(this.#sql, note));
    });
  }

  async events(after: number): Promise<ClusterEvent[]> {
    return eventsAfter(this.#sql, readFact<string>(this.#sql, 'name') ?? '', after);
  }

  async ledger(request: Request): Promise<Response> {
    return serveLedger(this.#sql, request);
  }

  #enrolled(): Enrolled | undefined {
    return readFact<Enrolled>(this.#sql, 'enrolled');
  }

  async #bundleStore(): Promise<BundleStore> {
    this.#bundles ??= bundleStore(this.#sql, await openVault(this.env.PLUMBLINE_SECRET), this.env.BUNDLES);
    return this.#bundles;
  }

  async #material(): Promise<SigningMaterial | undefined> {
    this.#signing ??= await fleetOf(this.env).signing();
    return this.#signing;
  }

  /** undefined before the root key has listed a signing key. */
  async #writer(): Promise<ClusterWriter | undefined> {
    const material = await this.#material();
    if (material === undefined) return undefined;
    return {
      sql: this.#sql,
      bundles: await this.#bundleStore(),
      signer: await openSigner(material.seed, material.publicKey),
      keys: material.version,
      clusterName: readFact<string>(this.#sql, 'name') ?? '',
      uid: this.#enrolled()?.uid,
      now: systemClock,
    };
  }

  /** A new generation of what is desired already. */
  async #sign(writer: ClusterWriter, event: Decision['events'][number]): Promise<void> {
    await this.#carryOut(writer, { parts: new Map(), ledger: () => [], rows: () => undefined, events: [event] });
  }

  async #carryOut(writer: ClusterWriter, decision: Decision): Promise<void> {
    if ((await carryOut(writer, decision)) !== undefined) await this.#wake();
    const marks = decideOnMarks(this.#sql, systemClock());
    if (marks !== undefined) await carryOut(writer, marks);
    this.live.tellStatuses();
    this.#outlet.soon();
    await this.armControl();
  }

  protected override wakeAgent(): Promise<void> {
    return this.#wake();
  }

  protected override tellSoon(): void {
    this.#outlet.soon();
  }

  /** Tells the Lobby; when that fails, the alarm tries again, and the agent's next poll asks anyway. */
  async #wake(): Promise<void> {
    const facts = await this.facts();
    const enrolled = this.#enrolled();
    if (facts === undefined || enrolled === undefined) return;
    try {
      await lobbyOf(this.env, enrolled.lobby).wake(facts);
    } catch {
      await this.alarmBy(systemClock() + 1000);
    }
  }

  /** Tells clusters that depend on an App here what has become of it. Not in a turn, and nobody waits: the other one may be telling us something too. */
  #tellWatchers(): void {
    const name = readFact<string>(this.#sql, 'name') ?? '';
    for (const { app, cluster, ready } of untoldWatchers(this.#sql)) {
      const told = clusterOf(this.env, cluster)
        .dependency(name, app, ready)
        .then(() => putWatcher(this.#sql, app, { cluster, told: ready }))
        .catch(() => this.#askSoon());
      this.ctx.waitUntil(told);
    }
  }

  #others() {
    return { name: readFact<string>(this.#sql, 'name') ?? '', port: (cluster: string) => clusterOf(this.env, cluster) };
  }

  /** Asks other clusters again in a minute, and tells them what they do not know yet. */
  #askSoon(): Promise<void> {
    return this.alarmBy(systemClock() + ASK_AGAIN_MS);
  }

  override async alarm(): Promise<void> {
    await this.#wake();
    this.#outlet.soon();
    this.#tellWatchers();
    for (const { cluster, app } of await askAgain(this.#sql, this.#others())) await this.dependency(cluster, app, true);
    if (isWaiting(this.#sql)) await this.#askSoon();
    await this.wakeControl();
  }

  protected override decides() {
    const carry = (writer: ClusterWriter, decision: Decision) => this.#carryOut(writer, decision);
    return { turn: this.#turn, writer: () => this.#writer(), carryOut: carry };
  }
}
