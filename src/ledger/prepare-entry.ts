import { commitMessage } from '../../core/ledger/commit-message.ts';
import type { Deploy, LedgerChange, LedgerEntry } from '../../core/ledger/entry.ts';
import { type Commit, type GitPerson, writeCommit } from '../../core/ledger/git-object.ts';
import { signSsh } from '../../core/ledger/ssh-signature.ts';
import { trailersOf } from '../../core/ledger/trailers.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import type { Sql } from '../platform/sql.ts';
import { editTree } from './edit-tree.ts';
import { entryEdits } from './entry-edits.ts';
import { rootTree } from './find-path.ts';
import { createTreeReader, insertObject, type StoredObject } from './object-store.ts';
import { createStage } from './stage.ts';
import { type EntryRow, type LedgerTables, ledgerTables } from './tables.ts';

export interface LedgerWriter {
  readonly sql: Sql;
  readonly signer: Signer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly cluster: string;
}

/** A commit, made and signed, that is not in the ledger yet. */
export interface PreparedEntry {
  readonly commit: string;
  /**
   * Inserts it, if the ledger still ends where it did when the entry was prepared. Synchronous, so that it can share a transaction
   * with what it records; call it inside `sql.transaction`. After `head_moved` nothing was written: prepare the entry again.
   */
  apply(): 'committed' | 'head_moved';
}

const encoder = new TextEncoder();

/**
 * Makes the commit of an entry: stages its files and trees, signs it, and leaves the writing to `apply`.
 * Receipts that the ledger already has are left out; undefined when nothing remains to be recorded.
 */
export async function prepareEntry(writer: LedgerWriter, entry: LedgerEntry): Promise<PreparedEntry | undefined> {
  const tables = ledgerTables(writer.sql);
  const changes = withoutKnownReceipts(tables, entry.changes);
  if (changes.length === 0 && (entry.snapshots ?? []).length === 0) return undefined;
  const head = tables.head();
  const root = head === undefined ? undefined : rootTree(tables, head.oid);
  const stage = createStage(tables);
  const readTree = createTreeReader(tables);
  const edits = await entryEdits({ tables, readTree, stage, root, cluster: writer.cluster }, changes);
  const tree = editTree({ stage, readTree }, { base: root, like: root }, edits);
  if (tree === undefined) throw new Error('an entry left nothing in the ledger, not even its README');
  const time = Math.max(writer.now(), head?.time ?? 0);
  const message = commitMessage({ ...entry, changes }, writer.cluster);
  const commit = { tree, parents: head === undefined ? [] : [head.oid], ...people(changes, writer.cluster, time), message };
  const oid = stage.add('commit', encoder.encode(await signCommit(commit, writer.signer)));
  const objects = await stage.objects();
  const subject = message.slice(0, message.indexOf('\n'));
  const generation = Math.max(
    head?.generation ?? 0,
    ...(entry.snapshots ?? []).map((mark) => mark.generation),
    newestGeneration(changes),
  );
  return { commit: oid, apply: () => applyEntry(tables, { head, objects, oid, time, subject, changes, generation }) };
}

function newestGeneration(changes: readonly LedgerChange[]): number {
  return changes.reduce((newest, change) => Math.max(newest, trailersOf(change).generation ?? 0), 0);
}

function withoutKnownReceipts(tables: LedgerTables, changes: readonly LedgerChange[]): readonly LedgerChange[] {
  const seen = new Set<string>();
  return changes.filter((change) => {
    if (change.kind !== 'receipt') return true;
    const { id } = change.receipt;
    if (seen.has(id) || tables.hasReceipt(id)) return false;
    seen.add(id);
    return true;
  });
}

async function signCommit(commit: Commit, signer: Signer): Promise<string> {
  return writeCommit(commit, await signSsh(encoder.encode(writeCommit(commit)), signer));
}

/** Author is who wrote the source commit, where the entry deploys one person's work; the committer is always Plumbline. */
function people(changes: readonly LedgerChange[], cluster: string, time: number): { author: GitPerson; committer: GitPerson } {
  const committer = { name: 'Plumbline', email: cluster, seconds: Math.floor(time / 1000), zone: '+0000' };
  const authors = changes.filter((change): change is Deploy => change.kind === 'deploy').map((change) => change.author);
  const [first] = authors;
  const same = first !== undefined && authors.every((author) => author?.email === first.email && author.name === first.name);
  if (!same || authors.length !== changes.length) return { author: committer, committer };
  const { name, email, at, zone = '+0000' } = first;
  return {
    author: { name, email, seconds: Math.max(0, Math.floor(at / 1000)), zone: /^[+-]\d{4}$/.test(zone) ? zone : '+0000' },
    committer,
  };
}

interface Application {
  readonly head: EntryRow | undefined;
  readonly objects: readonly StoredObject[];
  readonly oid: string;
  readonly time: number;
  readonly subject: string;
  readonly changes: readonly LedgerChange[];
  readonly generation: number;
}

function applyEntry(tables: LedgerTables, entry: Application): 'committed' | 'head_moved' {
  const { head, objects, oid, time, subject, changes, generation } = entry;
  if (tables.head()?.oid !== head?.oid) return 'head_moved';
  let id = head?.last_object ?? 0;
  for (const object of objects) insertObject(tables, ++id, object);
  const seq = (head?.seq ?? 0) + 1;
  const trailers = changes.map(trailersOf);
  tables.insertEntry({ seq, oid, last_object: id, generation, time, subject });
  for (const [number, { app, receipt, ...rest }] of trailers.entries()) {
    tables.insertChange({ app, seq, number, receipt: receipt ?? null, row: JSON.stringify({ app, ...rest, receipt }) });
  }
  return 'committed';
}
