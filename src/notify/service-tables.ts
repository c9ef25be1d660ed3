import type { JsonObject } from '../../core/objects/object.ts';
import type { Sql } from '../platform/sql.ts';

/** What is remembered of services and recipients between messages; the tables are in tables.ts. */

/** What a service remembers of a conversation (a message’s id, a deployment’s number). */
export function readThread(sql: Sql, key: string): JsonObject | undefined {
  const row = sql.all<{ value: string }>('SELECT value FROM thread WHERE key = ?', key)[0];
  return row === undefined ? undefined : (JSON.parse(row.value) as JsonObject); // written by putThread only
}

/** Remembers it. */
export function putThread(sql: Sql, key: string, value: JsonObject, now: number): void {
  sql.run(
    'INSERT INTO thread (key, value, time) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, time = excluded.time',
    ...[key, JSON.stringify(value), now],
  );
}

/** One recipient of one service, for one App or cluster. */
export interface IncidentPlace {
  readonly service: string;
  readonly recipient: string;
  readonly cluster: string;
  readonly app: string;
}

/** The troubles that are open there, with their beginning. */
export function openIncidents(sql: Sql, at: IncidentPlace): { readonly what: string; readonly since: number }[] {
  return sql.all<{ what: string; since: number }>(
    'SELECT what, since FROM incident WHERE service = ? AND recipient = ? AND cluster = ? AND app = ?',
    ...[at.service, at.recipient, at.cluster, at.app],
  );
}

/** Notes that a recipient was told of a trouble. */
export function putIncident(sql: Sql, at: IncidentPlace, what: string, since: number): void {
  sql.run(
    'INSERT INTO incident (service, recipient, cluster, app, what, since) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ...[at.service, at.recipient, at.cluster, at.app, what, since],
  );
}

/** Notes that a recipient was told of its end. */
export function deleteIncident(sql: Sql, at: IncidentPlace, what: string): void {
  sql.run(
    'DELETE FROM incident WHERE service = ? AND recipient = ? AND cluster = ? AND app = ? AND what = ?',
    ...[at.service, at.recipient, at.cluster, at.app, what],
  );
}

/** Why the last delivery to a recipient failed; undefined when it did not. */
export function setTrouble(
  sql: Sql,
  { service, recipient }: Pick<IncidentPlace, 'service' | 'recipient'>,
  problem: string | undefined,
  now: number,
): void {
  if (problem === undefined) sql.run('DELETE FROM trouble WHERE service = ? AND recipient = ?', service, recipient);
  else
    sql.run(
      `INSERT INTO trouble (service, recipient, problem, time) VALUES (?, ?, ?, ?)
       ON CONFLICT (service, recipient) DO UPDATE SET problem = excluded.problem, time = excluded.time`,
      ...[service, recipient, problem, now],
    );
}

/** Whom it could not be told last, and why. */
export function listTroubles(sql: Sql): { readonly service: string; readonly recipient: string; readonly problem: string }[] {
  return sql.all<{ service: string; recipient: string; problem: string }>(
    'SELECT service, recipient, problem FROM trouble ORDER BY service, recipient',
  );
}

/** Leaves a service alone until then; gives how often in a row that has happened. */
export function pausedAttempts(sql: Sql, service: string): number {
  return sql.all<{ attempts: number }>('SELECT attempts FROM pause WHERE service = ?', service)[0]?.attempts ?? 0;
}

/** Lets a service alone until then. */
export function putPause(sql: Sql, service: string, until: number, attempts: number): void {
  sql.run(
    `INSERT INTO pause (service, until, attempts) VALUES (?, ?, ?)
     ON CONFLICT (service) DO UPDATE SET until = excluded.until, attempts = excluded.attempts`,
    ...[service, until, attempts],
  );
}

/** Lets a service be asked again. */
export function endPause(sql: Sql, service: string): void {
  sql.run('DELETE FROM pause WHERE service = ?', service);
}

const KEPT_MS = 7 * 24 * 60 * 60_000;
const KEPT_DELIVERIES = 5_000;

/** Forgets what is over: what was delivered a week ago, and of the rest all but the newest. What waits stays, and the notices that it needs. */
export function forgetOld(sql: Sql, now: number): void {
  const old = now - KEPT_MS;
  sql.run("DELETE FROM delivery WHERE state <> 'waiting' AND time < ?", old);
  sql.run(
    "DELETE FROM delivery WHERE state <> 'waiting' AND n <= coalesce((SELECT max(n) FROM delivery), 0) - ?",
    KEPT_DELIVERIES,
  );
  sql.run('DELETE FROM notice WHERE time < ?', old);
  sql.run('DELETE FROM thread WHERE time < ?', old);
  sql.run('DELETE FROM incident WHERE since < ?', now - 12 * KEPT_MS);
}
