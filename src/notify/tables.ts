import type { Notice } from '../../core/api/activity.ts';
import type { Delivery, NotifyService } from '../../core/api/notify.ts';
import type { GitNotify } from '../../core/notify/settings.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { CHUNK_TABLE, deleteChunks, getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';

/**
 * The Notifier's memory, in its Durable Object's SQLite; append-only list (platform/durable-sql.ts).
 *
 *   source     the fleet paths that say something of notifications; what they say is JSON in `chunk`, as it may be longer than a row
 *   service    services that somebody set by hand; `sealed` holds the secrets of a service, also of one that Git defines
 *   notice     notices that were taken: one that comes again is known by cluster, seq and time
 *   delivery   one message to one recipient. `line`: what goes in order. `leased`: an attempt is under way. `since`: the first attempt. `value`: what is
 *              needed to send it, as JSON
 *   thread     what a service gave for a message that later ones go on from
 *   incident   troubles that are open at services that keep them
 *   trouble    why the last delivery to a recipient failed
 *   pause      until when a service is left alone
 */
export const NOTIFIER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE source (id TEXT PRIMARY KEY) WITHOUT ROWID;
   ${CHUNK_TABLE};
   CREATE TABLE service (name TEXT PRIMARY KEY, kind TEXT NOT NULL, settings TEXT NOT NULL, sealed BLOB) WITHOUT ROWID;
   CREATE TABLE notice (cluster TEXT NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (cluster, seq, time)) WITHOUT ROWID;
   CREATE INDEX notice_by_time ON notice (time);
   CREATE TABLE delivery (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, line TEXT NOT NULL, flap TEXT NOT NULL, thread TEXT NOT NULL,
     cluster TEXT NOT NULL, app TEXT NOT NULL, kind TEXT NOT NULL, service TEXT NOT NULL, recipient TEXT NOT NULL, state TEXT NOT NULL,
     attempts INTEGER NOT NULL, next_at INTEGER, leased INTEGER NOT NULL DEFAULT 0, since INTEGER, time INTEGER NOT NULL, ended INTEGER, problem TEXT, value TEXT NOT NULL);
   CREATE INDEX delivery_waiting ON delivery (state, next_at);
   CREATE INDEX delivery_by_line ON delivery (line, n);
   CREATE INDEX delivery_by_flap ON delivery (flap, n);
   CREATE TABLE thread (key TEXT PRIMARY KEY, value TEXT NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE incident (service TEXT NOT NULL, recipient TEXT NOT NULL, cluster TEXT NOT NULL, app TEXT NOT NULL, what TEXT NOT NULL,
     since INTEGER NOT NULL, PRIMARY KEY (service, recipient, cluster, app, what)) WITHOUT ROWID;
   CREATE TABLE trouble (service TEXT NOT NULL, recipient TEXT NOT NULL, problem TEXT NOT NULL, time INTEGER NOT NULL,
     PRIMARY KEY (service, recipient)) WITHOUT ROWID;
   CREATE TABLE pause (service TEXT PRIMARY KEY, until INTEGER NOT NULL, attempts INTEGER NOT NULL) WITHOUT ROWID`,
];

/** What fleet paths say, by their ids. */
export function listGit(sql: Sql): { readonly id: string; readonly value: GitNotify }[] {
  return sql.all<{ id: string }>('SELECT id FROM source ORDER BY id').flatMap(({ id }) => {
    const bytes = getChunks(sql, `source/${id}`);
    return bytes === undefined ? [] : [{ id, value: JSON.parse(new TextDecoder().decode(bytes)) as GitNotify }]; // written by putGit only
  });
}

/** Replaces what a fleet path says; undefined forgets it. */
export function putGit(sql: Sql, id: string, value: GitNotify | undefined): void {
  sql.transaction(() => {
    deleteChunks(sql, `source/${id}`);
    if (value === undefined) sql.run('DELETE FROM source WHERE id = ?', id);
    else {
      sql.run('INSERT INTO source (id) VALUES (?) ON CONFLICT DO NOTHING', id);
      putChunks(sql, `source/${id}`, new TextEncoder().encode(JSON.stringify(value)));
    }
    return undefined;
  });
}

/** A service that somebody set by hand. */
export interface StoredService {
  readonly name: string;
  readonly kind: NotifyService['kind'];
  readonly settings: JsonObject;
  readonly sealed?: Uint8Array;
}

/** The services that were set up here, by name; their secrets are sealed. */
export function listStored(sql: Sql): StoredService[] {
  return sql
    .all<{ name: string; kind: string; settings: string; sealed: ArrayBuffer | null }>('SELECT * FROM service ORDER BY name')
    .map(({ name, kind, settings, sealed }) => ({
      name,
      kind: kind as StoredService['kind'], // written by putStored only, as are the settings
      settings: JSON.parse(settings) as JsonObject,
      ...(sealed === null ? {} : { sealed: new Uint8Array(sealed) }),
    }));
}

/** Keeps a service, in place of the one of that name. */
export function putStored(sql: Sql, { name, kind, settings, sealed }: StoredService): void {
  sql.run(
    `INSERT INTO service (name, kind, settings, sealed) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, settings = excluded.settings, sealed = excluded.sealed`,
    ...[name, kind, JSON.stringify(settings), sealed === undefined ? null : sealed.slice().buffer],
  );
}

/** Forgets a service, with its pause and its troubles. */
export function deleteStored(sql: Sql, name: string): void {
  for (const table of ['service', 'pause'])
    sql.run(`DELETE FROM ${table} WHERE ${table === 'pause' ? 'service' : 'name'} = ?`, name);
  sql.run('DELETE FROM trouble WHERE service = ?', name);
}

/** Writes a notice down; false when it is known already. */
export function addNotice(sql: Sql, notice: Notice): boolean {
  const { cluster, seq, time } = notice;
  const had = sql.all('SELECT 1 AS found FROM notice WHERE cluster = ? AND seq = ? AND time = ?', cluster, seq, time).length > 0;
  if (!had)
    sql.run('INSERT INTO notice (cluster, seq, time, value) VALUES (?, ?, ?, ?)', cluster, seq, time, JSON.stringify(notice));
  return !had;
}

/** A notice that is still kept. */
export function readNotice(sql: Sql, { cluster, seq, time }: Pick<Notice, 'cluster' | 'seq' | 'time'>): Notice | undefined {
  const rows = sql.all<{ value: string }>(
    'SELECT value FROM notice WHERE cluster = ? AND seq = ? AND time = ?',
    cluster,
    seq,
    time,
  );
  return rows[0] === undefined ? undefined : (JSON.parse(rows[0].value) as Notice); // written by addNotice only
}

/** What is kept of a delivery beside its columns. */
export interface DeliveryValue {
  readonly seq: number;
  readonly noticeTime: number;
  readonly subscription: string;
  readonly templates: readonly string[];
  readonly metadata: { readonly [name: string]: string };
  readonly what: string;
  readonly step: 'opens' | 'closes' | 'none';
  /** When the trouble began. */
  readonly openedAt?: number;
  /** Set for the message that stands for several. */
  readonly summary?: { readonly count: number; readonly since: number };
}
export interface DeliveryRow {
  readonly n: number;
  readonly id: string;
  readonly line: string;
  readonly flap: string;
  readonly thread: string;
  readonly cluster: string;
  readonly app: string;
  readonly kind: Delivery['kind'];
  readonly service: string;
  readonly recipient: string;
  readonly state: Delivery['state'];
  readonly attempts: number;
  readonly nextAt?: number;
  /** When it was first tried; milliseconds since the epoch. */
  readonly since?: number;
  readonly time: number;
  readonly problem?: string;
  readonly value: DeliveryValue;
}

type DeliverySqlRow = {
  n: number;
  id: string;
  line: string;
  flap: string;
  thread: string;
  cluster: string;
  app: string;
  kind: string;
  service: string;
  recipient: string;
  state: string;
  attempts: number;
  next_at: number | null;
  since: number | null;
  time: number;
  problem: string | null;
  value: string;
};

function toDelivery({
  next_at,
  since,
  problem,
  value,
  kind,
  state,
  ...rest
}: DeliverySqlRow & { ended?: number | null; leased?: number }): DeliveryRow {
  const { ended: _ended, leased: _leased, ...row } = rest;
  return {
    ...row,
    kind: kind as DeliveryRow['kind'], // written by addDelivery only, as are state and value
    state: state as DeliveryRow['state'],
    ...(next_at === null ? {} : { nextAt: next_at }),
    ...(since === null ? {} : { since }),
    ...(problem === null ? {} : { problem }),
    value: JSON.parse(value) as DeliveryValue,
  };
}

/** Adds one to the outbox. */
export function addDelivery(sql: Sql, delivery: Omit<DeliveryRow, 'n' | 'attempts' | 'since' | 'problem'>): void {
  const { id, line, flap, thread, cluster, app, kind, service, recipient, state, nextAt, time, value } = delivery;
  sql.run(
    `INSERT INTO delivery (id, line, flap, thread, cluster, app, kind, service, recipient, state, attempts, next_at, time, value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
    ...[id, line, flap, thread, cluster, app, kind, service, recipient, state, nextAt ?? null, time, JSON.stringify(value)],
  );
}

