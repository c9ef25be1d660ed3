import { gunzipSync, gzipSync } from 'node:zlib';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { acceptBundle } from '../../core/protocol/accept-bundle.ts';
import type { Envelope } from '../../core/protocol/messages.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { MAX_STATE_BYTES, type StateSecrets } from '../cluster/state-secrets.ts';

/**
 * The last verified snapshot and its bundles, kept in the cluster so that the agent heals while the Worker is away.
 *
 *   plumbline-snapshot       "head": JSON {parts, packs: {"<pack>": ["<64 hex digits>", …]}}; "part": part 0
 *   plumbline-snapshot-<n>   "part": part n of gzip(JSON StoredSnapshot), each at most MAX_STATE_BYTES
 *   plumbline-bundles-<n>    a pack: "<64 hex digits>.<part>-<parts>" → part of gzip(JSON bundle)
 *
 * A pack is written once, with the bundles that came together, and removed when none of them is wanted any more; when there are many,
 * they are packed together again. So a new bundle of one App costs one small Secret, and nothing of it stays in memory.
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

export interface SaveRequest {
  readonly stored: StoredSnapshot;
  /** Bundles that were not stored before. */
  readonly added: ReadonlyMap<Digest, Bundle>;
  /** All bundles that the snapshot names; others are dropped. */
  readonly wanted: ReadonlySet<Digest>;
}

export interface SnapshotStore {
  readonly load: () => Promise<Result<StoredSnapshot | undefined, Problem>>;
  /** Reads bundles after `load`; those that are damaged or were not stored are missing. */
  /** True when a bundle is stored, as far as is known without asking. */
  readonly holds: (digest: Digest) => boolean;
  readonly loadBundles: (wanted: ReadonlySet<Digest>) => Promise<Result<Map<Digest, Bundle>, Problem>>;
  readonly save: (request: SaveRequest) => Promise<Result<true, Problem>>;
}

const MAX_PACKS = 32;
const SNAPSHOT = 'plumbline-snapshot';

type Entries = Map<string, Buffer>;

/** The store in the agent's namespace. */
export function createSnapshotStore(secrets: StateSecrets): SnapshotStore {
  /** Which bundles (64 hex digits) are in which pack. */
  let packs = new Map<string, readonly string[]>();
  let parts = 0;

  const readEntries = async (names: Iterable<string>): Promise<Result<Entries, Problem>> => {
    const entries: Entries = new Map();
    for (const name of names) {
      const got = await secrets.read(name);
      if (!got.ok) return err(got.error.problem);
      for (const [key, part] of got.value?.data ?? []) entries.set(key, part);
    }
    return ok(entries);
  };

  /** Writes entries into new packs, and gives what is in them. */
  const writePacks = async (entries: Entries, first: number): Promise<Result<Map<string, readonly string[]>, Problem>> => {
    const written = new Map<string, readonly string[]>();
    for (const [i, group] of groupBySize(entries).entries()) {
      const name = `plumbline-bundles-${first + i}`;
      const done = await secrets.write(name, group, undefined);
      if (!done.ok) return err(done.error.problem);
      written.set(name, [...new Set([...group.keys()].map((key) => key.slice(0, 64)))]);
    }
    return ok(written);
  };

  const writeSnapshot = async (
    stored: StoredSnapshot,
    next: ReadonlyMap<string, readonly string[]>,
  ): Promise<Result<number, Problem>> => {
    const chunks = split(gzipSync(JSON.stringify(stored), { level: 1 }));
    const head = Buffer.from(JSON.stringify({ parts: chunks.length, packs: Object.fromEntries(next) }));
    // From the last to the first, which has the head: a snapshot that was written half is one that does not unpack.
    for (let n = chunks.length - 1; n >= 0; n--) {
      const data = new Map([['part', chunks[n] ?? Buffer.alloc(0)]]);
      if (n === 0) data.set('head', head);
      const written = await secrets.write(n === 0 ? SNAPSHOT : `${SNAPSHOT}-${n}`, data, undefined);
      if (!written.ok) return err(written.error.problem);
    }
    return ok(chunks.length);
  };

  return {
    async load() {
      const first = await secrets.read(SNAPSHOT);
      if (!first.ok) return err(first.error.problem);
      if (first.value === undefined) return ok(undefined);
      const head = parseHead(first.value.data.get('head'));
      ({ parts, packs } = head);
      const chunks = [first.value.data.get('part') ?? Buffer.alloc(0)];
      for (let n = 1; n < parts; n++) {
        const got = await secrets.read(`${SNAPSHOT}-${n}`);
        if (!got.ok) return err(got.error.problem);
        chunks.push(got.value?.data.get('part') ?? Buffer.alloc(0));
      }
      return ok(unpack(chunks));
    },
    holds: (digest) => [...packs.values()].some((names) => names.includes(nameOf(digest))),
    async loadBundles(wanted) {
      const entries = await readEntries(packs.keys());
      if (!entries.ok) return entries;
      const found = new Map<Digest, Bundle>();
      for (const [name, chunks] of joinParts(entries.value)) {
        const digest = `sha256:${name}`;
        const bundle = wanted.has(digest) ? acceptBundle(gunzipJson(chunks), digest) : undefined;
        if (bundle?.ok === true) found.set(digest, bundle.value);
      }
      return ok(found);
    },
    async save({ stored, added, wanted }) {
      const names = new Set([...wanted].map(nameOf));
      const kept = new Map([...packs].filter(([, digests]) => digests.some((digest) => names.has(digest))));
      const packed = new Set([...kept.values()].flat());
      let entries: Entries = new Map();
      for (const [digest, bundle] of added)
        if (names.has(nameOf(digest)) && !packed.has(nameOf(digest))) addBundle(entries, digest, bundle);
      if (kept.size >= MAX_PACKS) {
        const old = await readEntries(kept.keys());
        if (!old.ok) return old;
        entries = new Map([...[...old.value].filter(([key]) => names.has(key.slice(0, 64))), ...entries]);
        kept.clear();
      }
      const written = await writePacks(entries, nextNumber(packs.keys()));
      if (!written.ok) return written;
      const next = new Map([...kept, ...written.value]);
      const saved = await writeSnapshot(stored, next);
      if (!saved.ok) return saved;
      const dropped = [...packs.keys()].filter((name) => !next.has(name));
      for (let n = saved.value; n < parts; n++) dropped.push(`${SNAPSHOT}-${n}`);
      packs = next;
      parts = saved.value;
      // Left over after a kill: it is not named by the head any more, and a later pack of that name replaces it.
      for (const name of dropped) await secrets.remove(name);
      return ok(true);
    },
  };
}

