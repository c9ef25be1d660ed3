import type { SharedValue } from '../../core/app/settings.ts';
import type { SettingsSource } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';

/** Replaces what the Apps of a fleet path have in common, and the settings that were read last from it. */
export function putShared(
  sql: Sql,
  source: string,
  { shared, settings }: { readonly shared: readonly SharedValue[]; readonly settings?: SettingsSource },
): void {
  sql.transaction(() => {
    sql.run('DELETE FROM shared WHERE source = ?', source);
    for (const value of shared)
      sql.run('INSERT INTO shared (source, key, value) VALUES (?, ?, ?)', source, value.key, JSON.stringify(value));
    sql.run('DELETE FROM settings WHERE source = ?', source);
    if (settings !== undefined) sql.run('INSERT INTO settings (source, value) VALUES (?, ?)', source, JSON.stringify(settings));
    return undefined;
  });
}

/** The values of these keys, as far as they are known: a key is a digest, so it does not matter which fleet path brought it. */
export function readShared(sql: Sql, keys: readonly string[]): SharedValue[] {
  return [...new Set(keys)].flatMap(
    (key) =>
      sql
        .all<{ value: string }>('SELECT value FROM shared WHERE key = ? LIMIT 1', key)
        .map(({ value }) => JSON.parse(value) as SharedValue), // written by putShared only
  );
}

/** The argocd-cm that could be read last from a fleet path. */
export function lastSettings(sql: Sql, source: string): SettingsSource | undefined {
  const row = sql.all<{ value: string }>('SELECT value FROM settings WHERE source = ?', source)[0];
  return row === undefined ? undefined : (JSON.parse(row.value) as SettingsSource); // written by putShared only
}

/** Forgets a fleet path's. */
export function deleteShared(sql: Sql, source: string): void {
  putShared(sql, source, { shared: [] });
}
