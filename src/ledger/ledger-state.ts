import type { LedgerState } from '../../core/api/routes.ts';
import { objectId, parseCommit } from '../../core/ledger/git-object.ts';
import { verifySsh } from '../../core/ledger/ssh-signature.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import type { Verify } from '../../core/protocol/signing.ts';
import type { Sql } from '../platform/sql.ts';
import { readObject } from './object-store.ts';
import { type EntryRow, ledgerTables } from './tables.ts';

/** How many of the newest commits are verified; `plumb ledger verify` proves all of a clone. */
export const CHECKED_ENTRIES = 500;

export interface StateParts {
  readonly sql: Sql;
  readonly keys: readonly PublicKey[];
  readonly verify: Verify;
  /** Commits that were found good before, by id: what is stored under an id never changes. Is added to. */
  readonly good: Set<string>;
}

/** Whether each of the newest commits is the one that its id names, is signed by a key of the installation, and names the one before it. */
export async function checkLedger(parts: StateParts): Promise<Omit<LedgerState, 'clone'>> {
  const tables = ledgerTables(parts.sql);
  const head = tables.head();
  if (head === undefined) return { entries: 0, checked: 0, verified: true };
  const rows = tables.newestEntries(Number.MAX_SAFE_INTEGER, CHECKED_ENTRIES + 1);
  const shown = rows.slice(0, CHECKED_ENTRIES);
  const state = { head: head.oid, entries: head.seq, checked: shown.length };
  for (const [i, row] of shown.entries()) {
    const wrong = await checkEntry(parts, row, rows[i + 1]);
    if (wrong !== undefined) return { ...state, verified: false, broken: { commit: row.oid, message: wrong } };
  }
  return { ...state, verified: true };
}

async function checkEntry(parts: StateParts, row: EntryRow, before: EntryRow | undefined): Promise<string | undefined> {
  const { sql, keys, verify, good } = parts;
  const id = `${row.oid} ${before?.oid ?? ''}`;
  if (good.has(id)) return undefined;
  const object = await readObject(ledgerTables(sql), row.oid).catch(() => undefined);
  if (object?.type !== 'commit' || objectId('commit', object.data) !== row.oid) return 'missing, or not what its id names';
  const commit = parseCommit(object.data);
  if (commit === undefined) return 'not a commit of a ledger';
  if (
    commit.parents.length > 1 ||
    (row.seq > 1 && commit.parents[0] !== before?.oid) ||
    (row.seq === 1 && commit.parents.length > 0)
  )
    return 'does not name the commit before it';
  if ((await verifySsh(commit.signed, commit.signature ?? '', { keys, verify })) === undefined)
    return 'not signed by a key of this installation';
  if (good.size > 2 * CHECKED_ENTRIES) good.clear();
  good.add(id);
  return undefined;
}
