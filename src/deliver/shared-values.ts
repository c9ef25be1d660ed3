import type { SharedValue } from '../../core/app/settings.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { Sql } from '../platform/sql.ts';

/** The canonical JSON of a snapshot's `settings` and `projects`; undefined where there are none. */
export interface SharedText {
  readonly settings?: string;
  readonly projects?: string;
}

type SharedRow = { key: string; kind: string; value: string };

/** True when the value of a key is held. */
export function isShared(sql: Sql, key: string): boolean {
  return sql.all('SELECT 1 AS found FROM shared WHERE key = ?', key).length > 0;
}

/** What the snapshot carries when these values are added; what is no longer named leaves with the generation after. */
export function sharedAfter(sql: Sql, added: readonly SharedValue[]): SharedText {
  const rows = new Map(sql.all<SharedRow>('SELECT key, kind, value FROM shared').map((row) => [row.key, row]));
  for (const { key, kind, value } of added) rows.set(key, { key, kind, value: canonicalJson(value) });
  const textOf = (kind: SharedValue['kind']) => {
    const members = [...rows.values()].filter((row) => row.kind === kind).sort((a, b) => (a.key < b.key ? -1 : 1));
    return members.length === 0 ? undefined : `{${members.map(({ key, value }) => `"${key}":${value}`).join(',')}}`;
  };
  const [settings, projects] = [textOf('settings'), textOf('project')];
  return { ...(settings === undefined ? {} : { settings }), ...(projects === undefined ? {} : { projects }) };
}

/** Writes values and forgets those that no App names; call it inside the transaction, after the Apps were written. */
export function putShared(sql: Sql, added: readonly SharedValue[]): void {
  for (const { key, kind, value } of added)
    sql.run('INSERT OR IGNORE INTO shared (key, kind, value) VALUES (?, ?, ?)', key, kind, canonicalJson(value));
  sql.run(
    `DELETE FROM shared WHERE NOT EXISTS (SELECT 1 FROM desired WHERE settings = shared.key)
       AND NOT EXISTS (SELECT 1 FROM desired WHERE project = shared.key)`,
  );
}
