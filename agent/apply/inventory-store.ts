import { gunzipSync, gzipSync } from 'node:zlib';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, ObjectKey } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { ok, type Result } from '../../core/result.ts';
import type { StateSecrets } from '../cluster/state-secrets.ts';
import type { Clock } from '../platform/clock.ts';
import { type AppRecord, decodeAppRecord, encodeAppRecord, newAppRecord } from './inventory-record.ts';

/**
 * What each App owns in this cluster, kept in the cluster: 16 Secrets `plumbline-inventory-<shard>`, gzipped JSON
 *
 *   {"format":1,"apps":{"<app>":{"objects":[["<key>","<hash>","<resourceVersion>"],…],"answered":"<marker>", <what inventory-record.ts adds>}}}
 *
 * Written ahead: the keys that a sync is about to create are durable before the first of them is created, so that whatever happens then, they
 * are known and can be pruned (I2, I10). Hash, resourceVersion and removal follow later and may be lost: losing them costs a comparison.
 * `answered` marks the snapshot state whose receipt the Worker has acknowledged; after a restart everything else is synced, and so
 * receipted, again. What a sync with hooks has begun is written ahead too (`run`), so that no hook runs twice or not at all for one sync.
 */
export interface InventoryEntry {
  /** Of the prepared object that live was equal to; undefined for an object that was never seen equal. */
  readonly hash: string | undefined;
  readonly resourceVersion: string;
}

export interface AppInventory extends AppRecord {
  readonly objects: Map<ObjectKey, InventoryEntry>;
  answered: string;
}

export interface InventoryStore {
  readonly load: () => Promise<Result<true, Problem>>;
  readonly apps: () => Iterable<string>;
  /** The App's inventory; made when there is none. */
  readonly of: (app: string) => AppInventory;
  /** Adds keys and resolves when they are durable. */
  readonly intend: (app: string, keys: readonly ObjectKey[]) => Promise<Result<true, Problem>>;
  /** Resolves when everything that is known of the App now is durable. */
  readonly commit: (app: string) => Promise<Result<true, Problem>>;
  /** Says that an App's inventory was changed; it is written within seconds. */
  readonly touch: (app: string) => void;
  readonly forget: (app: string) => void;
  /** Writes everything that is not durable yet. */
  readonly flush: () => Promise<Result<true, Problem>>;
}

const SHARDS = 16;
const WRITE_AFTER_MS = 1_000;

interface Shard {
  readonly name: string;
  readonly apps: Map<string, AppInventory>;
  resourceVersion: string;
  dirty: boolean;
  /** The write under way, and the one that will begin after it. */
  writing: Promise<Result<true, Problem>> | undefined;
  queued: Promise<Result<true, Problem>> | undefined;
  scheduled: boolean;
}

