/**
 * What metadata.managedFields says about who owns which fields (`FieldsV1`):
 *
 *   f:<name>     a field of a map                     {"f:spec": {"f:replicas": {}}}
 *   k:<keys>     an item of a list, by its key fields {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}}
 *   v:<value>    an item of a list that is a set      {"v:\"a.example.com/x\"": {}}
 *   i:<number>   an item of a list, by its position
 *   .            the place itself, besides what is below it
 *
 * A place without anything below it is owned with all that it holds. Steps of this form (`FieldSteps`) name the same field in two versions of an
 * object, where positions in lists may differ.
 */

import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { type FieldPath, valueAt } from './pointer.ts';
import { isSame } from './same.ts';

export type FieldSteps = readonly string[];

/** The position of a step in a map or a list; undefined when it is not there. */
export function resolveStep(value: Json | undefined, step: string): string | number | undefined {
  const rest = step.slice(2);
  if (step.startsWith('f:')) return isJsonObject(value) && Object.hasOwn(value, rest) ? rest : undefined;
  if (!Array.isArray(value)) return undefined;
  if (step.startsWith('i:')) return Number(rest) < value.length ? Number(rest) : undefined;
  const wanted = parseJson(rest);
  const index = step.startsWith('k:')
    ? value.findIndex((item: Json) => isJsonObject(item) && isJsonObject(wanted) && hasKeys(item, wanted))
    : value.findIndex((item: Json) => isSame(item, wanted));
  return index === -1 ? undefined : index;
}

/** Where steps lead in an object; undefined where the object has no such field. */
export function resolveSteps(object: Json, steps: FieldSteps): FieldPath | undefined {
  const path: (string | number)[] = [];
  let value: Json | undefined = object;
  for (const step of steps) {
    const at = resolveStep(value, step);
    if (at === undefined) return undefined;
    path.push(at);
    value = valueAt(value, [at]);
  }
  return path;
}

/** Every field that a field set owns by itself, as steps. */
export function leavesOf(fields: Json): FieldSteps[] {
  const leaves: FieldSteps[] = [];
  const visit = (node: Json | undefined, steps: FieldSteps): void => {
    const children = isJsonObject(node) ? Object.keys(node).filter((key) => key !== '.') : [];
    if (children.length === 0 && steps.length > 0) leaves.push(steps);
    if (isJsonObject(node)) for (const child of children) visit(node[child], [...steps, child]);
  };
  visit(fields, []);
  return leaves;
}

/**
 * Whether a field set owns what is at a path of the object: `whole` when it owns the field or something that holds it, `part` when it owns only
 * something below it.
 */
export function ownership(fields: Json, object: Json, path: FieldPath): 'whole' | 'part' | 'none' {
  let node: Json | undefined = fields;
  let value: Json | undefined = object;
  for (const [depth, at] of path.entries()) {
    if (!isJsonObject(node)) return 'none';
    const children = Object.keys(node).filter((key) => key !== '.');
    // Owned as a whole: a scalar, an atomic list or map. The root is never owned so.
    if (children.length === 0) return depth === 0 ? 'none' : 'whole';
    const step = stepAt(node, value, at);
    if (step === undefined) return 'none';
    node = node[step];
    value = valueAt(value, [at]);
  }
  const hasChildren = isJsonObject(node) && Object.keys(node).some((key) => key !== '.');
  return hasChildren ? 'part' : 'whole';
}

/** The key of a field set's node that means a position in the value. */
function stepAt(node: JsonObject, value: Json | undefined, at: string | number): string | undefined {
  if (typeof at === 'string') return Object.hasOwn(node, `f:${at}`) ? `f:${at}` : undefined;
  return Object.keys(node).find((key) => key !== '.' && !key.startsWith('f:') && resolveStep(value, key) === at);
}

/** The steps of a path, with list items named by their keys where one of the field sets knows them; by position otherwise. */
export function toSteps(fieldSets: readonly Json[], object: Json, path: FieldPath): FieldSteps {
  let nodes = fieldSets.filter(isJsonObject);
  let value: Json | undefined = object;
  const steps: string[] = [];
  for (const at of path) {
    const step =
      typeof at === 'string'
        ? `f:${at}`
        : (nodes.map((node) => stepAt(node, value, at)).find((found) => found !== undefined) ??
          keyedAsSiblings(nodes, valueAt(value, [at])) ??
          `i:${at}`);
    steps.push(step);
    nodes = nodes.map((node) => node[step]).filter(isJsonObject);
    value = valueAt(value, [at]);
  }
  return steps;
}

/** The step of an item that nobody owns (an admission webhook added it), by the key fields of its siblings. */
function keyedAsSiblings(nodes: readonly JsonObject[], item: Json | undefined): string | undefined {
  const sibling = nodes.flatMap((node) => Object.keys(node)).find((key) => key.startsWith('k:'));
  const keys = sibling === undefined ? undefined : parseJson(sibling.slice(2));
  if (!isJsonObject(keys) || !isJsonObject(item)) return undefined;
  const own = Object.keys(keys).map((key) => [key, item[key] ?? KEY_DEFAULTS[key]] as const);
  return own.some(([, value]) => value === undefined) ? undefined : `k:${JSON.stringify(Object.fromEntries(own))}`;
}

/** The field set without the fields at the paths of the object, and without what is below them. */
export function withoutFields(fields: Json, object: Json, paths: readonly FieldPath[]): Json {
  return paths.reduce<Json>((left, path) => withoutField(left, object, path) ?? {}, fields);
}

function withoutField(node: Json, value: Json | undefined, path: FieldPath): Json | undefined {
  const [at, ...rest] = path;
  if (at === undefined) return undefined;
  if (!isJsonObject(node)) return node;
  const step = stepAt(node, value, at);
  if (step === undefined) return node;
  const { [step]: child = {}, ...others } = node;
  const left = withoutField(child, valueAt(value, [at]), rest);
  if (left !== undefined) return { ...others, [step]: left };
  // What is left without a field of its own was only there to hold this one.
  return Object.keys(others).length === 0 ? undefined : others;
}

/** Key fields that a manifest may leave out because the API server fills them in. */
const KEY_DEFAULTS: { readonly [key: string]: Json } = { protocol: 'TCP' };

function hasKeys(item: JsonObject, keys: JsonObject): boolean {
  return Object.entries(keys).every(([key, wanted]) => isSame(item[key] ?? KEY_DEFAULTS[key], wanted));
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // JSON by definition
  } catch {
    return undefined;
  }
}
