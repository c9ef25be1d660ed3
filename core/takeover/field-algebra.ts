import { resolveStep } from '../diff/field-set.ts';
import { type FieldPath, toPointer, valueAt } from '../diff/pointer.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';

/**
 * Calculating with sets of fields. `fieldsV1` (its steps are explained in core/dif./field-algebra.ts) writes a set as a trie: a leaf `{}` is a field in
 * the set, a step with children is in the set itself if and only if it has the child `.`.
 * https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.3.0/fieldpath/serialize.go
 */
export interface FieldSet {
  /** The path that leads here is in the set itself. */
  readonly self: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const EMPTY_SET: FieldSet = { self: false, children: new Map() };
const LEAF: FieldSet = { self: true, children: new Map() };

/** Reads `fieldsV1`; anything but an object is the empty set. */
export function parseFieldSet(fieldsV1: Json | undefined): FieldSet {
  if (!isJsonObject(fieldsV1)) return EMPTY_SET;
  const children = new Map<string, FieldSet>();
  for (const [step, below] of Object.entries(fieldsV1)) {
    if (step === '.') continue;
    children.set(step, isJsonObject(below) && Object.keys(below).length > 0 ? parseFieldSet(below) : LEAF);
  }
  return { self: Object.hasOwn(fieldsV1, '.'), children };
}

/** Writes `fieldsV1`. */
export function fieldSetToJson(set: FieldSet): JsonObject {
  const json: Record<string, Json> = set.self && set.children.size > 0 ? { '.': {} } : {};
  for (const [step, below] of set.children) json[step] = fieldSetToJson(below);
  return json;
}

export function isEmptySet(set: FieldSet): boolean {
  return !set.self && set.children.size === 0;
}

/** Fields that are in either. */
export function unite(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [step, below] of b.children) {
    const known = children.get(step);
    children.set(step, known === undefined ? below : unite(known, below));
  }
  return { self: a.self || b.self, children };
}

/** Fields of `a` that are not in `b`. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  return select(a, b, false);
}

/** Fields that are in both. */
export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  return select(a, b, true);
}

function select(a: FieldSet, b: FieldSet, inBoth: boolean): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [step, below] of a.children) {
    const kept = select(below, b.children.get(step) ?? EMPTY_SET, inBoth);
    if (!isEmptySet(kept)) children.set(step, kept);
  }
  return { self: a.self && b.self === inBoth, children };
}

/** Fields of the set that a value has. */
export function restrict(set: FieldSet, value: Json | undefined): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [step, below] of set.children) {
    const at = resolveStep(value, step);
    if (at === undefined) continue;
    const kept = restrict(below, valueAt(value, [at]));
    if (!isEmptySet(kept)) children.set(step, kept);
  }
  return { self: set.self, children };
}

/** The set without a path and all below it; steps as in fieldsV1. */
export function without(set: FieldSet, path: readonly string[]): FieldSet {
  const [step, ...rest] = path;
  const below = step === undefined ? undefined : set.children.get(step);
  if (step === undefined || below === undefined) return set;
  const children = new Map(set.children);
  const kept = rest.length === 0 ? EMPTY_SET : without(below, rest);
  if (isEmptySet(kept)) children.delete(step);
  else children.set(step, kept);
  return { self: set.self, children };
}

/** The fields below a path. */
export function below(set: FieldSet, path: readonly string[]): FieldSet {
  let at: FieldSet = set;
  for (const step of path) at = at.children.get(step) ?? EMPTY_SET;
  return at;
}

/** The set that holds one path. */
export function setOfPath(path: readonly string[]): FieldSet {
  return path.reduceRight((inner: FieldSet, step) => ({ self: false, children: new Map([[step, inner]]) }), LEAF);
}

/**
 * The set's fields as JSON pointers into an object that has them, at most `limit`; an item that is wholly in the set is named once.
 * Fields that the object does not have are left out.
 */
export function toPointers(set: FieldSet, object: Json, limit: number): string[] {
  const pointers: string[] = [];
  const walk = (at: FieldSet, value: Json | undefined, path: FieldPath): void => {
    for (const [step, next] of at.children) {
      const position = pointers.length < limit ? resolveStep(value, step) : undefined;
      if (position === undefined) continue;
      const here = [...path, position];
      // That an object is in the set beside its fields says nothing more than they do.
      if (next.self && (next.children.size === 0 || !step.startsWith('f:'))) pointers.push(toPointer(here));
      else walk(next, valueAt(value, [position]), here);
    }
  };
  walk(set, object, []);
  return pointers;
}