function addBundle(entries: Entries, digest: Digest, bundle: Bundle): void {
  const chunks = split(gzipSync(JSON.stringify(bundle), { level: 1 }));
  chunks.forEach((chunk, i) => {
    entries.set(`${nameOf(digest)}.${i}-${chunks.length}`, chunk);
  });
}

function split(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_STATE_BYTES) chunks.push(bytes.subarray(at, at + MAX_STATE_BYTES));
  return chunks;
}

function groupBySize(entries: Entries): Entries[] {
  const groups: Entries[] = [];
  let bytes = 0;
  for (const [key, part] of entries) {
    const last = groups.at(-1);
    if (last === undefined || bytes + part.length > MAX_STATE_BYTES) {
      groups.push(new Map([[key, part]]));
      bytes = part.length;
    } else {
      last.set(key, part);
      bytes += part.length;
    }
  }
  return groups;
}

/** The parts of each bundle in their order; bundles of which one is missing are left out. */
function joinParts(entries: Entries): Map<string, Buffer[]> {
  const bundles = new Map<string, Buffer[]>();
  for (const key of entries.keys()) {
    const name = key.slice(0, 64);
    const count = Number(key.slice(key.indexOf('-') + 1));
    if (bundles.has(name)) continue;
    const chunks = Array.from({ length: count }, (_, i) => entries.get(`${name}.${i}-${count}`)).filter(
      (chunk) => chunk !== undefined,
    );
    if (chunks.length === count) bundles.set(name, chunks);
  }
  return bundles;
}

function nextNumber(names: Iterable<string>): number {
  let next = 0;
  for (const name of names) next = Math.max(next, Number(name.slice(name.lastIndexOf('-') + 1)) + 1);
  return next;
}

function parseHead(bytes: Buffer | undefined): { readonly parts: number; readonly packs: Map<string, readonly string[]> } {
  const head = bytes === undefined ? null : parseJson(bytes);
  const packs = isJsonObject(head) && isJsonObject(head['packs']) ? head['packs'] : {};
  return {
    parts: isJsonObject(head) && typeof head['parts'] === 'number' ? head['parts'] : 1,
    packs: new Map(Object.entries(packs).map(([name, digests]) => [name, Array.isArray(digests) ? digests.map(String) : []])),
  };
}

function nameOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

function gunzipJson(parts: readonly Buffer[]): Json {
  try {
    return parseJson(gunzipSync(Buffer.concat(parts), { maxOutputLength: 64 * 1024 * 1024 }));
  } catch {
    return null; // Damaged or half written: as good as not stored.
  }
}

function parseJson(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch {
    return null; // The same.
  }
}

function unpack(chunks: readonly Buffer[]): StoredSnapshot | undefined {
  const value = gunzipJson(chunks);
  if (!isJsonObject(value) || !isJsonObject(value['keys']) || !isJsonObject(value['snapshot'])) return undefined;
  // Only passed on to the protocol's rules, which take anything.
  return value as unknown as StoredSnapshot;
}
