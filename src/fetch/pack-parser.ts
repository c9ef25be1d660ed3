/**
 * A pack, read once from front to back: `PACK`, version 2 or 3, the number of objects; each object as a header (type
 * in bits 4–6 of the first byte, size in its low 4 bits and 7 bits of every further byte), for deltas the base (a
 * distance back to an earlier object, or an object id), and a zlib stream; last the SHA-1 of all that.
 * https://git-scm.com/docs/pack-format
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { ByteReader, type NextBytes } from './byte-reader.ts';
import { refuse } from './failure.ts';
import { createInflater, type Inflater } from './inflate.ts';
import type { ObjectType } from './object-id.ts';
import { toHex } from './object-id.ts';

/** An object's header. Its data is still in the stream, and must be consumed through `data` or `dataThrough`. */
export interface PackEntry {
  /** Position of the entry in the pack: what later deltas call it. */
  readonly offset: number;
  readonly kind: ObjectType | { readonly baseOffset: number } | { readonly baseOid: string };
  /** Declared size of the data, or of the delta. A claim until the data was read. */
  readonly size: number;
}

export interface PackReader {
  readonly count: number;
  /** The header of the next entry; called once the data of the last one was consumed. */
  nextEntry(): Promise<PackEntry>;
  /** The data of the entry, valid until the next one is read. */
  data(entry: PackEntry): Promise<Uint8Array>;
  dataThrough(entry: PackEntry, sink: (piece: Uint8Array) => void): Promise<void>;
  /** Checks the checksum and that nothing follows. */
  finish(): Promise<void>;
}

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const damaged = (what: string): never => refuse('git.corrupt', `the pack is damaged: ${what}`);

/**
 * Begins to read a pack. Everything fails with git.corrupt for what no pack may hold, git.unavailable when the
 * stream ends too early, git.limit for more than `maxObjects` objects.
 */
export async function readPack(next: NextBytes, maxObjects: number): Promise<PackReader> {
  const hash = sha1.create();
  let isHashing = true;
  const reader = new ByteReader(next, (bytes) => {
    if (isHashing) hash.update(bytes);
  });
  const inflater: Inflater = createInflater();

  const header = await reader.take(12);
  const view = new DataView(header.buffer, header.byteOffset, 12);
  if (view.getUint32(0) !== 0x5041434b) damaged('it does not begin with PACK');
  if (view.getUint32(4) !== 2 && view.getUint32(4) !== 3) damaged('unknown version');
  const count = view.getUint32(8);
  if (count > maxObjects) refuse('git.limit', `the fetch has ${count} objects, ${maxObjects} are allowed`);

  async function byte(): Promise<number> {
    const taken = reader.available > 0 || (await reader.fill()) ? reader.buffer[reader.start] : undefined;
    if (taken === undefined) return refuse('git.unavailable', 'the pack ended in the middle of an object');
    reader.advance(1);
    return taken;
  }

  async function parseSize(first: number): Promise<number> {
    let size = first & 0x0f;
    let current = first;
    for (let shift = 4; current & 0x80; shift += 7) {
      if (shift > 46) damaged('a size is out of range');
      current = await byte();
      size += (current & 0x7f) * 2 ** shift;
    }
    return size;
  }

  async function parseBaseOffset(offset: number): Promise<number> {
    let current = await byte();
    let distance = current & 0x7f;
    while (current & 0x80) {
      current = await byte();
      distance = (distance + 1) * 128 + (current & 0x7f);
      if (distance > offset) break;
    }
    if (distance === 0 || distance > offset) damaged('a delta points outside the pack');
    return offset - distance;
  }

  return {
    count,
    async nextEntry() {
      const offset = reader.position;
      const first = await byte();
      const size = await parseSize(first);
      const code = (first >> 4) & 7;
      if (code === 6) return { offset, size, kind: { baseOffset: await parseBaseOffset(offset) } };
      if (code === 7) return { offset, size, kind: { baseOid: toHex(await reader.take(20)) } };
      const kind = TYPES[code] ?? damaged('unknown type of object');
      return { offset, size, kind };
    },
    data: (entry) => inflater.inflate(reader, entry.size),
    dataThrough: (entry, sink) => inflater.inflateThrough(reader, entry.size, sink),
    async finish() {
      isHashing = false;
      const expected = toHex(hash.digest());
      if (toHex(await reader.take(20)) !== expected) damaged('its checksum does not fit');
      if (reader.available > 0 || (await reader.fill())) damaged('something follows its end');
    },
  };
}