/** Changes what changes: state, attempts, times, problem, and for a summary what it stands for. */
export function updateDelivery(
  sql: Sql,
  n: number,
  to: Pick<DeliveryRow, 'state' | 'attempts' | 'nextAt' | 'since' | 'problem'> & {
    readonly leased?: true;
    readonly kind?: DeliveryRow['kind'];
    readonly value?: DeliveryValue;
  },
  now: number,
): void {
  sql.run(
    'UPDATE delivery SET state = ?, attempts = ?, next_at = ?, leased = ?, since = ?, problem = ?, ended = ? WHERE n = ?',
    ...[to.state, to.attempts, to.nextAt ?? null, to.leased === true ? 1 : 0, to.since ?? null],
    ...[to.problem ?? null, to.state === 'waiting' ? null : now, n],
  );
  if (to.kind !== undefined) sql.run('UPDATE delivery SET kind = ? WHERE n = ?', to.kind, n);
  if (to.value !== undefined) sql.run('UPDATE delivery SET value = ? WHERE n = ?', JSON.stringify(to.value), n);
}

/**
 * What may be sent now: of each line its first waiting delivery, when that is due and its service is not left alone; of each service the oldest few, so
 * that one with a long queue hides no other.
 */
export function dueDeliveries(sql: Sql, now: number, ofEach: number): DeliveryRow[] {
  return sql
    .all<DeliverySqlRow & { place: number }>(
      `SELECT * FROM (
         SELECT d.*, row_number() OVER (PARTITION BY d.service ORDER BY d.n) AS place FROM delivery d
         WHERE d.state = 'waiting' AND d.next_at <= ?
           AND NOT EXISTS (SELECT 1 FROM delivery b WHERE b.line = d.line AND b.n < d.n AND b.state = 'waiting')
           AND NOT EXISTS (SELECT 1 FROM pause p WHERE p.service = d.service AND p.until > ?)
       ) WHERE place <= ? ORDER BY n`,
      ...[now, now, ofEach],
    )
    .map(({ place: _place, ...row }) => toDelivery(row));
}

