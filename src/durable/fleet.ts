import { DurableObject } from 'cloudflare:workers';
import type { RevertAnswer } from '../../core/api/control.ts';
import { repositoryId } from '../../core/app/repository-id.ts';
import { normaliseRepository } from '../../core/app/repository-key.ts';
import type { FleetMetrics } from '../../core/metrics/counters.ts';
import type { GitNotify } from '../../core/notify/settings.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { decideEnrolment } from '../../core/protocol/enrolment.ts';
import { acceptKeyList } from '../../core/protocol/keys.ts';
import type { EnrolRequest, EnrolResponse, Envelope, PublicKey } from '../../core/protocol/messages.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { createHostPolicy } from '../fetch/host-policy.ts';
import { runJourney } from '../journey.ts';
import { createFleetMeter, type FleetMeter } from '../metrics/fleet-meter.ts';
import type { GitAccess } from '../platform/access-port.ts';
import { randomId, systemClock } from '../platform/clock.ts';
import { durableSql, migrate } from '../platform/durable-sql.ts';
import { makeEd25519, verifyEd25519 } from '../platform/ed25519.ts';
import { accessOf, boardOf, clusterOf, type Env, lobbyOf, notifierOf, repositoryOf } from '../platform/env.ts';
import { describeError, log } from '../platform/log.ts';
import { workerNetwork } from '../platform/network.ts';
import type {
  ClusterInfo,
  Credentials,
  FleetKeys,
  FleetPort,
  FleetSource,
  RevertRequest,
  SigningMaterial,
} from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { openVault, type Vault } from '../platform/vault.ts';
import { deleteApps, listAppKeys, readApp, setAgain } from '../registry/apps.ts';
import {
  bindToken,
  clustersToRenew,
  deleteCluster,
  findCluster,
  findClusterByUid,
  findToken,
  listClusters,
  putCluster,
  setRenewal,
} from '../registry/clusters.ts';
import { FLEET_MIGRATIONS } from '../registry/schema.ts';
import { deleteShared } from '../registry/shared-values.ts';
import { acceptedKeys, fleetKeys, putAcceptedKeys, putSigningKey, signingMaterial } from '../registry/signing-keys.ts';
import { heardByName, putSilence, silenceChanges } from '../registry/silence.ts';
import {
  clearDirty,
  deleteSource,
  dirtyRepos,
  knownRepos,
  listSources,
  markDirty,
  putCredentials,
  putSource,
  readAgain,
  readTip,
} from '../registry/sources.ts';
import { fleetStages } from './fleet-journey.ts';
import { renderAgain } from './fleet-render.ts';
import { revertApp } from './fleet-revert.ts';

/** How many repositories one tick works on at a time. */
const PARALLEL_REPOS = 4;
/** How many clusters sign again at a time. */
const PARALLEL_CLUSTERS = 8;
/** Commits of one push that are fetched before it is known where the branches are. */
const MAX_ANNOUNCED = 4;

