import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Packs made by hand, also such as Git would never make. */
export interface PackItem {
  readonly type:
    | 'commit'
    | 'tree'
    | 'blob'
    | 'tag'
    | { readonly baseItem: number }
    | { readonly baseOid: string }
    | { readonly raw: number };
  readonly data: Uint8Array;
  /** Size in the header, when it is a lie. */
  readonly declares?: number;
}

const CODES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function oidOf(type: string, data: Uint8Array): string {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex');
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function header(code: number, size: number): Uint8Array {
  const bytes: number[] = [];
  let byte = (code << 4) | (size & 15);
  let rest = Math.floor(size / 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Uint8Array.from(bytes);
}

function distance(value: number): Uint8Array {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest & 0x7f) | 0x80);
  }
  return Uint8Array.from(bytes);
}

/** A pack with a valid checksum, whatever is in it. */
export function makePack(items: readonly PackItem[], count = items.length): Uint8Array {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(count, 8);
  const parts: Uint8Array[] = [head];
  const offsets: number[] = [];
  let at = 12;
  const put = (part: Uint8Array): void => {
    parts.push(part);
    at += part.length;
  };
  for (const { type, data, declares = data.length } of items) {
    offsets.push(at);
    if (typeof type === 'string') put(header(CODES[type], declares));
    else if ('raw' in type) put(header(type.raw, declares));
    else if ('baseOid' in type) {
      put(header(7, declares));
      put(Buffer.from(type.baseOid, 'hex'));
    } else {
      const start = at;
      put(header(6, declares));
      put(distance(start - (offsets[type.baseItem] ?? start)));
    }
    put(deflateSync(data));
  }
  const body = Buffer.concat(parts);
  return concat(body, createHash('sha1').update(body).digest());
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
    if (rest === 0) return bytes;
  }
}

/** A delta from its sizes and instructions: literal text, or a copy from the base. */
export function makeDelta(
  baseSize: number,
  resultSize: number,
  instructions: readonly (string | { readonly from: number; readonly size: number })[],
): Uint8Array {
  const bytes = [...varint(baseSize), ...varint(resultSize)];
  for (const one of instructions) {
    if (typeof one === 'string') bytes.push(one.length, ...bytesOf(one));
    else {
      const { from, size } = one;
      bytes.push(
        0xff,
        from & 255,
        (from >> 8) & 255,
        (from >> 16) & 255,
        from >>> 24,
        size & 255,
        (size >> 8) & 255,
        (size >> 16) & 255,
      );
    }
  }
  return Uint8Array.from(bytes);
}

/** A tree from modes, names and object ids, in the order given. */
export function makeTree(entries: readonly (readonly [mode: string, name: string | Uint8Array, oid: string])[]): Uint8Array {
  return concat(
    ...entries.map(([mode, name, oid]) =>
      concat(bytesOf(`${mode} `), typeof name === 'string' ? bytesOf(name) : name, Uint8Array.of(0), Buffer.from(oid, 'hex')),
    ),
  );
}

export function makeCommit(tree: string, message = 'a commit\n'): Uint8Array {
  return bytesOf(
    `tree ${tree}\nauthor Ada <ada@example.com> 1700000000 +0000\ncommitter Ada <ada@example.com> 1700000000 +0000\n\n${message}`,
  );
}

/** Gives the bytes in pieces of a size, as a network does. */
export function inPieces(bytes: Uint8Array, size: number): () => Promise<Uint8Array | undefined> {
  let at = 0;
  return async () => {
    if (at >= bytes.length) return undefined;
    const piece = bytes.slice(at, at + size);
    at += size;
    return piece;
  };
}
