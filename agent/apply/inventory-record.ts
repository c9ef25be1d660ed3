import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject, ObjectKey } from '../../core/objects/object.ts';
import type { PreparedObject } from '../../core/plan/prepare.ts';
import { type PrunePolicy, prunePolicyOf } from '../../core/plan/prune-policy.ts';
import type { HookId, RecordedHookState } from '../../core/plan/sync-state.ts';

/** A sync that has begun and not ended well: what a restart has to take up. */
export interface RunRecord {
  /** Of what it syncs (bundle, policy, requests) and of when it began. */
  readonly id: string;
  /** What it syncs. */
  readonly what: string;
  readonly startedAt: number;
  readonly hooks: Map<HookId, RecordedHookState>;
  /** It ended badly; the next one is a new one, and runs hooks whatever is in sync. */
  failed: boolean;
}

/**
 * What else is kept of an App in its inventory. In JSON, and each only where there is something to say:
 *
 *   "prune":[["<key>",<wave>,"<prune>","<delete>",<pruneLast>],…]   objects that do not go in the usual way
 *   "hooks":["<key>",…]                                              what hooks have made and left
 *   "run":{"id","what","startedAt","hooks":{"<phase> <key>":"<state>"},"failed"}
 *   "heldSince":<ms>                                                 since when deletions wait for a person
 *   "release":{…}                                                    how its Helm release stands (core/release)
 */
export interface AppRecord {
  readonly prune: Map<ObjectKey, PrunePolicy>;
  readonly hooks: Set<ObjectKey>;
  run: RunRecord | undefined;
  heldSince: number;
  release: Json | undefined;
}

export function newAppRecord(): AppRecord {
  return { prune: new Map(), hooks: new Set(), run: undefined, heldSince: 0, release: undefined };
}

export function encodeAppRecord({ prune, hooks, run, heldSince, release }: AppRecord): JsonObject {
  return {
    ...(prune.size === 0
      ? {}
      : { prune: [...prune].map(([key, policy]) => [key, policy.wave, policy.prune, policy.delete, policy.pruneLast]) }),
    ...(hooks.size === 0 ? {} : { hooks: [...hooks] }),
    ...(run === undefined ? {} : { run: { ...run, hooks: Object.fromEntries(run.hooks) } }),
    ...(heldSince === 0 ? {} : { heldSince }),
    ...(release === undefined ? {} : { release }),
  };
}

/** What is not understood is left out: then it is as if nothing had been begun. */
export function decodeAppRecord(stored: JsonObject): AppRecord {
  const { prune, hooks, run, heldSince, release } = stored;
  return {
    prune: new Map((Array.isArray(prune) ? prune : []).flatMap((row: Json) => decodePrune(row))),
    hooks: new Set((Array.isArray(hooks) ? hooks : []).filter((key: Json) => typeof key === 'string')),
    run: isJsonObject(run) ? decodeRun(run) : undefined,
    heldSince: typeof heldSince === 'number' ? heldSince : 0,
    release,
  };
}

function decodePrune(row: Json): [ObjectKey, PrunePolicy][] {
  if (!Array.isArray(row)) return [];
  const [key, wave, prune, onDelete, pruneLast] = row as readonly Json[];
  if (typeof key !== 'string' || typeof wave !== 'number') return [];
  const policy: PrunePolicy = {
    wave,
    // Anything unknown, from a newer agent, is the careful choice: it is not deleted.
    prune: prune === 'yes' || prune === 'confirm' || prune === 'release' ? prune : 'no',
    delete: onDelete === 'yes' || onDelete === 'confirm' ? onDelete : 'no',
    pruneLast: pruneLast === true,
  };
  return [[key, policy]];
}

const STATES: readonly string[] = ['running', 'succeeded', 'failed', 'terminated'];

function decodeRun({ id, what, startedAt, hooks, failed }: JsonObject): RunRecord | undefined {
  if (typeof id !== 'string' || typeof what !== 'string' || typeof startedAt !== 'number') return undefined;
  const states = Object.entries(isJsonObject(hooks) ? hooks : {}).filter(
    (entry): entry is [HookId, RecordedHookState] => typeof entry[1] === 'string' && STATES.includes(entry[1]),
  );
  return { id, what, startedAt, hooks: new Map(states), failed: failed === true };
}

interface PruneNotes {
  readonly of: (app: string) => Pick<AppRecord, 'prune'>;
  readonly touch: (app: string) => void;
}

/** Takes note of how an object goes, for the time when Git no longer says so. */
export function notePrunePolicy(inventory: PruneNotes, app: string, object: PreparedObject): void {
  const { prune } = inventory.of(app);
  const policy = prunePolicyOf(object.policy);
  const known = prune.get(object.key);
  if (policy === undefined && known === undefined) return;
  if (policy === undefined) prune.delete(object.key);
  else if (JSON.stringify(known) !== JSON.stringify(policy)) prune.set(object.key, policy);
  else return;
  inventory.touch(app);
}
