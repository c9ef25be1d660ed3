/**
 * Git objects in SQLite, encrypted. Sealing each object would cost more than everything else, so objects are packed
 * into segments of at most SEGMENT_BYTES, sealed once; an object larger than that has a segment of its own, in parts
 * that fit into a row. Each segment carries the sealed list of what it holds, and all lists together, in memory, are
 * the index. Rows are written as objects arrive, marked as pending; `commit` makes them all count in one transaction,
 * and what a crash left pending is deleted when the store is opened.
 *
 * Data that is handed out is shared with the cache: nobody may write into it.
 */
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import { createObjectIndex, decodeEntries, type ObjectIndex } from './object-index.ts';
import { createSegmentWriter, type ObjectWriter } from './object-writer.ts';
import { createSegmentCache } from './segment-cache.ts';
import { readLocation, type SegmentShelf, type StoredObject, segmentContext } from './segment-shelf.ts';

export interface ObjectStore {
  has(oid: string): boolean;
  /** How many objects there are. */
  readonly size: number;
  /** The number of an object, from 0 to size − 1, and the length of its data; undefined when it is not here. */
  locate(oid: string): { readonly number: number; readonly length: number } | undefined;
  /** Undefined when the object is not here. */
  read(oid: string): Promise<StoredObject | undefined>;
  /** Begins to add objects; they count once `commit` has returned. */
  write(): ObjectWriter;
  /** Sum of the sizes of all segments, in bytes of plaintext. */
  storedBytes(): number;
  segmentCount(): number;
  /**
   * Keeps the objects whose numbers are marked and drops all others, in one transaction together with `also`.
   * False when a writer is open: what it adds may rest on what would be dropped.
   */
  rewrite(live: Uint8Array, also: () => void): Promise<boolean>;
}

const CACHE_BYTES = 8 * 1024 * 1024;

function addAll(index: ObjectIndex, added: ObjectIndex): void {
  for (let number = 0; number < added.size; number++) {
    const { oid, ...location } = added.at(number);
    index.add(oid, location);
  }
}

export interface StoreOptions {
  readonly sql: Sql;
  readonly vault: Vault;
  /** Whose objects these are; bound into the encryption. */
  readonly name: string;
}

/** The store that each database has: a second one would take what the first is writing for left over, and delete it. */
const stores = new WeakMap<Sql, Promise<ObjectStore>>();

/** Opens the store of a repository, or gives the one that is open on this database. Throws VaultError when rows were altered. */
export function openObjectStore(options: StoreOptions): Promise<ObjectStore> {
  const known = stores.get(options.sql);
  if (known !== undefined) return known;
  const opening = openNew(options);
  stores.set(options.sql, opening);
  // Whoever asks after a failure gets another try.
  opening.catch(() => stores.delete(options.sql));
  return opening;
}

async function openNew(options: StoreOptions): Promise<ObjectStore> {
  const { sql, vault } = options;
  sql.run('DELETE FROM git_segment WHERE pending = 1');
  let lastSegment = sql.all<{ last: number | null }>('SELECT max(id) AS last FROM git_segment')[0]?.last ?? 0;
  const shelf: SegmentShelf = {
    ...options,
    cache: createSegmentCache(CACHE_BYTES),
    nextSegment: () => ++lastSegment,
  };
  let index: ObjectIndex = createObjectIndex();
  let openWriters = 0;
  const onEnd = (): void => {
    openWriters -= 1;
  };
  const lists = sql.all<{ id: number; entries: ArrayBuffer }>('SELECT id, entries FROM git_segment WHERE part = 0 ORDER BY id');
  for (const { id, entries } of lists) {
    decodeEntries(await vault.open(new Uint8Array(entries), segmentContext(shelf, id, 'entries')), id, index);
  }

  const total = (): { readonly bytes: number; readonly segments: number } => {
    const [row] = sql.all<{ bytes: number | null; segments: number }>(
      'SELECT sum(bytes) AS bytes, count(DISTINCT id) AS segments FROM git_segment WHERE pending = 0',
    );
    return { bytes: row?.bytes ?? 0, segments: row?.segments ?? 0 };
  };

  const store: ObjectStore = {
    has: (oid) => index.find(oid) !== -1,
    get size() {
      return index.size;
    },
    locate(oid) {
      const number = index.find(oid);
      return number === -1 ? undefined : { number, length: index.at(number).length };
    },
    async read(oid) {
      const number = index.find(oid);
      return number === -1 ? undefined : readLocation(shelf, index.at(number));
    },
    write() {
      openWriters += 1;
      return createSegmentWriter(shelf, { below: store, onCommit: (added) => addAll(index, added), onEnd });
    },
    storedBytes: () => total().bytes,
    segmentCount: () => total().segments,
    async rewrite(live, also) {
      if (openWriters > 0) return false;
      openWriters += 1;
      const before = lastSegment;
      const kept = createObjectIndex();
      // A writer that knows nothing of this store copies what lives, in the order in which it lies.
      const nothing = { has: () => false, read: async () => undefined };
      const writer = createSegmentWriter(shelf, { below: nothing, onCommit: (added) => addAll(kept, added), onEnd });
      try {
        await copyLive(shelf, index, live, writer);
        await writer.commit(() => {
          sql.run('DELETE FROM git_segment WHERE id <= ?', before);
          also();
        });
      } catch (error) {
        writer.abandon();
        throw error;
      }
      index = kept;
      shelf.cache.clear();
      return true;
    },
  };
  return store;
}

/** Copies marked objects in the order in which they lie, so that each segment is opened once. */
async function copyLive(shelf: SegmentShelf, index: ObjectIndex, live: Uint8Array, writer: ObjectWriter): Promise<void> {
  for (let number = 0; number < index.size; number++) {
    if (live[number] !== 1) continue;
    const location = index.at(number);
    if (location.type === 'oversize') await writer.addOversize(location.oid, location.length);
    else await writer.add(location.oid, location.type, (await readLocation(shelf, location)).data);
  }
}