/** The inventory in the agent's namespace. */
export function createInventoryStore(secrets: StateSecrets, clock: Clock): InventoryStore {
  const shards = Array.from({ length: SHARDS }, (_, i): Shard => {
    const name = `plumbline-inventory-${String(i).padStart(2, '0')}`;
    return {
      name,
      apps: new Map(),
      resourceVersion: 'absent',
      dirty: false,
      writing: undefined,
      queued: undefined,
      scheduled: false,
    };
  });
  // shardOf gives a number below SHARDS.
  const shardFor = (app: string): Shard => shards[shardOf(app)] as Shard;

  const write = async (shard: Shard): Promise<Result<true, Problem>> => {
    for (;;) {
      shard.dirty = false;
      const data = new Map([['inventory', encode(shard.apps)]]);
      const written = await secrets.write(shard.name, data, shard.resourceVersion);
      if (written.ok) {
        shard.resourceVersion = written.value;
        return ok(true);
      }
      shard.dirty = true;
      if (written.error.problem.code !== 'apply.conflict') return { ok: false, error: written.error.problem };
      // Another agent wrote: what it knows is added to what we know, because a key too many is only looked at, a key too few is lost.
      const read = await readShard(shard);
      if (!read.ok) return read;
    }
  };

  const readShard = async (shard: Shard): Promise<Result<true, Problem>> => {
    const got = await secrets.read(shard.name);
    if (!got.ok) return { ok: false, error: got.error.problem };
    shard.resourceVersion = got.value?.resourceVersion ?? 'absent';
    const data = got.value?.data.get('inventory');
    for (const [app, stored] of data === undefined ? [] : decode(data)) {
      const known = shard.apps.get(app);
      if (known === undefined) shard.apps.set(app, stored);
      else
        for (const [key, entry] of stored.objects)
          if (!known.objects.has(key)) known.objects.set(key, { ...entry, hash: undefined });
    }
    return ok(true);
  };

  /** A write that begins after now: callers that come while one is under way share the next. */
  const commit = (shard: Shard): Promise<Result<true, Problem>> => {
    if (shard.writing === undefined) {
      shard.writing = write(shard).finally(() => {
        shard.writing = undefined;
      });
      return shard.writing;
    }
    shard.queued ??= shard.writing.then(() => {
      shard.queued = undefined;
      return commit(shard);
    });
    return shard.queued;
  };

  const touch = (app: string): void => {
    const shard = shardFor(app);
    shard.dirty = true;
    if (shard.scheduled) return;
    shard.scheduled = true;
    clock.after(WRITE_AFTER_MS, () => {
      shard.scheduled = false;
      if (!shard.dirty) return;
      void commit(shard).then((written) => {
        if (!written.ok) touch(app);
      });
    });
  };

  const of = (app: string): AppInventory => {
    const { apps } = shardFor(app);
    const known = apps.get(app);
    if (known !== undefined) return known;
    const made: AppInventory = { objects: new Map(), answered: '', ...newAppRecord() };
    apps.set(app, made);
    return made;
  };

  return {
    async load() {
      for (const read of await Promise.all(shards.map(readShard))) if (!read.ok) return read;
      return ok(true);
    },
    apps: () => shards.flatMap((shard) => [...shard.apps.keys()]),
    of,
    async intend(app, keys) {
      const { objects } = of(app);
      const fresh = keys.filter((key) => !objects.has(key));
      if (fresh.length === 0) return ok(true);
      for (const key of fresh) objects.set(key, { hash: undefined, resourceVersion: '' });
      return commit(shardFor(app));
    },
    commit: (app) => commit(shardFor(app)),
    touch,
    forget(app) {
      shardFor(app).apps.delete(app);
      touch(app);
    },
    async flush() {
      for (const written of await Promise.all(shards.filter((shard) => shard.dirty).map(commit))) if (!written.ok) return written;
      return ok(true);
    },
  };
}

/** FNV-1a over the App's id: any even spread that never changes will do. */
function shardOf(app: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < app.length; i++) hash = Math.imul(hash ^ app.charCodeAt(i), 0x01000193) >>> 0;
  return hash % SHARDS;
}

function encode(apps: ReadonlyMap<string, AppInventory>): Buffer {
  const content = Object.fromEntries(
    [...apps].map(([app, { objects, answered, ...record }]) => [
      app,
      {
        objects: [...objects].map(([key, entry]) => [key, entry.hash ?? '', entry.resourceVersion]),
        answered,
        ...encodeAppRecord(record),
      },
    ]),
  );
  return gzipSync(JSON.stringify({ format: 1, apps: content }), { level: 1 });
}

/** Damaged data counts as none: what is not known to be owned is compared and adopted, and never pruned (I2). */
function decode(data: Buffer): [string, AppInventory][] {
  let content: Json;
  try {
    content = JSON.parse(gunzipSync(data, { maxOutputLength: 64 * 1024 * 1024 }).toString()) as Json;
  } catch {
    return [];
  }
  const apps = isJsonObject(content) ? content['apps'] : undefined;
  return Object.entries(isJsonObject(apps) ? apps : {}).map(([app, stored]) => {
    const rows = isJsonObject(stored) && Array.isArray(stored['objects']) ? stored['objects'] : [];
    const objects = new Map<ObjectKey, InventoryEntry>();
    for (const row of rows)
      if (Array.isArray(row))
        objects.set(String(row[0]), { hash: row[1] === '' ? undefined : String(row[1]), resourceVersion: String(row[2]) });
    const answered = isJsonObject(stored) && typeof stored['answered'] === 'string' ? stored['answered'] : '';
    return [app, { objects, answered, ...decodeAppRecord(isJsonObject(stored) ? stored : {}) }];
  });
}
