import { objectDigests } from '../../core/bundle/bundle-digest.ts';
import type { LedgerChange } from '../../core/ledger/entry.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import type { BundleStore } from '../deliver/bundle-store.ts';
import { type DesiredApp, listRequests, toSnapshotApps } from '../deliver/desired-apps.ts';
import { type NewestSnapshot, putNewest, readNewest } from '../deliver/newest-snapshot.ts';
import { prepareEntry } from '../ledger/prepare-entry.ts';
import type { AppChange, CommitInfo } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { addEvent } from '../report/observed-apps.ts';
import { signNext } from '../sign/next-snapshot.ts';

/** What a Cluster object needs to write: there is no writing without a signature. */
export interface ClusterWriter {
  readonly sql: Sql;
  readonly bundles: BundleStore;
  readonly signer: Signer;
  /** Version of the key list that names the signer. */
  readonly keys: number;
  readonly clusterName: string;
  /** Identity of the enrolled cluster; before enrolment decisions are recorded but no snapshot is signed. */
  readonly uid: string | undefined;
  readonly now: () => number;
}

/** A decision on its way into the ledger, the snapshot and the tables: all or nothing. */
export interface Decision {
  /** Ledger changes; `generation` is the one that the decision will have. */
  readonly ledger: (generation: number) => readonly LedgerChange[];
  /** Writes the decision's own rows; runs inside the transaction, after which the snapshot is made of what the tables then say. */
  readonly rows: () => void;
  /** What desired Apps will be once `rows` has run; undefined when the snapshot does not change. */
  readonly desired?: readonly DesiredApp[];
  readonly requests?: ReturnType<typeof listRequests>;
  readonly events: readonly { readonly app: string; readonly kind: string; readonly text: string }[];
}

/**
 * Carries out one decision: signs the ledger entry and the next generation first, which is asynchronous, then writes everything in one
 * synchronous transaction. A bundle is never in a snapshot that is not in the ledger (threat F39).
 * Callers take turns, so the ledger's head cannot move in between; if it did, nothing is written and this throws.
 */
export async function carryOut(writer: ClusterWriter, decision: Decision): Promise<NewestSnapshot | undefined> {
  const { sql, now } = writer;
  const newest = readNewest(sql);
  const apps =
    decision.desired === undefined ? undefined : toSnapshotApps(decision.desired, decision.requests ?? listRequests(sql));
  const next =
    apps === undefined || writer.uid === undefined
      ? undefined
      : await signNext(
          { cluster: writer.uid, clusterName: writer.clusterName, keys: writer.keys, newest: toNewest(newest), apps, now: now() },
          writer.signer,
        );
  const generation = next?.snapshot.generation ?? newest?.snapshot.generation ?? 0;
  const snapshots = next === undefined ? [] : [{ generation, digest: next.digest }];
  const changes = decision.ledger(generation);
  const entry = await prepareEntry({ sql, signer: writer.signer, now, cluster: writer.clusterName }, { changes, snapshots });
  sql.transaction(() => {
    if (entry !== undefined && entry.apply() === 'head_moved') throw new Error('the ledger moved during a turn');
    decision.rows();
    if (next !== undefined) putNewest(sql, next);
    for (const event of decision.events) addEvent(sql, { ...event, time: now() });
    return undefined;
  });
  return next;
}

function toNewest(newest: NewestSnapshot | undefined): { readonly generation: number; readonly digest: string } | undefined {
  return newest === undefined ? undefined : { generation: newest.snapshot.generation, digest: newest.digest };
}

/** The ledger's words for a change of an App. */
export function toLedgerChange(
  change: AppChange,
  merged: DesiredApp,
  had: DesiredApp | undefined,
  generation: number,
): LedgerChange | undefined {
  const { definition: app, commit, problems } = merged;
  if (change.state === 'removed') return { kind: 'remove', app: app.id, generation, onDelete: app.policy.onDelete };
  if (change.bundle !== undefined && merged.digest !== undefined && commit !== undefined) {
    const author = toAuthor(commit);
    return {
      kind: 'deploy',
      as: had?.digest === merged.digest && had.commit?.commit === commit.commit ? 'policy' : 'deploy',
      app,
      revision: commit.commit,
      bundle: merged.digest,
      generation,
      objects: change.bundle.objects,
      digests: objectDigests(change.bundle),
      subject: commit.subject,
      problems,
      ...(author === undefined ? {} : { author }),
    };
  }
  return { kind: 'hold', app, revision: change.commit?.commit ?? commit?.commit ?? '', problems };
}

/** `Ana <ana@example.org>` as Git writes it. */
function toAuthor(commit: CommitInfo): { name: string; email: string; at: number } | undefined {
  const match = /^(.*) <([^<>]*)>$/.exec(commit.author);
  return match === null ? undefined : { name: match[1] ?? '', email: match[2] ?? '', at: commit.committedAt };
}

/** True when a change says nothing that is not known already. */
export function isNews(merged: DesiredApp, had: DesiredApp | undefined): boolean {
  return had === undefined || JSON.stringify(merged) !== JSON.stringify(had);
}
