import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import type { ObjectType } from './object-id.ts';
import type { Location } from './object-index.ts';
import type { SegmentCache } from './segment-cache.ts';

export interface StoredObject {
  /** `oversize`: known to exist, but larger than what is stored; its data is empty. */
  readonly type: ObjectType | 'oversize';
  readonly data: Uint8Array;
}

/** What the store and its writers share. */
export interface SegmentShelf {
  readonly sql: Sql;
  readonly vault: Vault;
  /** Bound into the encryption: rows of another repository do not open. */
  readonly name: string;
  readonly cache: SegmentCache;
  nextSegment(): number;
}

const EMPTY = new Uint8Array(0);

/** The encryption context of a part of a segment, or of its list. */
export function segmentContext(shelf: SegmentShelf, segment: number, part: number | 'entries'): string {
  return `git/${shelf.name}/segment/${segment}/${part}`;
}

/** Reads the data at a location. Throws VaultError when the rows were altered. */
export async function readLocation(shelf: SegmentShelf, location: Location): Promise<StoredObject> {
  if (location.type === 'oversize') return { type: 'oversize', data: EMPTY };
  const cached = shelf.cache.get(location.segment);
  if (cached !== undefined) return { type: location.type, data: slice(cached, location) };
  const rows = shelf.sql.all<{ sealed: ArrayBuffer }>(
    'SELECT sealed FROM git_segment WHERE id = ? ORDER BY part',
    location.segment,
  );
  const [first] = rows;
  if (first === undefined) throw new Error(`segment ${location.segment} is in the index but not in the table`);
  if (rows.length === 1) {
    const plain = await shelf.vault.open(new Uint8Array(first.sealed), segmentContext(shelf, location.segment, 0));
    shelf.cache.put(location.segment, plain);
    return { type: location.type, data: slice(plain, location) };
  }
  const data = new Uint8Array(location.length);
  let at = 0;
  for (const [part, row] of rows.entries()) {
    const plain = await shelf.vault.open(new Uint8Array(row.sealed), segmentContext(shelf, location.segment, part));
    data.set(plain, at);
    at += plain.length;
  }
  return { type: location.type, data };
}

function slice(plain: Uint8Array, location: Location): Uint8Array {
  return plain.subarray(location.offset, location.offset + location.length);
}
