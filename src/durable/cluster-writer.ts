import type { SharedValue } from '../../core/app/settings.ts';
import type { AppStatus } from '../../core/app/status.ts';
import type { Digest } from '../../core/bundle/bundle.ts';
import type { LedgerChange } from '../../core/ledger/entry.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import type { BundleStore } from '../deliver/bundle-store.ts';
import { isWanted, readDesired } from '../deliver/desired-apps.ts';
import { type NewestSnapshot, putNewest, readNewest } from '../deliver/newest-snapshot.ts';
import { putShared, sharedAfter } from '../deliver/shared-values.ts';
import { type PartChanges, partsAfter, putParts } from '../deliver/snapshot-parts.ts';
import { trackDeployments } from '../figures/track.ts';
import { prepareEntry } from '../ledger/prepare-entry.ts';
import { ledgerTables } from '../ledger/tables.ts';
import { countDecision } from '../metrics/cluster-counters.ts';
import type { Sql } from '../platform/sql.ts';
import { addEvent, type NewEvent } from '../report/observed-apps.ts';
import { signNext } from '../sign/next-snapshot.ts';
import { markUntold } from './cluster-outlet.ts';

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
  /** How the next generation differs from the newest (not at all: the same again); undefined when none is to be signed. */
  readonly parts?: PartChanges;
  /** What the Apps of these parts name by key. */
  readonly shared?: readonly SharedValue[];
  /** Writes the decision's own rows; runs inside the transaction. `entry` is the commit of the ledger, empty when there is none. */
  readonly rows: (generation: number, entry: string) => void;
  readonly events: readonly NewEvent[];
  /** What the agent says of Apps, where the decision is about a report: figures are kept of it. */
  readonly statuses?: readonly AppStatus[];
  /** Apps that look different afterwards, besides those of `parts` and `events`. */
  readonly touched?: readonly string[];
}

/**
 * Carries out one decision: signs the ledger entry and the next generation first, which is asynchronous, then writes everything in one
 * synchronous transaction. A bundle is never in a snapshot that is not in the ledger (threat F39).
 * Callers take turns, so the ledger's head cannot move in between; if it did, nothing is written and this throws.
 */
export async function carryOut(writer: ClusterWriter, decision: Decision): Promise<NewestSnapshot | undefined> {
  const { sql, now } = writer;
  const newest = readNewest(sql);
  const next =
    decision.parts === undefined || writer.uid === undefined
      ? undefined
      : await signNext(
          {
            cluster: writer.uid,
            clusterName: writer.clusterName,
            keys: writer.keys,
            newest,
            parts: partsAfter(sql, decision.parts),
            shared: sharedAfter(sql, decision.shared ?? []),
            now: now(),
          },
          writer.signer,
        );
  const generation = next?.generation ?? newest?.generation ?? 0;
  const snapshots = next === undefined ? [] : [{ generation, digest: next.digest }];
  const changes = decision.ledger(generation);
  const entry = await prepareEntry({ sql, signer: writer.signer, now, cluster: writer.clusterName }, { changes, snapshots });
  const fresh = changes.filter((change) => change.kind !== 'receipt' || !ledgerTables(sql).hasReceipt(change.receipt.id));
  sql.transaction(() => {
    if (entry !== undefined && entry.apply() === 'head_moved') throw new Error('the ledger moved during a turn');
    decision.rows(generation, entry?.commit ?? '');
    if (decision.parts !== undefined) putParts(sql, decision.parts);
    if (decision.parts !== undefined) putShared(sql, decision.shared ?? []);
    if (next !== undefined) putNewest(sql, next);
    const committedAt = (app: string, revision: string) => committedAtOf(sql, app, revision);
    trackDeployments(sql, { changes: fresh, statuses: decision.statuses ?? [], now: now(), committedAt });
    countDecision(sql, { changes: fresh, events: decision.events });
    for (const event of decision.events) addEvent(sql, event, now());
    markUntold(sql, touchedBy(decision));
    return undefined;
  });
  return next;
}

function committedAtOf(sql: Sql, app: string, revision: string): number | undefined {
  const commit = readDesired(sql, app)?.commit;
  return commit?.commit === revision ? commit.committedAt : undefined;
}

/** The Apps that a decision makes look different; the empty name is the cluster. */
function touchedBy({ parts, events, touched = [] }: Decision): Set<string> {
  return new Set(['', ...(parts?.keys() ?? []), ...events.map(({ app }) => app), ...touched]);
}

/** Forgets a bundle's bytes if no App names it any more; call it after the rows that named it were written. */
export function forgetUnwanted({ sql, bundles }: Pick<ClusterWriter, 'sql' | 'bundles'>, digest: Digest | undefined): void {
  if (digest !== undefined && !isWanted(sql, digest)) bundles.forget(digest);
}