/** One per installation: knows sources, Apps, clusters and keys, and runs the journey of each repository that may have moved. */
export class Fleet extends DurableObject<Env> implements FleetPort {
  readonly #sql: Sql;
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  /** Commits that webhooks spoke of, until the next journey takes them: a guess that saves a round trip. */
  readonly #announced = new Map<string, readonly string[]>();
  readonly #meter: FleetMeter;
  #vault: Vault | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    migrate(this.#sql, { fleet: FLEET_MIGRATIONS });
    this.#meter = createFleetMeter({ sql: this.#sql, now: systemClock });
  }

  async changed(repositoryKeys: readonly string[], announced: readonly string[]): Promise<{ readonly known: number }> {
    const hinted = new Set(repositoryKeys);
    const known = knownRepos(this.#sql).filter((repo) => hinted.has(normaliseRepository(`https://${repo}`)));
    for (const repo of known) this.#announced.set(repo, announced.slice(0, MAX_ANNOUNCED));
    this.#kick(known);
    return { known: known.length };
  }

  async work(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  async tick(): Promise<void> {
    const queue = [...new Set([...dirtyRepos(this.#sql), ...knownRepos(this.#sql)])];
    const next = async () => {
      for (let repo = queue.shift(); repo !== undefined; repo = queue.shift()) await this.#kick([repo]);
    };
    await Promise.all(Array.from({ length: PARALLEL_REPOS }, next));
    await this.work();
    await this.#renew();
    await this.#listen();
    await Promise.all([accessOf(this.env).tick(), notifierOf(this.env).tick()]);
  }

  /** Asks the Lobbies who was heard of, tells clusters whose agents fell silent or came back, and the Board when each was heard of. */
  async #listen(): Promise<void> {
    for (const lobby of new Set(listClusters(this.#sql).map((cluster) => cluster.lobby))) {
      const heard = await lobbyOf(this.env, lobby).heard();
      for (const change of silenceChanges(this.#sql, lobby, heard, systemClock())) {
        await clusterOf(this.env, change.name).silent(change.since);
        putSilence(this.#sql, change);
      }
      const at = heardByName(this.#sql, lobby, heard);
      if (Object.keys(at).length > 0) await boardOf(this.env).heard(at);
    }
  }

  /** Asks the clusters that are due to sign again; one that fails stays due, and costs the others nothing. */
  async #renew(): Promise<void> {
    const queue = clustersToRenew(this.#sql, systemClock());
    const next = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        try {
          setRenewal(this.#sql, await clusterOf(this.env, name).renew(), name);
        } catch (error) {
          log('error', 'renewal_failed', { cluster: name, error: describeError(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_CLUSTERS }, next));
  }

  /** Starts the journey of each repository, or has a running one repeated: a change that arrives meanwhile is never lost. */
  #kick(repos: readonly string[]): Promise<void> {
    markDirty(this.#sql, repos, systemClock());
    const journeys = repos.map((repo) => {
      const running = this.#running.get(repo);
      if (running !== undefined) {
        this.#again.add(repo);
        return running;
      }
      const journey = this.#travel(repo);
      this.#running.set(repo, journey);
      return journey;
    });
    return Promise.allSettled(journeys).then(() => undefined);
  }

  /** Journeys of one repository, until nothing more was asked for meanwhile. It ends and leaves `running` in one step, so that no request falls between. */
  async #travel(repo: string): Promise<void> {
    const ports = {
      repository: (key: string) => this.#meter.measure(repositoryOf(this.env, key)),
      cluster: (name: string) => clusterOf(this.env, name),
      access: { putGit: (source: string, said: GitAccess) => accessOf(this.env).putGit(source, said) },
      notifier: { putGit: (source: string, said: GitNotify) => notifierOf(this.env).putGit(source, said) },
    };
    const alsoDirty = (repos: readonly string[]) => void this.#kick(repos);
    let isDone = false;
    do {
      this.#again.delete(repo);
      const announced = this.#announced.get(repo) ?? [];
      this.#announced.delete(repo);
      try {
        const vault = await this.#openVault();
        await runJourney(repo, fleetStages({ sql: this.#sql, vault, now: systemClock, ports, announced, alsoDirty }));
        isDone = true;
      } catch (error) {
        // Still dirty: the next tick tries again.
        log('error', 'journey_failed', { repo, error: describeError(error) });
        isDone = false;
      }
    } while (isDone && this.#again.has(repo));
    if (isDone) clearDirty(this.#sql, repo);
    this.#running.delete(repo);
  }

  async #openVault(): Promise<Vault> {
    this.#vault ??= await openVault(this.env.PLUMBLINE_SECRET);
    return this.#vault;
  }

  async sources(): Promise<FleetSource[]> {
    return listSources(this.#sql).map(({ repo, asked: _asked, ...source }) => {
      const unreadable = readTip(this.#sql, repo, source.revision).problem;
      return unreadable === undefined ? source : { ...source, problems: [unreadable, ...source.problems] };
    });
  }

  async addSource(source: {
    readonly url: string;
    readonly revision: string;
    readonly path: string;
    readonly cluster: string;
    readonly credentials?: Credentials;
  }): Promise<Result<FleetSource, Problem>> {
    const repo = repositoryId(source.url);
    if (repo === undefined) return err(problem('git.url', 'this is not the URL of a Git repository'));
    // A URL is stored and shown as it is: no credentials in it.
    if (/^[^/]*\/\/[^/]*@/.test(source.url.trim()))
      return err(problem('git.url', 'give the credentials beside the URL, not in it'));
    if (findCluster(this.#sql, source.cluster) === undefined)
      return err(problem('app.cluster_unknown', `there is no cluster ${source.cluster}`));
    const { credentials, ...rest } = source;
    if (credentials !== undefined) await putCredentials(this.#sql, await this.#openVault(), repo, credentials);
    const id = `${repo}#${source.revision}:${source.path}`;
    putSource(this.#sql, { id, repo, ...rest });
    this.#kick([repo]);
    return ok({ id, ...rest, problems: [] });
  }

  async removeSource(id: string): Promise<Result<true, Problem>> {
    if (!listSources(this.#sql).some((source) => source.id === id))
      return err(problem('api.not_found', `there is no fleet path ${id}`));
    deleteSource(this.#sql, id);
    deleteShared(this.#sql, id);
    await accessOf(this.env).dropGit(id);
    await notifierOf(this.env).putGit(id, undefined);
    // Its Apps stay where they are, orphaned: taking a fleet path away must never delete a workload.
    deleteApps(this.#sql, listAppKeys(this.#sql, { source: id }));
    this.#kick(readAgain(this.#sql, 'app.duplicate'));
    return ok(true);
  }

  async setCredentials(url: string, credentials: Credentials | undefined): Promise<Result<true, Problem>> {
    const repo = repositoryId(url);
    if (repo === undefined) return err(problem('git.url', 'this is not the URL of a Git repository'));
    await putCredentials(this.#sql, await this.#openVault(), repo, credentials);
    this.#kick([repo]);
    return ok(true);
  }

  async clusters(): Promise<ClusterInfo[]> {
    return listClusters(this.#sql);
  }

  async addCluster(name: string): Promise<Result<{ readonly token: string }, Problem>> {
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
      return err(problem('api.invalid', 'a cluster name has lower-case letters, digits and dashes'));
    const isNew = findCluster(this.#sql, name) === undefined;
    const token = randomId();
    putCluster(this.#sql, name, token);
    // Definitions that named it before it was there count from now on.
    if (isNew) this.#kick(readAgain(this.#sql));
    return ok({ token });
  }

  async removeCluster(name: string): Promise<Result<true, Problem>> {
    const cluster = findCluster(this.#sql, name);
    if (cluster === undefined) return err(problem('api.not_found', `there is no cluster ${name}`));
    deleteCluster(this.#sql, name);
    deleteApps(this.#sql, listAppKeys(this.#sql, { cluster: name }));
    await clusterOf(this.env, name).forget();
    await boardOf(this.env).forget(name);
    if (cluster.uid !== undefined) await lobbyOf(this.env, cluster.lobby).forget(cluster.uid);
    return ok(true);
  }

  async tokenCluster(token: string): Promise<string | undefined> {
    return findToken(this.#sql, token)?.clusterName;
  }

  async enrol(request: EnrolRequest): Promise<Result<EnrolResponse, Problem>> {
    const token = findToken(this.#sql, request.token);
    const decided = decideEnrolment(request, { token, enrolledAs: findClusterByUid(this.#sql, request.cluster)?.name });
    if (!decided.ok) return decided;
    if (token === undefined)
      return err(problem('enrol.token', 'the enrolment token is unknown or was replaced', { rule: 'P40' }));
    // Bound before anything is awaited: of two agents with one token the second is refused.
    bindToken(this.#sql, { name: token.clusterName, uid: request.cluster, agentKey: request.publicKey.keyid });
    const lobby = findCluster(this.#sql, token.clusterName)?.lobby ?? 0;
    return clusterOf(this.env, token.clusterName).enrol(token.clusterName, lobby, request);
  }

  async clusterOfUid(uid: string): Promise<ClusterInfo | undefined> {
    return findClusterByUid(this.#sql, uid);
  }

  async refresh(cluster: string, app: string): Promise<Result<true, Problem>> {
    const definition = await readApp(this.#sql, await this.#openVault(), { cluster, id: app });
    const repo = definition === undefined ? undefined : repositoryId(definition.source.repoURL);
    if (repo === undefined) return err(problem('api.not_found', `there is no App ${app} in cluster ${cluster}`));
    setAgain(this.#sql, { cluster, id: app }, true);
    this.#kick([repo]);
    return ok(true);
  }

  async revert(cluster: string, app: string, request: RevertRequest): Promise<Result<RevertAnswer, Problem>> {
    const reverted = await revertApp(
      {
        sql: this.#sql,
        vault: await this.#openVault(),
        now: systemClock(),
        repository: (repo) => repositoryOf(this.env, repo),
        cluster: (name) => clusterOf(this.env, name),
        network: workerNetwork,
        allowHost: createHostPolicy({ allow: (this.env.PLUMBLINE_ALLOW_HOSTS ?? '').split(',').filter((host) => host !== '') }),
      },
      { cluster, app, request },
    );
    if (!reverted.ok) return reverted;
    this.#kick([reverted.value.repo]);
    return ok(reverted.value.answer);
  }

  async metrics(): Promise<FleetMetrics> {
    const counts = { sources: listSources(this.#sql).length, repositories: knownRepos(this.#sql).length };
    return { ...this.#meter.counters(), ...counts, dirty: dirtyRepos(this.#sql).length };
  }

  async renderAgain(cluster: string, app: string, commit: string): ReturnType<FleetPort['renderAgain']> {
    const repository = (repo: string) => repositoryOf(this.env, repo);
    return renderAgain({ sql: this.#sql, vault: await this.#openVault(), repository }, { cluster, app, commit });
  }

  async keys(): Promise<FleetKeys> {
    return fleetKeys(this.#sql);
  }

  async makeSigningKey(): Promise<PublicKey> {
    return putSigningKey(this.#sql, await this.#openVault(), await makeEd25519(), systemClock());
  }

  async setKeyList(envelope: Envelope, root: PublicKey): Promise<Result<{ readonly version: number }, Problem>> {
    const had = acceptedKeys(this.#sql);
    const pinned = had?.root ?? root;
    const list = await acceptKeyList(envelope, { root: pinned, accepted: had?.list, verify: verifyEd25519 });
    if (!list.ok)
      return err(problem('keys.refused', list.error.message, list.error.rule === undefined ? {} : { rule: list.error.rule }));
    const held = new Set(fleetKeys(this.#sql).online.map((key) => key.keyid));
    if (!list.value.keys.some((key) => held.has(key.keyid))) {
      return err(problem('keys.refused', 'none of the listed keys is held by this installation: nothing could be signed'));
    }
    putAcceptedKeys(this.#sql, { root: pinned, envelope, list: list.value });
    setRenewal(this.#sql, 0);
    await this.#renew();
    // What could not be published for want of a key need not wait for the next minute.
    void this.#kick(dirtyRepos(this.#sql));
    return ok({ version: list.value.version });
  }

  async signing(): Promise<SigningMaterial | undefined> {
    return signingMaterial(this.#sql, await this.#openVault());
  }
}
