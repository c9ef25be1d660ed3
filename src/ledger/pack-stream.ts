import { sha1 } from '@noble/hashes/legacy.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { readPlain, storedBytes } from './object-store.ts';
import type { Selection } from './select-objects.ts';
import type { LedgerTables, ObjectRow } from './tables.ts';

/**
 * A pack, made while it is read (gitformat-pack):
 *
 *   pack   = "PACK" ‖ uint32 2 ‖ uint32 number of objects ‖ objects ‖ SHA-1 of everything before
 *   object = type and size ‖ [oid of the base, for a delta] ‖ zlib stream
 *
 * What is stored compressed is sent as it is; what is stored plain is put into zlib's "stored" blocks, which costs a copy and a checksum.
 * So the work per object does not depend on what is in it, and nothing but one object is held.
 */
const TYPES: Readonly<Record<string, number>> = { commit: 1, tree: 2, blob: 3 };
const REF_DELTA = 7;

export interface PackOptions {
  readonly tables: LedgerTables;
  readonly selection: Selection;
  /** The client completes a pack whose deltas refer to objects that it has. */
  readonly thin: boolean;
}

/** The pieces of the pack, in order. */
export function* packPieces({ tables, selection, thin }: PackOptions): Generator<Uint8Array> {
  const hash = sha1.create();
  const hashed = (piece: Uint8Array): Uint8Array => {
    hash.update(piece);
    return piece;
  };
  yield hashed(packHead(selection.kind === 'range' ? selection.through - selection.after : selection.ids.length));
  const sent = sentBefore(selection);
  for (const id of selectedIds(selection)) {
    const row = tables.objectById(id);
    if (row === undefined) throw new Error(`object ${id} is missing from the ledger`);
    const base =
      row.base !== null && (sent(row.base) || (thin && selection.kind === 'range')) ? tables.oidOf(row.base) : undefined;
    for (const piece of base === undefined ? wholeObject(tables, row) : deltaObject(tables, row, base)) yield hashed(piece);
  }
  yield hash.digest();
}

function packHead(count: number): Uint8Array {
  const head = new Uint8Array(12);
  head.set([0x50, 0x41, 0x43, 0x4b]);
  const view = new DataView(head.buffer);
  view.setUint32(4, 2);
  view.setUint32(8, count);
  return head;
}

function* selectedIds(selection: Selection): Generator<number> {
  if (selection.kind === 'set') yield* selection.ids;
  else for (let id = selection.after + 1; id <= selection.through; id++) yield id;
}

/** Tells whether an object is part of this pack; bases have lower ids than what refers to them. */
function sentBefore(selection: Selection): (id: number) => boolean {
  if (selection.kind === 'range') return (id) => id > selection.after;
  const ids = new Set(selection.ids);
  return (id) => ids.has(id);
}

function wholeObject(tables: LedgerTables, row: ObjectRow): Uint8Array[] {
  const head = objectHead(TYPES[row.type] ?? 0, row.size);
  return row.form === 'zlib' ? [head, storedBytes(tables, row)] : [head, ...storedZlib(readPlain(tables, row))];
}

function deltaObject(tables: LedgerTables, row: ObjectRow, base: string): Uint8Array[] {
  const delta = storedBytes(tables, row);
  return [objectHead(REF_DELTA, delta.length), hexToBytes(base), ...storedZlib(delta)];
}

/** Type in three bits and size, four bits first, then seven at a time, lowest first. */
function objectHead(type: number, size: number): Uint8Array {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (type << 4) | (size % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, byte]);
}

const MAX_STORED = 0xffff;

/** A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4). */
function storedZlib(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_STORED) {
    const block = bytes.subarray(at, at + MAX_STORED);
    const last = at + MAX_STORED >= bytes.length ? 1 : 0;
    const { length } = block;
    pieces.push(Uint8Array.of(last, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff), block);
  }
  const sum = adler32(bytes);
  pieces.push(Uint8Array.of(sum >>> 24, sum >>> 16, sum >>> 8, sum));
  return pieces;
}

/** Sums may grow over this many bytes before they must be reduced (zlib's NMAX). */
const ADLER_RUN = 5552;
const ADLER_BASE = 65_521;

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + ADLER_RUN);
    // The index stays below the length.
    for (; at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= ADLER_BASE;
    b %= ADLER_BASE;
  }
  return ((b << 16) | a) >>> 0;
}
