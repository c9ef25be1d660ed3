import type { Caller } from '../../core/api/access.ts';
import type { Deployment, RenderedDiff, RevertAnswer, RevertInput } from '../../core/api/control.ts';
import type { CredentialsInput, LedgerEntryView, LedgerState } from '../../core/api/routes.ts';
import type { AppTree } from '../../core/api/tree.ts';
import type {
  AppDefinition,
  AppView,
  ClusterEvent,
  ClusterView,
  FleetKeys,
  FleetSource,
  HistoryEntry,
} from '../../core/api/views.ts';
import type { App, AppSource } from '../../core/app/app.ts';
import type { SharedValue } from '../../core/app/settings.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import type { ControlCommand } from '../../core/control/commands.ts';
import type { DeploymentRecord } from '../../core/figures/figures.ts';
import type { FleetMetrics } from '../../core/metrics/counters.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type {
  AppRequest,
  EnrolRequest,
  EnrolResponse,
  Envelope,
  PollRequest,
  PollResponse,
  PublicKey,
  Receipt,
  ReportResponse,
} from '../../core/protocol/messages.ts';
import type { RequestClaim } from '../../core/protocol/request-signature.ts';
import type { AnswerPart, LogWish } from '../../core/question/questions.ts';
import type { Result } from '../../core/result.ts';

export type { AppDefinition, AppView, ClusterEvent, ClusterView, FleetKeys, FleetSource, HistoryEntry };

/**
 * What the four Durable Objects say to each other and to the Worker's routes. Each interface is implemented by the class of the
 * same name in src/durable; everything here can be cloned, because it crosses isolates.
 */

/** A commit as people want to see it. */
export interface CommitInfo {
  readonly commit: string;
  readonly author: string;
  /** Address of the author; absent when the commit names none. */
  readonly email?: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly committedAt: number;
}

/** How to reach a repository. */
export interface RepositoryAccess {
  readonly url: string;
  readonly credentials?: Credentials;
}
export type Credentials = CredentialsInput;
/** What kind of Git host serves a repository, and where its API is. */
export type GitHostSetting = NonNullable<Credentials['host']>;

/** One path that rendering looked at: a file's content, a directory's listing, a path that was not there, or one whose kind was asked. */
export interface Read {
  readonly kind: 'file' | 'dir' | 'missing' | 'probed';
  readonly path: string;
}

/** What rendering one App gave. Warnings do not stop anything; a problem means that there is no bundle. */
export interface Rendered {
  readonly bundle?: Bundle;
  readonly digest?: Digest;
  readonly reads: readonly Read[];
  readonly warnings: readonly Problem[];
  readonly problem?: Problem;
  /** True when an earlier render with the same inputs answered. */
  readonly cached: boolean;
}

/** The paths that differ between two commits; undefined when the older one is no longer known. */
export interface Changes {
  readonly files: readonly string[];
  readonly dirs: readonly string[];
}

export interface RepositoryPort {
  /**
   * Resolves revisions by one request to the host; fetches what is new. One result per revision, in order. Commits that a webhook
   * `announced` are fetched at the same time, as a guess.
   */
  refresh(
    access: RepositoryAccess,
    revisions: readonly string[],
    announced?: readonly string[],
  ): Promise<Result<CommitInfo, Problem>[]>;
  changes(from: string, to: string): Promise<Changes | undefined>;
  /** Every YAML file below a folder: the App definitions of a fleet path. With `only`, those of them that are named there. */
  definitions(
    commit: string,
    path: string,
    only?: readonly string[],
  ): Promise<Result<{ readonly path: string; readonly text: string }[], Problem>>;
  /** Lets go of what neither these commits nor the followed revisions need, once that is worth the work. */
  retain(commits: readonly string[]): Promise<void>;
  render(commit: string, job: RenderJob): Promise<Rendered>;
  /** Undoes a commit on the branch that a revision follows, or on a new branch beside it, and pushes that. */
  revert(access: RepositoryAccess, order: RevertOrder): Promise<Result<Reverted, Problem>>;
}

