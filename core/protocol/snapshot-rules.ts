import type { Digest } from '../bundle/bundle.ts';
import { sha256Hex } from '../bundle/bundle-digest.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { Problem } from '../problem/problem.ts';
import { ok, type Result } from '../result.ts';
import { openEnvelope, refuse } from './dsse.ts';
import { type Envelope, type KeyList, SNAPSHOT_TYPE, type Snapshot } from './messages.ts';
import { parseSnapshot } from './schemas.ts';
import type { Verify } from './signing.ts';

/** The newest snapshot that was verified: what the agent heals to. */
export interface AcceptedSnapshot {
  readonly snapshot: Snapshot;
  readonly digest: Digest;
  readonly envelope: Envelope;
}

/** What the agent knows when a snapshot arrives. */
export interface SnapshotTrust {
  /** UID of kube-system. */
  readonly cluster: string;
  readonly keyList: KeyList;
  readonly accepted: AcceptedSnapshot | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly verify: Verify;
}

/**
 * Decides whether a snapshot becomes the accepted one. Order is (key list version, generation): the version is signed by the root key,
 * so an enormous generation made with a stolen online key is undone by the next key list.
 * Fails with `protocol.refused`: P01–P04 (envelope; unknown and retired keys are P03), P10 (malformed), P11 (another cluster), P12 (another key list),
 * P13 (older generation), P14 (same generation, other content), P15 (previous is not the accepted one), P16 (expired), P18 (settings or project missing).
 */
export async function acceptSnapshot(envelope: Envelope, trust: SnapshotTrust): Promise<Result<AcceptedSnapshot, Problem>> {
  const opened = await openEnvelope(envelope, { type: SNAPSHOT_TYPE, keys: trust.keyList.keys, verify: trust.verify });
  if (!opened.ok) return opened;
  const parsed = parseSnapshot(opened.value.value);
  if (!parsed.ok) return refuse('P10', `malformed snapshot: ${parsed.error}`);
  const snapshot = parsed.value;
  const dangling = findDangling(snapshot);
  if (dangling !== undefined) return refuse('P18', dangling);
  if (snapshot.cluster !== trust.cluster)
    return refuse('P11', `snapshot for cluster ${snapshot.cluster}, this is ${trust.cluster}`);
  if (snapshot.keys !== trust.keyList.version)
    return refuse('P12', `signed under key list ${snapshot.keys}, the accepted list is ${trust.keyList.version}`);
  // Of the value as it was sent: a newer Worker may say more than this version reads, and the name covers all of it.
  const digest = snapshotDigest(opened.value.value as object); // parseSnapshot has seen that it is an object
  const order = checkOrder(snapshot, digest, trust.accepted);
  if (!order.ok) return order;
  if (snapshot.expiresAt <= trust.now) return refuse('P16', `expired ${trust.now - snapshot.expiresAt} ms ago`);
  return ok({ snapshot, digest, envelope });
}

/**
 * The name of a generation: the digest of its content without the times, so that a renewal (the same generation signed again) keeps it.
 * Takes a Snapshot, or one as it was parsed from JSON with whatever more it says.
 * The next generation's `previous`, receipts and the ledger use it.
 */
export function snapshotDigest(snapshot: object): Digest {
  return `sha256:${sha256Hex(canonicalJson({ ...snapshot, issuedAt: 0, expiresAt: 0 }))}`;
}

/** An App that names rules which did not come with the snapshot: to apply it without them would be to apply it unrestricted. */
function findDangling({ apps, settings = {}, projects = {} }: Snapshot): string | undefined {
  for (const { id, policy } of apps) {
    if (policy.settings !== undefined && !Object.hasOwn(settings, policy.settings))
      return `App ${id} names settings ${policy.settings}, which the snapshot lacks`;
    if (policy.project !== undefined && !Object.hasOwn(projects, policy.project))
      return `App ${id} names project ${policy.project}, which the snapshot lacks`;
  }
  return undefined;
}

function checkOrder(snapshot: Snapshot, digest: Digest, accepted: AcceptedSnapshot | undefined): Result<true, Problem> {
  if (accepted === undefined || snapshot.keys > accepted.snapshot.keys) return ok(true);
  const had = accepted.snapshot.generation;
  if (snapshot.generation < had) return refuse('P13', `generation ${snapshot.generation} is older than the accepted ${had}`);
  if (snapshot.generation === had) {
    if (digest !== accepted.digest) return refuse('P14', `two different snapshots have generation ${had}`);
    if (snapshot.issuedAt < accepted.snapshot.issuedAt) return refuse('P13', `an older signing of generation ${had}`);
  }
  if (snapshot.generation === had + 1 && snapshot.previous !== accepted.digest) {
    return refuse('P15', `generation ${snapshot.generation} does not follow the accepted ${had}`);
  }
  return ok(true);
}
