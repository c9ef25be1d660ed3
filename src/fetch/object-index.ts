/**
 * Where every stored object lies, in memory: an open-addressed hash table over typed arrays, about 50 bytes an
 * object, so that a repository of 100,000 objects costs 5 MB. A Map with string keys would cost five times as much.
 *
 * An entry on disk is 29 bytes: object id (20), offset (4), length (4), type (1), big-endian; see `encodeEntries`.
 */
import { fromWords, toWords } from './oid-words.ts';

/** `oversize`: the object exists, but its data was larger than the limit and is not stored. */
export type StoredType = 'commit' | 'tree' | 'blob' | 'tag' | 'oversize';

export interface Location {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly type: StoredType;
}

export interface IndexEntry {
  readonly oid: string;
  readonly offset: number;
  readonly length: number;
  readonly type: StoredType;
}

export interface ObjectIndex {
  readonly size: number;
  /** Sum of the lengths of all objects, in bytes. */
  readonly bytes: number;
  /** Remembers an object; the first location stays when it is known already. */
  add(oid: string, location: Location): void;
  /** The number of an object, from 0 to size − 1, or −1. */
  find(oid: string): number;
  at(number: number): Location & { readonly oid: string };
}

const TYPES: readonly StoredType[] = ['oversize', 'commit', 'tree', 'blob', 'tag'];
const ENTRY_BYTES = 29;

function grow(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(length);
  grown.set(array);
  return grown;
}

/** Makes an empty index. */
export function createObjectIndex(): ObjectIndex {
  let size = 0;
  let bytes = 0;
  let ids = new Uint32Array(5 * 256);
  /** Segment, offset, length, type. */
  let places = new Uint32Array(4 * 256);
  let slots = new Int32Array(512).fill(-1);
  const key = new Uint32Array(5);

  const isAt = (number: number): boolean => {
    const at = number * 5;
    return (
      ids[at] === key[0] && ids[at + 1] === key[1] && ids[at + 2] === key[2] && ids[at + 3] === key[3] && ids[at + 4] === key[4]
    );
  };

  /** The slot that holds `key`, or the free one where it belongs. The table is at most half full. */
  function slotOfKey(): number {
    const mask = slots.length - 1;
    let slot = (key[0] ?? 0) & mask;
    for (;;) {
      const number = slots[slot] ?? -1;
      if (number === -1 || isAt(number)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  function double(): void {
    ids = grow(ids, ids.length * 2);
    places = grow(places, places.length * 2);
    slots = new Int32Array(slots.length * 2).fill(-1);
    for (let number = 0; number < size; number++) {
      key.set(ids.subarray(number * 5, number * 5 + 5));
      slots[slotOfKey()] = number;
    }
  }

  return {
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
    add(oid, location) {
      if (size * 5 === ids.length) double();
      toWords(oid, key, 0);
      const slot = slotOfKey();
      if (slots[slot] !== -1) return;
      ids.set(key, size * 5);
      places.set([location.segment, location.offset, location.length, TYPES.indexOf(location.type)], size * 4);
      slots[slot] = size;
      size += 1;
      bytes += location.length;
    },
    find(oid) {
      toWords(oid, key, 0);
      return slots[slotOfKey()] ?? -1;
    },
    at(number) {
      const place = number * 4;
      return {
        oid: fromWords(ids, number * 5),
        segment: places[place] ?? 0,
        offset: places[place + 1] ?? 0,
        length: places[place + 2] ?? 0,
        type: TYPES[places[place + 3] ?? 0] ?? 'oversize',
      };
    },
  };
}

/** The entries of one segment, as they are stored. */
export function encodeEntries(entries: readonly IndexEntry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  const words = new Uint32Array(5);
  entries.forEach((entry, i) => {
    const at = i * ENTRY_BYTES;
    toWords(entry.oid, words, 0);
    for (let word = 0; word < 5; word++) view.setUint32(at + word * 4, words[word] ?? 0);
    view.setUint32(at + 20, entry.offset);
    view.setUint32(at + 24, entry.length);
    view.setUint8(at + 28, TYPES.indexOf(entry.type));
  });
  return bytes;
}

/** Adds the stored entries of a segment to an index. */
export function decodeEntries(bytes: Uint8Array, segment: number, index: ObjectIndex): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(5);
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    for (let word = 0; word < 5; word++) words[word] = view.getUint32(at + word * 4);
    index.add(fromWords(words, 0), {
      segment,
      offset: view.getUint32(at + 20),
      length: view.getUint32(at + 24),
      type: TYPES[view.getUint8(at + 28)] ?? 'oversize',
    });
  }
}
