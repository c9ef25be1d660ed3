import type { RenderedDiff } from '../../core/api/control.ts';
import { type AppFile, parseAppFile } from '../../core/ledger/app-file.ts';
import { APP_FILE, APPS, MANIFESTS } from '../../core/ledger/layout.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Sql } from '../platform/sql.ts';
import { changedFiles, type ShownLimits, showFiles } from './changed-files.ts';
import { findEntry } from './find-entry.ts';
import { findPath, readText, rootTree } from './find-path.ts';
import { createTreeReader } from './object-store.ts';
import { ledgerTables } from './tables.ts';

const LIMITS: ShownLimits = { files: 500, text: 200_000, total: 8_000_000 };

/** What differs in one App's manifests between two commits of the ledger, Secret values masked as they are there. Fails with api.not_found. */
export async function compareEntries(sql: Sql, app: string, from: string, to: string): Promise<Result<RenderedDiff, Problem>> {
  const tables = ledgerTables(sql);
  const [a, b] = [findEntry(sql, from), findEntry(sql, to)];
  if (a === undefined || b === undefined) return err(problem('api.not_found', 'the ledger has no such commit'));
  const readTree = createTreeReader(tables);
  const folder = (oid: string) => findPath(readTree, rootTree(tables, oid), [APPS, app]);
  const keysOf = async (oid: string): Promise<Map<string, string>> => {
    const file = findPath(readTree, rootTree(tables, oid), [APPS, app, APP_FILE]);
    const parsed = file === undefined ? undefined : parseAppFile(await readText(tables, file.oid));
    const objects: AppFile['objects'] = parsed?.ok ? parsed.value.objects : undefined;
    return new Map((objects ?? []).map((object) => [object.file, object.key]));
  };
  const keys = new Map([...(await keysOf(a.oid)), ...(await keysOf(b.oid))]);
  const changed = changedFiles(readTree, folder(a.oid)?.oid, folder(b.oid)?.oid).filter(({ path }) =>
    path.startsWith(`${MANIFESTS}/`),
  );
  const shown = await showFiles(tables, changed, LIMITS);
  const files = shown.map(({ path, ...texts }) => {
    const name = path.slice(MANIFESTS.length + 1);
    return { key: keys.get(name) ?? name, ...texts };
  });
  return ok({ from: a.oid, to: b.oid, files });
}
