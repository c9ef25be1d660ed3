/**
 * Git's deltas (gitformat-pack, "Deltified representation"), made for trees: the list of a thousand Apps changes in one line per commit, and a
 * full copy of it in each would make the ledger grow with what exists instead of what changed.
 *
 *   delta  = varint size of the base ‖ varint size of the result ‖ instructions
 *   varint = 7 bits per byte, lowest first, bit 7 set on all but the last
 *   copy   = 1sssoooo ‖ the bytes of a 4-byte offset and a 3-byte size whose bits are set, lowest first; size 0 means 65536
 *   insert = 0nnnnnnn ‖ n bytes, n > 0
 *
 * Trees are lists in a fixed order, so the entries that two of them share are found by walking both once.
 */
const OID_BYTES = 20;
const MAX_COPY = 0xffffff;
const MAX_INSERT = 127;

/** The delta that makes `result` of `base`; both are Git trees. */
export function treeDelta(base: Uint8Array, result: Uint8Array): Uint8Array {
  const out: number[] = [...varint(base.length), ...varint(result.length)];
  // What is equal and lies together is copied in one instruction, what lies between is inserted.
  let copyFrom = 0;
  let copyTo = 0;
  let insertFrom = 0;
  let baseAt = 0;
  for (let at = 0; at < result.length; ) {
    const end = entryEnd(result, at);
    // Most entries are the same in both; names are only compared where they are not.
    while (
      baseAt < base.length &&
      !isSame(base, baseAt, result.subarray(at, end)) &&
      orderOf(base, baseAt) <= orderOf(result, at)
    ) {
      baseAt = entryEnd(base, baseAt);
    }
    if (isSame(base, baseAt, result.subarray(at, end))) {
      pushInsert(out, result.subarray(insertFrom, at));
      if (copyTo !== baseAt) {
        pushCopy(out, copyFrom, copyTo - copyFrom);
        copyFrom = baseAt;
      }
      baseAt += end - at;
      copyTo = baseAt;
      insertFrom = end;
    } else {
      pushCopy(out, copyFrom, copyTo - copyFrom);
      copyFrom = copyTo;
    }
    at = end;
  }
  pushCopy(out, copyFrom, copyTo - copyFrom);
  pushInsert(out, result.subarray(insertFrom));
  return Uint8Array.from(out);
}

/** Makes the result of a delta and its base. Throws when the delta does not fit the base: both come from our own tables. */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  let at = 0;
  const next = () => {
    const byte = delta[at++];
    if (byte === undefined) throw new Error('a delta of the ledger ends early');
    return byte;
  };
  if (readVarint(next) !== base.length) throw new Error('a delta of the ledger belongs to another base');
  const result = new Uint8Array(readVarint(next));
  let filled = 0;
  while (at < delta.length) {
    const code = next();
    if (code & 0x80) {
      const offset = readBits(code, 4, next);
      const size = readBits(code >> 4, 3, next) || 0x10000;
      if (offset + size > base.length) throw new Error('a delta of the ledger reaches beyond its base');
      result.set(base.subarray(offset, offset + size), filled);
      filled += size;
    } else {
      if (at + code > delta.length) throw new Error('a delta of the ledger ends early');
      result.set(delta.subarray(at, at + code), filled);
      at += code;
      filled += code;
    }
  }
  if (filled !== result.length) throw new Error('a delta of the ledger makes another size than it says');
  return result;
}

/** What trees are sorted by: the name, and a slash behind that of a folder (whose mode is `40000`, a file's begins with `1`). */
function orderOf(tree: Uint8Array, at: number): string {
  const start = tree.indexOf(0x20, at) + 1;
  const name = String.fromCharCode(...tree.subarray(start, tree.indexOf(0, start)));
  return tree[at] === 0x34 ? `${name}/` : name;
}

function isSame(base: Uint8Array, at: number, entry: Uint8Array): boolean {
  if (at + entry.length > base.length) return false;
  for (let i = 0; i < entry.length; i++) if (base[at + i] !== entry[i]) return false;
  return true;
}

function entryEnd(tree: Uint8Array, at: number): number {
  return tree.indexOf(0, at) + 1 + OID_BYTES;
}

function pushCopy(out: number[], offset: number, size: number): void {
  for (let done = 0; done < size; done += MAX_COPY) {
    const from = offset + done;
    const length = Math.min(MAX_COPY, size - done);
    const head = out.push(0x80) - 1;
    let code = 0x80;
    for (let i = 0; i < 4; i++) {
      const byte = (from >>> (8 * i)) & 0xff;
      if (byte !== 0) {
        code |= 1 << i;
        out.push(byte);
      }
    }
    for (let i = 0; i < 3; i++) {
      const byte = (length >>> (8 * i)) & 0xff;
      if (byte !== 0) {
        code |= 0x10 << i;
        out.push(byte);
      }
    }
    out[head] = code;
  }
}

function pushInsert(out: number[], bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += MAX_INSERT) {
    const piece = bytes.subarray(at, at + MAX_INSERT);
    out.push(piece.length, ...piece);
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function readVarint(next: () => number): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = next();
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

function readBits(code: number, count: number, next: () => number): number {
  let value = 0;
  for (let i = 0; i < count; i++) if (code & (1 << i)) value += next() * 2 ** (8 * i);
  return value;
}
