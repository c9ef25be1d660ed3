import type { Sql } from '../platform/sql.ts';

/** A `plumb login` that waits: the command line holds the secret whose digest this is, a person types the code. */
export interface DeviceCode {
  readonly hash: string;
  readonly code: string;
  readonly expires: number;
  /** Who approved it. */
  readonly person?: string;
}

export const DEVICE_SECONDS = 600;
/** How often the command line may ask. */
export const DEVICE_INTERVAL_SECONDS = 2;
/** More than this do not wait at one time: nobody needs to sign in to begin one. */
export const MAX_DEVICES = 500;

type Row = { hash: string; code: string; expires: number; person: string | null };

/** How many sign-ins by device are waiting or approved, and have not expired. */
export function countDevices(sql: Sql, now: number): number {
  return sql.all<{ n: number }>('SELECT count(*) AS n FROM device WHERE expires > ?', now)[0]?.n ?? 0;
}

/** Adds one; false when the code is in use. */
export function putDevice(sql: Sql, device: DeviceCode, now: number): boolean {
  if (sql.all('SELECT 1 AS found FROM device WHERE code = ?', device.code).length > 0) return false;
  sql.run(
    'INSERT INTO device (hash, code, created, expires) VALUES (?, ?, ?, ?)',
    ...[device.hash, device.code, now, device.expires],
  );
  return true;
}

/** The sign-in of which this is the digest of the device’s code, while it counts. */
export function findDevice(sql: Sql, hash: string, now: number): DeviceCode | undefined {
  return toDevice(sql.all<Row>('SELECT hash, code, expires, person FROM device WHERE hash = ? AND expires > ?', hash, now)[0]);
}

/** The one that a code stands for, while nobody has approved it. */
export function findWaitingDevice(sql: Sql, code: string, now: number): DeviceCode | undefined {
  return toDevice(
    sql.all<Row>(
      'SELECT hash, code, expires, person FROM device WHERE code = ? AND person IS NULL AND expires > ?',
      code,
      now,
    )[0],
  );
}

/** Lets the device have a session of this person. */
export function approveDevice(sql: Sql, hash: string, person: string): void {
  sql.run('UPDATE device SET person = ? WHERE hash = ?', person, hash);
}

/** Forgets a sign-in: its code counts once. */
export function deleteDevice(sql: Sql, hash: string): void {
  sql.run('DELETE FROM device WHERE hash = ?', hash);
}

/** What people type, however they type it: `bcdf ghjk` is `BCDF-GHJK`. */
export function normaliseUserCode(typed: string): string {
  const letters = typed.toUpperCase().replaceAll(/[^A-Z]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

function toDevice(row: Row | undefined): DeviceCode | undefined {
  if (row === undefined) return undefined;
  const { person, ...device } = row;
  return person === null ? device : { ...device, person };
}
