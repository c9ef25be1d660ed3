import { isJsonObject } from '../objects/json-object.ts';
import { type JsonObject, keyOf, type ObjectRef } from '../objects/object.ts';
import type { HookPhase } from './object-policy.ts';
import type { PreparedObject } from './prepare.ts';
import { TRACKING_ID } from './tracking.ts';

/** One sync from its beginning to its end, over restarts of the agent; its id marks the hooks that it made. */
export interface RunIdentity {
  readonly id: string;
  readonly revision: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/**
 * Keeps a hook's object until its outcome was seen, whatever deletes it (a Job's ttlSecondsAfterFinished, say). Argo CD's own finalizer, so
 * that its hooks and ours let go of each other:
 * https://github.com/argoproj/argo-cd/blob/c9c369efcc5b/gitops-engine/pkg/sync/hook/hook.go#L12
 */
export const HOOK_FINALIZER = 'argocd.argoproj.io/hook-finalizer';
/** Tells a hook of this run from one that an earlier run left. */
export const HOOK_RUN = 'plumbline.dev/hook-run';

/** The object of a hook as one phase of one run makes it: named, marked, and kept by the finalizer; `released` is the same without it. */
export interface HookObject {
  readonly held: PreparedObject;
  readonly released: PreparedObject;
  readonly run: string;
}

/**
 * Makes the object that a run of a hook applies. A name that is left to the run is completed as Argo CD does:
 * `<generateName><first 7 of the revision>-<phase>-<seconds since the epoch when the sync began>`, in lower case.
 */
export function toHookObject(hook: PreparedObject, phase: HookPhase, run: RunIdentity): HookObject {
  // The body was made by prepareObject: an object whose metadata is one.
  const body = JSON.parse(hook.body) as JsonObject & { readonly metadata: JsonObject };
  const ref = hook.generateName === undefined ? hook.ref : { ...hook.ref, name: completeName(hook.generateName, phase, run) };
  const { metadata, ...rest } = body;
  const { generateName, ...kept } = metadata;
  const mark = `${run.id}.${phase.toLowerCase()}`;
  const named: JsonObject = {
    ...kept,
    ...(hook.generateName === undefined && generateName !== undefined ? { generateName } : {}),
    name: ref.name,
    annotations: {
      ...(isJsonObject(metadata['annotations']) ? renamed(metadata['annotations'], hook.ref, ref) : {}),
      [HOOK_RUN]: mark,
    },
  };
  const finalizers = Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [];
  const { defines: _defines, generateName: _generated, ...common } = hook;
  const withMetadata = (changes: JsonObject): PreparedObject => prepared(common, ref, { ...rest, metadata: changes });
  const others = finalizers.filter((finalizer) => finalizer !== HOOK_FINALIZER);
  const { finalizers: _finalizers, ...free } = named;
  return {
    held: withMetadata({ ...named, finalizers: [...others, HOOK_FINALIZER] }),
    released: withMetadata(others.length === 0 ? free : { ...named, finalizers: others }),
    run: mark,
  };
}

/** A tracking id names its object; this one got its name just now. */
function renamed(annotations: JsonObject, from: ObjectRef, to: ObjectRef): JsonObject {
  const id = annotations[TRACKING_ID];
  if (from.name === to.name || typeof id !== 'string') return annotations;
  return { ...annotations, [TRACKING_ID]: `${id.slice(0, id.length - from.name.length)}${to.name}` };
}

function prepared(hook: PreparedObject, ref: ObjectRef, body: JsonObject): PreparedObject {
  return { ...hook, key: keyOf(ref), ref, body: JSON.stringify(body) };
}

function completeName(prefix: string, phase: HookPhase, run: RunIdentity): string {
  const revision = run.revision.length >= 8 ? run.revision.slice(0, 7) : run.revision;
  const suffix = `${revision}-${phase}-${Math.floor(run.startedAt / 1000)}`.toLowerCase();
  return `${prefix}${suffix.replace(/[^a-z0-9.-]/g, '-')}`;
}
