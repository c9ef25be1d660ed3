import type { Sql } from '../platform/sql.ts';

/** An agent that is well asks again after 25 seconds at most; this long without a word is no hiccup of a network. */
export const SILENT_AFTER_MS = 2 * 60_000;

/** What a Lobby knows: when each agent polled last, by the UID of its cluster, and since when it has been listening. */
export interface Heard {
  readonly since: number;
  readonly at: { readonly [uid: string]: number };
}

/** A cluster whose agent fell silent (`since`), or is back. */
export interface SilenceChange {
  readonly name: string;
  readonly since?: number;
}

/**
 * The clusters of a Lobby whose agents fell silent or came back since this was asked before. A Lobby that has begun to listen a moment ago knows nothing: who
 * was silent stays so until heard of, and silence counts from when it began to listen.
 */
export function silenceChanges(sql: Sql, lobby: number, heard: Heard, now: number): SilenceChange[] {
  const rows = sql.all<{ name: string; uid: string; silent_since: number | null }>(
    'SELECT name, uid, silent_since FROM cluster WHERE lobby = ? AND uid IS NOT NULL ORDER BY name',
    lobby,
  );
  return rows.flatMap(({ name, uid, silent_since }): SilenceChange[] => {
    const last = heard.at[uid];
    const since = last ?? heard.since;
    const isSilent = now - since > SILENT_AFTER_MS;
    if (isSilent && silent_since === null) return [{ name, since }];
    return !isSilent && silent_since !== null && last !== undefined ? [{ name }] : [];
  });
}

/** Writes down what a cluster was told. */
export function putSilence(sql: Sql, { name, since }: SilenceChange): void {
  sql.run('UPDATE cluster SET silent_since = ? WHERE name = ?', since ?? null, name);
}

/** When each cluster's agent was heard of last, of one Lobby, by the cluster's name. */
export function heardByName(sql: Sql, lobby: number, { at }: Heard): Record<string, number> {
  const rows = sql.all<{ name: string; uid: string }>('SELECT name, uid FROM cluster WHERE lobby = ? AND uid IS NOT NULL', lobby);
  return Object.fromEntries(rows.flatMap(({ name, uid }) => (at[uid] === undefined ? [] : [[name, at[uid]]])));
}
