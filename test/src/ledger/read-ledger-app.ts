import type { AppFile } from '../../../core/ledger/app-file.ts';
import { APPS, MANIFESTS, RECEIPTS } from '../../../core/ledger/layout.ts';
import { parseReceiptFile, type ReceiptFile } from '../../../core/ledger/receipt-file.ts';
import { readAppFile } from '../../../src/ledger/entry-edits.ts';
import { findPath, readText, rootTree } from '../../../src/ledger/find-path.ts';
import { createTreeReader } from '../../../src/ledger/object-store.ts';
import { ledgerTables } from '../../../src/ledger/tables.ts';
import type { Sql } from '../../../src/platform/sql.ts';

/** One App as it stood at a commit of the ledger. */
export interface LedgerApp {
  readonly file: AppFile;
  /** Masked manifests by file name. */
  readonly manifests: readonly { readonly file: string; readonly yaml: string }[];
  /** What the agent had said last. */
  readonly receipt: ReceiptFile | undefined;
}

/** Reads an App at a commit; undefined when there is no such commit, or the App was not part of it. */
export async function readLedgerApp(sql: Sql, commit: string, app: string): Promise<LedgerApp | undefined> {
  const tables = ledgerTables(sql);
  const readTree = createTreeReader(tables);
  const root = rootTree(tables, commit);
  const file = await readAppFile({ tables, readTree, root }, app);
  if (file === undefined) return undefined;
  const folder = findPath(readTree, root, [APPS, app, MANIFESTS]);
  const entries = folder === undefined ? [] : readTree(folder.oid);
  const manifests = await Promise.all(entries.map(async ({ name, oid }) => ({ file: name, yaml: await readText(tables, oid) })));
  const receipt = findPath(readTree, root, [RECEIPTS, `${app}.json`]);
  if (receipt === undefined) return { file, manifests, receipt: undefined };
  const parsed = parseReceiptFile(await readText(tables, receipt.oid));
  return { file, manifests, receipt: parsed.ok ? parsed.value : undefined };
}
