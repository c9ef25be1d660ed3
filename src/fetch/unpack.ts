/**
 * Turns a pack into stored objects in one pass and bounded memory: every object goes to the writer as it arrives, and
 * a delta reads its base back from there. Bases come before their deltas in what Git sends, except for bases named by
 * id that lie later in the pack, which are allowed; such deltas wait until the end.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import type { NextBytes } from './byte-reader.ts';
import { applyDelta, parseDeltaHeader } from './delta.ts';
import { refuse } from './failure.ts';
import type { FetchLimits } from './limits.ts';
import { computeOid, type ObjectType, objectHeader, toHex } from './object-id.ts';
import type { ObjectWriter } from './object-writer.ts';
import { type PackEntry, type PackReader, readPack } from './pack-parser.ts';
import { createPackPositions } from './pack-positions.ts';
import type { StoredObject } from './segment-shelf.ts';

export interface Unpacked {
  readonly objects: number;
  /** Deltas that could not be resolved, because they or their bases are larger than what is kept. */
  readonly dropped: number;
}

type Base = { readonly baseOid: string } | { readonly baseOffset: number };

interface WaitingDelta {
  readonly base: Base;
  readonly offset: number;
  readonly delta: Uint8Array;
}

/** Deltas that wait for a base later in the pack are held in memory, up to this. Git never sends any. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const TOO_LARGE = 'an object of the repository that is not a file is too large';

/**
 * Unpacks a stream into `writer`. Fails with git.corrupt, git.limit, or git.unavailable when the stream is cut;
 * the caller then abandons the writer.
 */
export async function unpack(next: NextBytes, writer: ObjectWriter, limits: FetchLimits): Promise<Unpacked> {
  const pack: PackReader = await readPack(next, limits.objects);
  const positions = createPackPositions();
  let waiting: WaitingDelta[] = [];
  let waitingBytes = 0;
  /** Positions of entries that have no id: dropped for good, or waiting. */
  const unresolved = new Map<number, 'dropped' | 'waiting'>();
  let expanded = 0;
  let dropped = 0;

  function drop(offset: number): void {
    unresolved.set(offset, 'dropped');
    dropped += 1;
  }

  function charge(bytes: number): void {
    expanded += bytes;
    if (expanded > limits.expandedBytes) refuse('git.limit', `the fetch unpacks to more than ${limits.expandedBytes} bytes`);
  }

  async function keep(offset: number, type: ObjectType, data: Uint8Array): Promise<void> {
    const oid = computeOid(type, data);
    positions.add(offset, oid);
    await writer.add(oid, type, data);
  }

  async function keepOversize(entry: PackEntry): Promise<void> {
    const hash = sha1.create().update(objectHeader('blob', entry.size));
    await pack.dataThrough(entry, (piece) => hash.update(piece));
    const oid = toHex(hash.digest());
    positions.add(entry.offset, oid);
    await writer.addOversize(oid, entry.size);
  }

  async function resolve(offset: number, base: StoredObject, delta: Uint8Array): Promise<void> {
    const header = parseDeltaHeader(delta);
    if (base.type === 'oversize') return drop(offset);
    if (header.resultSize > limits.blobBytes) {
      if (base.type !== 'blob') refuse('git.limit', TOO_LARGE);
      return drop(offset);
    }
    charge(header.resultSize);
    await keep(offset, base.type, applyDelta(base.data, delta, header));
    unresolved.delete(offset);
  }

  /** The base of a delta: the object, or that it will never come, or that it may come later. */
  async function findBase(base: Base): Promise<StoredObject | 'dropped' | 'waiting'> {
    if ('baseOid' in base) return (await writer.read(base.baseOid)) ?? 'waiting';
    const oid = positions.find(base.baseOffset);
    // What has a position was added to the writer.
    const object = oid === undefined ? undefined : await writer.read(oid);
    return object ?? unresolved.get(base.baseOffset) ?? refuse('git.corrupt', 'a delta of the pack has no base');
  }

  async function resolveOrWait(entry: PackEntry, base: Base): Promise<void> {
    const delta = await pack.data(entry);
    const found = await findBase(base);
    if (found === 'dropped') return drop(entry.offset);
    if (found !== 'waiting') return resolve(entry.offset, found, delta);
    waitingBytes += delta.length;
    if (waitingBytes > MAX_WAITING_BYTES) refuse('git.limit', 'too many deltas of the pack come before their bases');
    unresolved.set(entry.offset, 'waiting');
    waiting.push({ base, offset: entry.offset, delta: delta.slice() });
  }

  /** Each round resolves at least one delta, or ends the work; in packs that Git makes there is nothing to do. */
  async function resolveWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const still: WaitingDelta[] = [];
      for (const one of waiting) {
        const found = await findBase(one.base);
        if (found === 'waiting') still.push(one);
        else if (found === 'dropped') drop(one.offset);
        else await resolve(one.offset, found, one.delta);
      }
      if (still.length === waiting.length) refuse('git.corrupt', 'a delta of the pack has no base');
      waiting = still;
    }
  }

  async function keepOrDropOversize(entry: PackEntry): Promise<void> {
    if (entry.kind === 'blob') return keepOversize(entry);
    if (typeof entry.kind === 'string') refuse('git.limit', TOO_LARGE);
    await pack.dataThrough(entry, () => {});
    drop(entry.offset);
  }

  for (let i = 0; i < pack.count; i++) {
    const entry = await pack.nextEntry();
    charge(entry.size);
    if (entry.size > limits.blobBytes) await keepOrDropOversize(entry);
    else if (typeof entry.kind === 'string') await keep(entry.offset, entry.kind, await pack.data(entry));
    else await resolveOrWait(entry, entry.kind);
  }
  await pack.finish();
  await resolveWaiting();
  return { objects: pack.count, dropped };
}
