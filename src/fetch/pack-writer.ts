import { sha1 } from '@noble/hashes/legacy.js';
import type { ObjectType } from './object-id.ts';

/**
 * A pack of whole objects, to be pushed (gitformat-pack): "PACK" ‖ uint32 2 ‖ uint32 number of objects ‖ { type and size ‖ zlib stream } ‖ SHA-1 of all.
 */
const TYPES: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

export interface PackedObject {
  readonly type: ObjectType;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The bytes of the pack. */
export async function writePack(objects: readonly PackedObject[]): Promise<Uint8Array<ArrayBuffer>> {
  const head = new Uint8Array(12);
  head.set([0x50, 0x41, 0x43, 0x4b]);
  const view = new DataView(head.buffer);
  view.setUint32(4, 2);
  view.setUint32(8, objects.length);
  const pieces: Uint8Array[] = [head];
  for (const { type, data } of objects) pieces.push(objectHead(TYPES[type], data.length), await deflate(data));
  const hash = sha1.create();
  for (const piece of pieces) hash.update(piece);
  return join([...pieces, hash.digest()]);
}

/** Type in three bits and size, four bits first, then seven at a time, lowest first. */
function objectHead(type: number, size: number): Uint8Array {
  const bytes: number[] = [];
  let byte = (type << 4) | (size % 16);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
  }
  return Uint8Array.from([...bytes, byte]);
}

async function deflate(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Joins pieces of bytes. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