/** What has waited for longer than anybody wants to know, for a service that is in trouble: the oldest first. */
export function overdueDeliveries(sql: Sql, before: number): DeliveryRow[] {
  const rows = sql.all<DeliverySqlRow>(
    `SELECT * FROM delivery WHERE state = 'waiting' AND time < ?
       AND (attempts > 0 OR EXISTS (SELECT 1 FROM pause WHERE pause.service = delivery.service)) ORDER BY n LIMIT 500`,
    before,
  );
  return rows.map(toDelivery);
}

/** Attempts that were under way when the object ended: nobody comes back from them, so they are due. */
export function releaseLeases(sql: Sql): void {
  sql.run("UPDATE delivery SET leased = 0, next_at = 0 WHERE state = 'waiting' AND leased = 1");
}

/** When something is due next; undefined when nothing waits. */
export function nextDue(sql: Sql): number | undefined {
  const row = sql.all<{ at: number | null }>(
    `SELECT min(max(d.next_at, coalesce(p.until, 0))) AS at FROM delivery d LEFT JOIN pause p ON p.service = d.service
     WHERE d.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM delivery b WHERE b.line = d.line AND b.n < d.n AND b.state = 'waiting')`,
  )[0];
  return row?.at ?? undefined;
}

/** One delivery by its number. */
export function readDelivery(sql: Sql, n: number): DeliveryRow | undefined {
  return sql.all<DeliverySqlRow>('SELECT * FROM delivery WHERE n = ?', n).map(toDelivery)[0];
}

/** When messages about the same trouble went to a recipient lately, and the summary that is being gathered. */
export function flapState(
  sql: Sql,
  flap: string,
  from: number,
): { readonly times: readonly number[]; readonly gathering?: DeliveryRow } {
  const rows = sql.all<DeliverySqlRow>(
    `SELECT * FROM delivery WHERE flap = ? AND (time >= ? OR state = 'waiting') ORDER BY n DESC LIMIT 50`,
    ...[flap, from],
  );
  const found = rows.map(toDelivery);
  const gathering = found.find(
    ({ state, attempts, value }) => state === 'waiting' && attempts === 0 && value.summary !== undefined,
  );
  return {
    times: found.filter(({ state }) => state !== 'summarised').map(({ time }) => time),
    ...(gathering === undefined ? {} : { gathering }),
  };
}

/** The newest deliveries, newest first. */
export function listDeliveries(sql: Sql, limit: number): DeliveryRow[] {
  return sql.all<DeliverySqlRow>('SELECT * FROM delivery ORDER BY n DESC LIMIT ?', limit).map(toDelivery);
}

/** How many deliveries are in each state. */
export function countDeliveries(sql: Sql): { readonly [state: string]: number } {
  const rows = sql.all<{ state: string; n: number }>('SELECT state, count(*) AS n FROM delivery GROUP BY state');
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}