/** A commit to undo, as src/revert takes it. */
export interface RevertOrder {
  /** What the App follows: the branch is found by it. */
  readonly revision: string;
  /** Full id of the commit to undo. */
  readonly commit: string;
  readonly words: { readonly cluster: string; readonly app: string; readonly actor: string; readonly reason?: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Branch that is made for a proposal; without it the App's own branch is pushed to. */
  readonly proposal?: string;
  /** The only folder in which anything may change. */
  readonly within?: string;
}

/** What a revert became. */
export interface Reverted {
  readonly commit: string;
  /** Where it was pushed, and what it is meant for; names without `refs/heads/`. */
  readonly branch: string;
  readonly base: string;
  /** First line of its message. */
  readonly subject: string;
}

export interface RenderJob {
  readonly source: AppSource;
  readonly render: App['render'];
  readonly policyName: string;
  readonly allowEmpty: boolean;
  /** Canonical text of everything besides the tree that influences the output. */
  readonly key: string;
}

/** What the Fleet tells a Cluster about one of its Apps. */
export interface AppChange {
  readonly definition: AppDefinition;
  readonly state: 'present' | 'removed';
  readonly commit?: CommitInfo;
  /** A new bundle; without one the last good bundle stays. */
  readonly bundle?: Bundle;
  readonly digest?: Digest;
  /** Problems and warnings of definition, fetch and render. */
  readonly problems: readonly Problem[];
}

/** An `argocd-cm` ConfigMap as it was read: its file, and the part of its data that matters. */
export interface SettingsSource {
  readonly file: string;
  readonly data: { readonly [key: string]: string };
}

export interface ClusterInfo {
  readonly name: string;
  readonly uid?: string;
  readonly lobby: number;
}

export interface FleetPort {
  /** Repositories may have changed (keys of normaliseRepository), perhaps to these commits: a webhook said so. Returns at once; the work goes on. */
  changed(repositoryKeys: readonly string[], announced: readonly string[]): Promise<{ readonly known: number }>;
  /** Settles when no journey is running: whoever started one keeps the object awake with this. */
  work(): Promise<void>;
  /** Cron: every source that is due, every dirty repository, snapshots to renew. Waits until done. */
  tick(): Promise<void>;
  sources(): Promise<FleetSource[]>;
  addSource(source: {
    readonly url: string;
    readonly revision: string;
    readonly path: string;
    readonly cluster: string;
    readonly credentials?: Credentials;
  }): Promise<Result<FleetSource, Problem>>;
  removeSource(id: string): Promise<Result<true, Problem>>;
  setCredentials(url: string, credentials: Credentials | undefined): Promise<Result<true, Problem>>;
  clusters(): Promise<ClusterInfo[]>;
  addCluster(name: string): Promise<Result<{ readonly token: string }, Problem>>;
  removeCluster(name: string): Promise<Result<true, Problem>>;
  /** The cluster that a token was made for, without consuming it. */
  tokenCluster(token: string): Promise<string | undefined>;
  enrol(request: EnrolRequest): Promise<Result<EnrolResponse, Problem>>;
  /** Where an enrolled cluster's requests go. */
  clusterOfUid(uid: string): Promise<ClusterInfo | undefined>;
  refresh(cluster: string, app: string): Promise<Result<true, Problem>>;
  /** Renders an App at an older commit, as it is defined now; nothing is published. */
  renderAgain(
    cluster: string,
    app: string,
    commit: string,
  ): Promise<Result<{ readonly bundle: Bundle; readonly digest: Digest }, Problem>>;
  /** Undoes a source commit of an App in Git. */
  revert(cluster: string, app: string, order: RevertRequest): Promise<Result<RevertAnswer, Problem>>;
  /** What it counts, and how much it knows. */
  metrics(): Promise<FleetMetrics>;
  keys(): Promise<FleetKeys>;
  makeSigningKey(): Promise<PublicKey>;
  setKeyList(envelope: Envelope, root: PublicKey): Promise<Result<{ readonly version: number }, Problem>>;
  signing(): Promise<SigningMaterial | undefined>;
}

/** What a person asks for: the commit is one that the App ran, `how` as in core/api/control.ts. */
export interface RevertRequest {
  readonly commit: string;
  readonly how: RevertInput['how'];
  readonly actor: string;
  readonly reason?: string;
  /** Nothing outside of the App's own folder may change: whoever asks may do this to some Apps only. */
  readonly onlyOwn: boolean;
}

/** Crosses from the Fleet to a Cluster object inside one Worker; never leaves it. */
export interface SigningMaterial {
  readonly version: number;
  readonly envelope: Envelope;
  readonly publicKey: Uint8Array;
  readonly seed: Uint8Array;
}

/** What the Lobby must know of a cluster to park its polls. */
export interface ClusterFacts {
  readonly name: string;
  readonly uid: string;
  readonly agentKey: PublicKey;
  readonly generation: number;
  readonly keys: number;
  readonly expiresAt: number;
  /** Number of the newest list of questions; 0 for none. */
  readonly questions?: number;
}

export interface LobbyPort {
  /** Parks until there is news; says whether there is something to deliver. */
  poll(
    clusterName: string,
    claim: RequestClaim,
    body: Uint8Array,
    path: string,
  ): Promise<Result<{ readonly news: boolean; readonly request: PollRequest }, Problem>>;
  wake(facts: ClusterFacts): Promise<void>;
  /** When each agent polled last, by the UID of its cluster, and since when that is known. Milliseconds since the epoch. */
  heard(): Promise<{ readonly since: number; readonly at: { readonly [uid: string]: number } }>;
  forget(uid: string): Promise<void>;
}

/** Something that a person did, in one line. */
export interface AppNote {
  readonly app: string;
  readonly action: string;
  readonly text: string;
  readonly actor: string;
  readonly reason?: string;
  readonly revision?: string;
}

/** Which entries of a ledger: newest first, those of an App, those before a place that an earlier answer gave. */
export interface LedgerQuery {
  readonly app?: string;
  readonly before?: string;
  readonly limit: number;
}

/** What of an App's tree is to be looked at, and for whom. */
export interface LookWish {
  readonly kind: 'object' | 'actions';
  readonly app: string;
  readonly key: string;
  readonly actor: string;
}
export type LogsWish = Omit<LookWish, 'kind'> & LogWish;
export interface ActionWish {
  readonly key: string;
  readonly action: string;
  readonly parameters?: JsonObject;
  readonly at: number;
  readonly actor: string;
  readonly reason?: string;
}

export interface FiguresQuery {
  readonly app?: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Who decides something about an App, with every role that they hold. */
export interface ControlBy {
  readonly caller: Caller;
  readonly roles: readonly string[];
}

export interface ClusterPort {
  /** Changes become one ledger commit and, once the cluster is enrolled, one signed generation. `shared` holds what their policies name by key. */
  publish(clusterName: string, changes: readonly AppChange[], shared: readonly SharedValue[]): Promise<void>;
  /** Whether an App is as Git says and healthy; from now on `watcher` is told when that changes (`dependency`). */
  watch(app: string, watcher: string): Promise<boolean>;
  /** An App of another cluster, which an App here depends on, has become ready or is no longer. */
  dependency(clusterName: string, app: string, ready: boolean): Promise<void>;
  enrol(clusterName: string, lobby: number, request: EnrolRequest): Promise<Result<EnrolResponse, Problem>>;
  forget(): Promise<void>;
  facts(): Promise<ClusterFacts | undefined>;
  deliver(request: PollRequest): Promise<PollResponse>;
  bundle(digest: Digest, claim: RequestClaim, path: string): Promise<Result<Bundle, Problem>>;
  report(claim: RequestClaim, body: Uint8Array, path: string): Promise<Result<ReportResponse, Problem>>;
  /** Signs again what is about to expire, or what an older key list signed; says when to ask next (milliseconds since the epoch). */
  renew(): Promise<number>;
  request(
    app: string,
    request: Omit<AppRequest, 'id'> & { readonly reason?: string },
  ): Promise<Result<{ readonly id: string }, Problem>>;
  /** Carries out what a person decides about an App; `id` is that of the request to the agent, empty when there is none. */
  control(app: string, by: ControlBy, command: ControlCommand): Promise<Result<{ readonly id: string }, Problem>>;
  /** What was deployed of an App, newest first. */
  deployments(app: string, limit: number): Promise<Deployment[]>;
  /** Nothing is heard of the agent since then; or, without a time, something is again. */
  silent(since?: number): Promise<void>;
  tree(app: string): Promise<AppTree | undefined>;
  /** Server-sent events: `status` and `tree`, the first of each whole. */
  stream(app: string): Promise<ReadableStream<Uint8Array>>;
  /** Asks the agent for an object of an App's tree, or what can be done to it. */
  look(wish: LookWish): Promise<Result<AnswerPart, Problem>>;
  /** Server-sent events of a Pod's log. */
  logs(wish: LogsWish): Promise<Result<ReadableStream<Uint8Array>, Problem>>;
  /** A part of an agent's answer. */
  answer(
    claim: RequestClaim,
    answer: { readonly id: string; readonly body: Uint8Array; readonly path: string },
  ): Promise<Result<'taken' | 'gone', Problem>>;
  /** Asks for an action on an object of an App's tree. */
  act(app: string, wish: ActionWish): Promise<Result<{ readonly id: string }, Problem>>;
  view(): Promise<ClusterView>;
  apps(): Promise<AppView[]>;
  /** The project of an App, which decides who may do what with it; undefined when there is no such App. */
  project(id: string): Promise<string | undefined>;
  app(id: string): Promise<AppView | undefined>;
  /** The masked objects of the App's bundle; `next`: of the one that a pin or an approval holds back. */
  desired(id: string, which?: 'next'): Promise<readonly { readonly key: string; readonly yaml: string }[] | undefined>;
  history(app: string | undefined, limit: number): Promise<HistoryEntry[]>;
  /** What became of deployments that ended since, oldest first. */
  figures(query: FiguresQuery): Promise<readonly DeploymentRecord[]>;
  /** Records what a person did to an App beside its manifests: an entry of the ledger and an event. */
  note(note: AppNote): Promise<void>;
  /** The source commit of an App that an id or its beginning (at least 7 digits) names, of those that the ledger knows; without one the newest. */
  sourceCommit(app: string, commit: string | undefined): Promise<Result<string, Problem>>;
  ledgerLog(query: LedgerQuery): Promise<{ readonly entries: readonly HistoryEntry[]; readonly before?: string }>;
  /** Verifies the newest entries against these keys. */
  ledgerState(keys: readonly PublicKey[]): Promise<Omit<LedgerState, 'clone'>>;
  ledgerEntry(commit: string): Promise<Result<LedgerEntryView, Problem>>;
  compare(app: string, from: string, to: string): Promise<Result<RenderedDiff, Problem>>;
  /** By its own id or that of a request that it answers. */
  receipt(app: string, id: string): Promise<Result<Receipt, Problem>>;
  events(after: number): Promise<ClusterEvent[]>;
  ledger(request: Request): Promise<Response>;
}
