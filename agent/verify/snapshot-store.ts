import { gunzipSync, gzipSync } from 'node:zlib';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { isObject } from '../../core/diff/comparable.ts';
import type { Json } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Envelope } from '../../core/protocol/messages.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { MAX_STATE_BYTES, type StateSecrets } from '../cluster/state-secrets.ts';
import { acceptBundle } from './parse-bundle.ts';

/**
 * The last verified snapshot and its bundles, kept in the cluster so that the agent heals while the Worker is away.
 *
 *   plumbline-snapshot       "parts": how many; part 0
 *   plumbline-snapshot-<n>   part n of gzip(JSON {keys, snapshot, latestKeys}), each at most MAX_STATE_BYTES
 *   plumbline-bundles-<n>    "<64 hex digits>.<part>-<parts>" → part of gzip(JSON bundle); several bundles share one Secret, a large one takes several
 *
 * Nothing here is trusted when it is read: the envelopes pass the protocol's rules and the bundles their digests again (threat S38).
 * It is written after the fact, a second behind: what a kill loses, the fence and the Worker make good.
 */
export interface StoredSnapshot {
  /** The key list that the snapshot was accepted under. */
  readonly keys: Envelope;
  /** The newest key list, often the same. */
  readonly latestKeys: Envelope;
  readonly snapshot: Envelope;
}

export interface SnapshotStore {
  readonly load: () => Promise<Result<StoredSnapshot | undefined, Problem>>;
  /** Reads the bundles; those that are damaged or were not stored are missing. */
  readonly loadBundles: (wanted: ReadonlySet<Digest>) => Promise<Result<Map<Digest, Bundle>, Problem>>;
  readonly save: (stored: StoredSnapshot) => Promise<Result<true, Problem>>;
  /** Adds bundles and drops those that are not wanted any more. */
  readonly saveBundles: (added: ReadonlyMap<Digest, Bundle>, wanted: ReadonlySet<Digest>) => Promise<Result<true, Problem>>;
}

/** Small enough that storing one bundle does not rewrite all the others. */
const BIN_TARGET_BYTES = 96_000;

interface Bin {
  readonly entries: Map<string, Buffer>;
  bytes: number;
}

/** The store in the agent's namespace. */
export function createSnapshotStore(secrets: StateSecrets): SnapshotStore {
  const bins: Bin[] = [];
  let snapshotParts = 0;

  const readBins = async (): Promise<Result<true, Problem>> => {
    bins.length = 0;
    for (let n = 0; ; n++) {
      const got = await secrets.read(`plumbline-bundles-${n}`);
      if (!got.ok) return err(got.error.problem);
      if (got.value === undefined) return ok(true);
      const entries = new Map(got.value.data);
      bins.push({ entries, bytes: sizeOf(entries) });
    }
  };

  return {
    async load() {
      const first = await secrets.read('plumbline-snapshot');
      if (!first.ok) return err(first.error.problem);
      if (first.value === undefined) return ok(undefined);
      const parts = Number(first.value.data.get('parts')?.toString() ?? '1');
      const chunks = [first.value.data.get('part') ?? Buffer.alloc(0)];
      for (let n = 1; n < parts; n++) {
        const got = await secrets.read(`plumbline-snapshot-${n}`);
        if (!got.ok) return err(got.error.problem);
        chunks.push(got.value?.data.get('part') ?? Buffer.alloc(0));
      }
      snapshotParts = parts;
      return ok(unpack(Buffer.concat(chunks)));
    },
    async loadBundles(wanted) {
      const read = await readBins();
      if (!read.ok) return read;
      const found = new Map<Digest, Bundle>();
      for (const digest of wanted) {
        const bundle = acceptBundle(gunzipJson(partsOf(bins, digest)), digest);
        if (bundle.ok) found.set(digest, bundle.value);
      }
      return ok(found);
    },
    async save(stored) {
      const packed = gzipSync(JSON.stringify(stored), { level: 1 });
      const parts = Math.max(1, Math.ceil(packed.length / MAX_STATE_BYTES));
      // From the last to the first: the first names how many there are, so a half-written snapshot is one that does not unpack.
      for (let n = parts - 1; n >= 0; n--) {
        const part = packed.subarray(n * MAX_STATE_BYTES, (n + 1) * MAX_STATE_BYTES);
        const data = new Map([['part', part], ...(n === 0 ? [['parts', Buffer.from(String(parts))] as const] : [])]);
        const written = await secrets.write(n === 0 ? 'plumbline-snapshot' : `plumbline-snapshot-${n}`, data, undefined);
        if (!written.ok) return err(written.error.problem);
      }
      for (let n = parts; n < snapshotParts; n++) await secrets.remove(`plumbline-snapshot-${n}`);
      snapshotParts = parts;
      return ok(true);
    },
    async saveBundles(added, wanted) {
      const names = new Set([...wanted].map((digest) => nameOf(digest)));
      const changed = new Set<number>();
      bins.forEach((bin, n) => {
        for (const key of bin.entries.keys()) {
          if (names.has(key.slice(0, 64))) continue;
          bin.entries.delete(key);
          bin.bytes = sizeOf(bin.entries);
          changed.add(n);
        }
      });
      for (const [digest, bundle] of added) if (partsOf(bins, digest).length === 0) place(bins, digest, bundle, changed);
      for (const n of changed) {
        const written = await secrets.write(`plumbline-bundles-${n}`, bins[n]?.entries ?? new Map(), undefined);
        if (!written.ok) return err(written.error.problem);
      }
      return ok(true);
    },
  };
}

function place(bins: Bin[], digest: Digest, bundle: Bundle, changed: Set<number>): void {
  const packed = gzipSync(JSON.stringify(bundle), { level: 1 });
  const parts = Math.max(1, Math.ceil(packed.length / MAX_STATE_BYTES));
  for (let i = 0; i < parts; i++) {
    const part = packed.subarray(i * MAX_STATE_BYTES, (i + 1) * MAX_STATE_BYTES);
    let n = bins.findIndex((bin) => bin.bytes + part.length <= BIN_TARGET_BYTES);
    if (n === -1) n = bins.push({ entries: new Map(), bytes: 0 }) - 1;
    const bin = bins[n];
    if (bin === undefined) continue;
    bin.entries.set(`${nameOf(digest)}.${i}-${parts}`, part);
    bin.bytes += part.length;
    changed.add(n);
  }
}

function partsOf(bins: readonly Bin[], digest: Digest): Buffer[] {
  const prefix = `${nameOf(digest)}.`;
  const found: [number, Buffer][] = [];
  for (const bin of bins)
    for (const [key, part] of bin.entries)
      if (key.startsWith(prefix)) found.push([Number(key.slice(prefix.length).split('-')[0]), part]);
  return found.sort(([a], [b]) => a - b).map(([, part]) => part);
}

function nameOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

function sizeOf(entries: ReadonlyMap<string, Buffer>): number {
  let bytes = 0;
  for (const part of entries.values()) bytes += part.length;
  return bytes;
}

function gunzipJson(parts: readonly Buffer[]): Json {
  try {
    return JSON.parse(gunzipSync(Buffer.concat(parts), { maxOutputLength: 64 * 1024 * 1024 }).toString()) as Json;
  } catch {
    return null; // Damaged or half written: as good as not stored.
  }
}

function unpack(packed: Buffer): StoredSnapshot | undefined {
  const value = gunzipJson([packed]);
  if (!isObject(value) || !isObject(value['keys']) || !isObject(value['snapshot'])) return undefined;
  // Only passed on to the protocol's rules, which take anything.
  return value as unknown as StoredSnapshot;
}
