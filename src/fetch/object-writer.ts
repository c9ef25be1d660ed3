import type { ObjectType } from './object-id.ts';
import { createObjectIndex, encodeEntries, type IndexEntry, type ObjectIndex } from './object-index.ts';
import { readLocation, type SegmentShelf, type StoredObject, segmentContext } from './segment-shelf.ts';

/** Adds objects to a store. Either `commit` or `abandon` ends it; a commit that throws has changed nothing and must be abandoned. */
export interface ObjectWriter {
  /** Known to the store, or added. */
  has(oid: string): boolean;
  /** True for what this writer added, false for what was in the store before. */
  isNew(oid: string): boolean;
  read(oid: string): Promise<StoredObject | undefined>;
  /** Adds an object whose id the caller has computed; does nothing when it is known. The data is copied. */
  add(oid: string, type: ObjectType, data: Uint8Array): Promise<void>;
  /** Records that an object exists whose data is too large to keep. */
  addOversize(oid: string, length: number): Promise<void>;
  /** Seals what is left, then makes everything count in one transaction together with `also`. */
  commit(also: () => void): Promise<void>;
  /** Deletes what was written; nothing after the end. */
  abandon(): void;
}

const SEGMENT_BYTES = 512 * 1024;
const FIRST_BYTES = 16 * 1024;
/** A part of a large object: with the overhead of sealing it fits into a row. */
const PART_BYTES = 1024 * 1024;
/** Keeps the list of a segment of tiny objects small beside it. */
const SEGMENT_OBJECTS = 8192;

/** Sealed bytes as SQLite takes them, copied only when they are part of something larger. */
function toRow({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) return buffer;
  // The slice of memory that is not shared is an ArrayBuffer, and sealed bytes are never shared.
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

export interface WriterOptions {
  /** What is known already, and not written again. */
  readonly below: { has(oid: string): boolean; read(oid: string): Promise<StoredObject | undefined> };
  /** Receives the index of what was added, right after the transaction. */
  readonly onCommit: (added: ObjectIndex) => void;
  /** Called once, when the writer was committed or abandoned. */
  readonly onEnd: () => void;
}

/** Makes a writer. */
export function createSegmentWriter(shelf: SegmentShelf, { below, onCommit, onEnd }: WriterOptions): ObjectWriter {
  const added = createObjectIndex();
  const written: number[] = [];
  let segment = 0;
  let entries: IndexEntry[] = [];
  let buffer = new Uint8Array(0);
  let firstBytes = FIRST_BYTES;
  let used = 0;
  let hasEnded = false;

  async function insertSegment(id: number, parts: readonly Uint8Array[], list: readonly IndexEntry[]): Promise<void> {
    written.push(id);
    const sealedList = await shelf.vault.seal(encodeEntries(list), segmentContext(shelf, id, 'entries'));
    for (const [part, plain] of parts.entries()) {
      const sealed = await shelf.vault.seal(plain, segmentContext(shelf, id, part));
      shelf.sql.run(
        'INSERT INTO git_segment (id, part, pending, bytes, entries, sealed) VALUES (?, ?, 1, ?, ?, ?)',
        id,
        part,
        plain.length,
        part === 0 ? toRow(sealedList) : null,
        toRow(sealed),
      );
    }
  }

  async function sealOpen(): Promise<void> {
    if (entries.length === 0) return;
    const id = segment;
    // Memory that is mostly empty is not kept in the cache.
    const plain = used * 2 > buffer.length ? buffer.subarray(0, used) : buffer.slice(0, used);
    const list = entries;
    segment = 0;
    entries = [];
    buffer = new Uint8Array(0);
    // Whoever filled one segment will fill the next.
    firstBytes = SEGMENT_BYTES;
    used = 0;
    shelf.cache.put(id, plain);
    await insertSegment(id, [plain], list);
  }

  function append(data: Uint8Array): number {
    if (used + data.length > buffer.length) {
      const grown = new Uint8Array(Math.min(SEGMENT_BYTES, Math.max(firstBytes, buffer.length * 2, used + data.length)));
      grown.set(buffer.subarray(0, used));
      buffer = grown;
    }
    buffer.set(data, used);
    used += data.length;
    return used - data.length;
  }

  async function addSmall(oid: string, type: ObjectType | 'oversize', data: Uint8Array, length: number): Promise<void> {
    if (used + data.length > SEGMENT_BYTES || entries.length >= SEGMENT_OBJECTS) await sealOpen();
    if (segment === 0) segment = shelf.nextSegment();
    const offset = append(data);
    entries.push({ oid, type, offset, length });
    added.add(oid, { segment, offset, length, type });
  }

  async function addLarge(oid: string, type: ObjectType, data: Uint8Array): Promise<void> {
    const id = shelf.nextSegment();
    const parts: Uint8Array[] = [];
    for (let at = 0; at < data.length; at += PART_BYTES) parts.push(data.subarray(at, at + PART_BYTES));
    await insertSegment(id, parts, [{ oid, type, offset: 0, length: data.length }]);
    added.add(oid, { segment: id, offset: 0, length: data.length, type });
  }

  function end(): void {
    if (!hasEnded) onEnd();
    hasEnded = true;
  }

  const isKnown = (oid: string): boolean => added.find(oid) !== -1 || below.has(oid);

  return {
    has: isKnown,
    isNew: (oid) => added.find(oid) !== -1,
    async read(oid) {
      const number = added.find(oid);
      if (number === -1) return below.read(oid);
      const location = added.at(number);
      if (location.segment === segment && location.type !== 'oversize') {
        return { type: location.type, data: buffer.subarray(location.offset, location.offset + location.length) };
      }
      return readLocation(shelf, location);
    },
    async add(oid, type, data) {
      if (isKnown(oid)) return;
      if (data.length > SEGMENT_BYTES) await addLarge(oid, type, data);
      else await addSmall(oid, type, data, data.length);
    },
    async addOversize(oid, length) {
      if (!isKnown(oid)) await addSmall(oid, 'oversize', new Uint8Array(0), Math.min(length, 0xffff_ffff));
    },
    async commit(also) {
      await sealOpen();
      shelf.sql.transaction(() => {
        for (const id of written) shelf.sql.run('UPDATE git_segment SET pending = 0 WHERE id = ?', id);
        also();
      });
      onCommit(added);
      end();
    },
    abandon() {
      if (hasEnded) return;
      shelf.sql.transaction(() => {
        for (const id of written) shelf.sql.run('DELETE FROM git_segment WHERE id = ?', id);
      });
      entries = [];
      end();
    },
  };
}
