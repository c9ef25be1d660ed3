import { fromBase64, fromUtf8 } from '../../core/json/bytes.ts';
import { RECEIPTS } from '../../core/ledger/layout.ts';
import { parseReceiptFile, type ReceiptFile } from '../../core/ledger/receipt-file.ts';
import type { Envelope, Receipt } from '../../core/protocol/messages.ts';
import { parseReceipt } from '../../core/protocol/schemas.ts';
import type { Sql } from '../platform/sql.ts';
import { findEntry } from './find-entry.ts';
import { findPath, readText, rootTree } from './find-path.ts';
import { createTreeReader } from './object-store.ts';
import { ledgerTables } from './tables.ts';

/** A request is answered soon: only these newest entries with a receipt are looked into. */
const SEARCHED = 20;

/** So many changes behind a deployment are looked at for what came of it. */
const FOLLOWED = 100;

/**
 * A receipt of an App by its id, by the id of a request that it answers, or by the commit of a deployment: then the last receipt of a sync
 * before something else was deployed. Undefined when the ledger has none.
 */
export async function findReceipt(sql: Sql, app: string, id: string): Promise<Receipt | undefined> {
  const deployment = findEntry(sql, id);
  if (deployment !== undefined) return receiptOfDeployment(sql, app, deployment.seq);
  const known = sql.all<{ seq: number }>('SELECT seq FROM ledger_change WHERE receipt = ? AND app = ?', id, app)[0];
  const rows =
    known === undefined
      ? sql.all<{ seq: number }>(
          'SELECT DISTINCT seq FROM ledger_change WHERE app = ? AND receipt IS NOT NULL ORDER BY seq DESC LIMIT ?',
          ...[app, SEARCHED],
        )
      : [known];
  for (const { seq } of rows) {
    const found = (await receiptsAt(sql, app, seq)).find((receipt) => receipt.id === id || receipt.requests.includes(id));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function receiptOfDeployment(sql: Sql, app: string, deployed: number): Promise<Receipt | undefined> {
  const rows = sql.all<{ seq: number; receipt: string | null; row: string }>(
    'SELECT seq, receipt, row FROM ledger_change WHERE app = ? AND seq > ? ORDER BY seq LIMIT ?',
    ...[app, deployed, FOLLOWED],
  );
  const next = rows.findIndex(({ receipt, row }) => receipt === null && /"bundle":/.test(row));
  const seqs = rows.slice(0, next === -1 ? undefined : next).flatMap(({ seq, receipt }) => (receipt === null ? [] : [seq]));
  for (const seq of seqs.reverse()) {
    const found = (await receiptsAt(sql, app, seq)).find(({ dryRun, outcome }) => dryRun !== true && outcome !== 'acted');
    if (found !== undefined) return found;
  }
  return undefined;
}

async function receiptsAt(sql: Sql, app: string, seq: number): Promise<Receipt[]> {
  const tables = ledgerTables(sql);
  const commit = tables.entryBySeq(seq)?.oid;
  const root = commit === undefined ? undefined : rootTree(tables, commit);
  const entry = findPath(createTreeReader(tables), root, [RECEIPTS, `${app}.json`]);
  if (entry === undefined) return [];
  const file = parseReceiptFile(await readText(tables, entry.oid));
  return file.ok ? allReceipts(file.value) : [];
}

function allReceipts({ receipt, earlier = [] }: ReceiptFile): Receipt[] {
  return [receipt, ...earlier.flatMap((envelope) => openReceipt(envelope) ?? [])];
}

/** The ledger holds envelopes that were verified when they came. */
function openReceipt({ payload }: Envelope): Receipt | undefined {
  const text = fromUtf8(fromBase64(payload) ?? new Uint8Array(0));
  const receipt = text === undefined || text === '' ? undefined : parseReceipt(JSON.parse(text));
  return receipt?.ok ? receipt.value : undefined;
}
