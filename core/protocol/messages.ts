import type { TreeDelta } from '../api/tree.ts';
import type { AppPolicy } from '../app/policy.ts';
import type { ClusterSettings, ProjectRules } from '../app/settings.ts';
import type { AppStatus, Health } from '../app/status.ts';
import type { Bundle, Digest } from '../bundle/bundle.ts';
import type { JsonObject, ObjectKey } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';

/** DSSE (https://github.com/secure-systems-lab/dsse): the payload is signed together with its type. */
export interface Envelope {
  readonly payloadType: string;
  /** base64 of the payload's bytes. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export const SNAPSHOT_TYPE = 'application/vnd.plumbline.snapshot.v1+json';
export const KEY_LIST_TYPE = 'application/vnd.plumbline.keys.v1+json';
export const RECEIPT_TYPE = 'application/vnd.plumbline.receipt.v1+json';
export const QUESTIONS_TYPE = 'application/vnd.plumbline.questions.v1+json';

/** A public Ed25519 key; `keyid` is the first 16 hex digits of the SHA-256 of its 32 bytes, `key` those bytes in base64. */
export interface PublicKey {
  readonly keyid: string;
  readonly key: string;
}

/** Root-signed: which online keys may sign snapshots. A key that is not listed any more is retired at once. */
export interface KeyList {
  /** Names the fleet: the keyid of the root key. */
  readonly root: string;
  readonly version: number;
  readonly keys: readonly PublicKey[];
}

/** A request that must be carried out once: it is repeated in every snapshot until a receipt names its id. */
export interface AppRequest {
  readonly id: string;
  /**
   * `terminate` ends the sync that runs; `reset` begins a failed release's retries anew; `action` does something to one object (core/action). An agent
   * answers a kind that it does not know with a receipt that says so.
   */
  readonly kind: 'sync' | 'refresh' | 'terminate' | 'reset' | 'action';
  /** For sync: prune even when the policy does not, and only say what would happen. */
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  /** For sync: only these objects, without hooks. */
  readonly resources?: readonly ObjectKey[];
  /** For sync: as the options of the same names, this once. */
  readonly force?: boolean;
  readonly replace?: boolean;
  /** For sync: of the deletions that are held, exactly these were shown to a person and confirmed. */
  readonly deletions?: readonly ObjectKey[];
  /** For action: which, on what (`uid`: on this very object), with what, and when it was asked for (Worker's clock, ms): done twice, it changes nothing more. */
  readonly action?: string;
  readonly key?: ObjectKey;
  readonly uid?: string;
  readonly parameters?: JsonObject;
  readonly at?: number;
  readonly actor: string;
}

/** One App in a snapshot. `removed` is a tombstone: deleted in Git, carried until a receipt says that it is done. */
export interface SnapshotApp {
  readonly id: string;
  readonly state: 'present' | 'removed';
  /** undefined while nothing was ever rendered: the agent then leaves the App alone. */
  readonly bundle?: Digest;
  /** What to go back to when a release fails: the bundle of its last success. */
  readonly fallback?: Digest;
  /** Dependencies in other clusters that are not ready; while there are some, nothing new is begun. */
  readonly waitsFor?: readonly string[];
  readonly revision: string;
  readonly policy: AppPolicy;
  readonly requests: readonly AppRequest[];
}

/** What one cluster should run. Ordered by (keys, generation); see PROTOCOL.md. */
export interface Snapshot {
  /** UID of the kube-system namespace: the identity of the cluster. */
  readonly cluster: string;
  readonly clusterName: string;
  /** Version of the key list under which it was signed. */
  readonly keys: number;
  readonly generation: number;
  /** Digest of the previous generation (snapshotDigest); null for the first. */
  readonly previous: Digest | null;
  /** Milliseconds since the epoch, by the Worker's clock. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly apps: readonly SnapshotApp[];
  /** Shared by Apps whose policies name them. */
  readonly settings?: { readonly [key: string]: ClusterSettings };
  readonly projects?: { readonly [key: string]: ProjectRules };
}

/** What happened to one object in a sync. */
export interface ObjectResult {
  readonly key: ObjectKey;
  readonly action: 'created' | 'configured' | 'unchanged' | 'replaced' | 'recreated' | 'pruned' | 'kept' | 'skipped' | 'failed';
  /** Of a hook: the phase in which it ran, and how it ended. */
  readonly hook?: { readonly phase: string; readonly state: 'succeeded' | 'failed' | 'running' | 'terminated' };
  readonly problem?: Problem;
}

/** What the agent did with one App of one generation; signed with the agent's key in an envelope of RECEIPT_TYPE. */
export interface Receipt {
  readonly id: string;
  readonly cluster: string;
  readonly generation: number;
  /** Digest of the snapshot (snapshotDigest). */
  readonly snapshot: Digest;
  readonly app: string;
  readonly bundle?: Digest;
  readonly revision: string;
  /** `acted`: no sync, but what a request of kind `action` asked for; whether it could be done, its result says. */
  readonly outcome: 'synced' | 'failed' | 'held' | 'removed' | 'acted';
  /** Of `acted`: the action's name. */
  readonly action?: string;
  /** Nothing was written: the results say what a sync would do. */
  readonly dryRun?: true;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly results: readonly ObjectResult[];
  readonly health: Health;
  readonly problems: readonly Problem[];
  /** Ids of the requests that this receipt answers. */
  readonly requests: readonly string[];
}

/** POST /agent/poll: what the agent has. The answer is 200 PollResponse, or 204 after at most 25 s without news. */
export interface PollRequest {
  readonly cluster: string;
  /** The newest generation and key list that were accepted; 0 for none. */
  readonly generation: number;
  readonly keys: number;
  /** Digests of the bundles that the agent holds and still needs. */
  readonly bundles: readonly Digest[];
  /** When the accepted snapshot expires; the Worker renews it well before. */
  readonly expiresAt: number;
  readonly agentVersion: string;
  /** Number of the newest list of questions that was seen, 0 for none; absent from an agent that answers none. */
  readonly questions?: number;
}

export interface PollResponse {
  readonly keys?: Envelope;
  /** What people want to look at just now: an envelope of QUESTIONS_TYPE (core/question/questions.ts). */
  readonly questions?: Envelope;
  readonly snapshot?: Envelope;
  /** Bundles that the snapshot names and the agent lacks, up to a size; the rest is fetched from GET /agent/bundles/<digest>. */
  readonly bundles: { readonly [digest: Digest]: Bundle };
}

/** POST /agent/report: spooled by the agent until its id is acknowledged. */
export interface Report {
  /** Increases by one per agent; a repeated id is acknowledged and ignored. */
  readonly id: string;
  readonly cluster: string;
  readonly generation: number;
  readonly receipts: readonly Envelope[];
  readonly statuses: readonly AppStatus[];
  /** Problems of the agent itself (a refused snapshot, a lost watch), not of one App. */
  readonly problems: readonly Problem[];
  /** What changed in the Apps' resource trees. */
  readonly trees?: readonly TreeDelta[];
  readonly agent: {
    readonly version: string;
    readonly rssBytes: number;
    readonly startedAt: number;
    /** How long the Worker took to answer the report before, in milliseconds. */
    readonly rttMs?: number;
    /** What it can do beyond the first version: `actions`, `questions`. */
    readonly features?: readonly string[];
  };
}

export interface ReportResponse {
  readonly acknowledged: readonly string[];
  /** Apps whose tree the Worker does not have as the delta supposes: they are to be sent whole. */
  readonly resendTrees?: readonly string[];
}

/** POST /enrol: binds the one-use token to a key and a cluster; the same key may retry. */
export interface EnrolRequest {
  readonly token: string;
  readonly publicKey: PublicKey;
  readonly cluster: string;
  readonly kubernetesVersion: string;
  readonly agentVersion: string;
}

export interface EnrolResponse {
  readonly clusterName: string;
  readonly keys: Envelope;
}
