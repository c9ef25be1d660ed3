/**
 * Git's delta format: size of the base, size of the result (both 7 bits a byte, least significant first), then
 * instructions. A byte with its high bit set copies from the base, its other bits say which bytes of offset and size
 * follow; any other non-zero byte is a count of literal bytes. Valid if and only if every copy lies inside the base
 * and the instructions give exactly the declared size. https://git-scm.com/docs/pack-format#_deltified_representation
 */
import { refuse } from './failure.ts';

const damaged = (): never => refuse('git.corrupt', 'the pack holds a delta that is not valid');

export interface DeltaHeader {
  readonly baseSize: number;
  readonly resultSize: number;
  /** Where the instructions begin. */
  readonly offset: number;
}

/** Reads the two sizes. They are claims: the caller compares them with its limits before it uses them. */
export function parseDeltaHeader(delta: Uint8Array): DeltaHeader {
  let offset = 0;
  const size = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = delta[offset++];
      if (byte === undefined) return damaged();
      // Not `<<`: sizes may exceed 32 bits.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return damaged();
  };
  const baseSize = size();
  const resultSize = size();
  return { baseSize, resultSize, offset };
}

/** Gives the result of a delta; fails with git.corrupt. The header's result size must have passed the caller's limit. */
export function applyDelta(base: Uint8Array, delta: Uint8Array, header: DeltaHeader): Uint8Array {
  if (header.baseSize !== base.length) damaged();
  const result = new Uint8Array(header.resultSize);
  let at = header.offset;
  let written = 0;
  const next = (): number => delta[at++] ?? damaged();
  while (at < delta.length) {
    const instruction = next();
    if (instruction & 0x80) {
      let from = 0;
      let size = 0;
      if (instruction & 0x01) from = next();
      if (instruction & 0x02) from += next() * 0x100;
      if (instruction & 0x04) from += next() * 0x10000;
      if (instruction & 0x08) from += next() * 0x1000000;
      if (instruction & 0x10) size = next();
      if (instruction & 0x20) size += next() * 0x100;
      if (instruction & 0x40) size += next() * 0x10000;
      if (size === 0) size = 0x10000;
      if (from + size > base.length || written + size > result.length) damaged();
      result.set(base.subarray(from, from + size), written);
      written += size;
    } else {
      if (instruction === 0 || at + instruction > delta.length || written + instruction > result.length) damaged();
      result.set(delta.subarray(at, at + instruction), written);
      at += instruction;
      written += instruction;
    }
  }
  return written === result.length ? result : damaged();
}
