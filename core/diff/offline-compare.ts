/**
 * What applying a manifest would change, found without an API server: for `plumb plan`. An approximation, on the safe side of saying too much:
 *
 * - Only fields that the manifest has are compared: a default that the API server filled in does not count.
 * - A field that the manifest lost counts when we, or a tool of Git before us, own it by server-side apply, or when kubectl's last-applied
 *   configuration has it.
 * - List items are matched by the keys that the live object's managedFields name, else by the keys known for built-in kinds, else by position;
 *   items that only live has count where the list has no keys.
 * - Quantities are compared by their value (`1000m` is `1`); an empty map, list or null is the same as nothing.
 *
 * What only a server knows is missing: admission, defaults that Git contradicts, fields that the API server writes in another form.
 */

import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { MAX_FIELDS } from './changed-fields.ts';
import { managedFieldsOf } from './comparable.ts';
import { leavesOf, resolveStep, resolveSteps, toSteps } from './field-set.ts';
import { type FieldPath, toPointer, valueAt } from './pointer.ts';
import { isSameQuantity } from './quantity.ts';
import { isSame } from './same.ts';

/** Managers that apply what Git says. */
const GITOPS: ReadonlySet<string> = new Set(['plumbline', 'argocd-controller', 'kustomize-controller', 'helm-controller']);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Lists of built-in kinds that are maps, by the name of their field; the first set of keys whose first key the items have counts. */
const KEYS: { readonly [list: string]: readonly (readonly string[])[] } = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  env: [['name']],
  volumes: [['name']],
  imagePullSecrets: [['name']],
  webhooks: [['name']],
  validations: [['name']],
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  hostAliases: [['ip']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
};

interface Comparison {
  readonly live: JsonObject;
  readonly fieldSets: readonly Json[];
  readonly fields: Set<string>;
}

/** The fields (JSON pointers into the live object) that applying the manifest would change, at most MAX_FIELDS. `ignored` are left out. */
export function compareOffline(body: JsonObject, live: JsonObject, ignored: readonly FieldPath[] = []): string[] {
  const metadata = isJsonObject(live['metadata']) ? live['metadata'] : {};
  const entries = managedFieldsOf(metadata);
  const comparison: Comparison = { live, fieldSets: entries.map((entry) => entry.fieldsV1), fields: new Set() };
  compareMaps(comparable(body), live, [], comparison);
  const applied = entries.filter((entry) => entry.operation === 'Apply' && entry.subresource === '' && GITOPS.has(entry.manager));
  for (const steps of applied.flatMap((entry) => leavesOf(entry.fieldsV1)))
    addIfLost(resolveSteps(live, steps), steps, body, comparison);
  const last = lastApplied(metadata);
  if (last !== undefined) for (const path of leafPaths(comparable(last), [])) addLostPath(path, body, comparison);
  const skip = ignored.map(toPointer);
  const isIgnored = (field: string) => skip.some((pointer) => field === pointer || field.startsWith(`${pointer}/`));
  return [...comparison.fields].filter((field) => !isIgnored(field)).slice(0, MAX_FIELDS);
}

/** Without what a manifest cannot decide. */
function comparable({ status: _status, ...object }: JsonObject): JsonObject {
  if (!isJsonObject(object['metadata'])) return object;
  const { labels, annotations, finalizers, ownerReferences } = object['metadata'];
  const kept = isJsonObject(annotations)
    ? Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED))
    : annotations;
  return { ...object, metadata: { labels, annotations: kept, finalizers, ownerReferences } };
}

function compareMaps(said: JsonObject, live: Json | undefined, path: FieldPath, to: Comparison): void {
  for (const [key, value] of Object.entries(said))
    if (value !== undefined) compare(value, isJsonObject(live) ? live[key] : undefined, [...path, key], to);
}

function compare(said: Json, live: Json | undefined, path: FieldPath, to: Comparison): void {
  // A null in the data of a Secret is the same as an empty text.
  if (isNothing(said) ? isNothing(live) || live === '' : said === '' && live === null) return;
  if (isJsonObject(said) && isJsonObject(live)) compareMaps(said, live, path, to);
  else if (Array.isArray(said) && Array.isArray(live)) compareLists(said, live, path, to);
  else if (!isSame(said, live) && !(isQuantity(path) && isSameQuantity(said, live))) to.fields.add(toPointer(path));
}

function compareLists(said: readonly Json[], live: readonly Json[], path: FieldPath, to: Comparison): void {
  const steps = live.map((_, i) => toSteps(to.fieldSets, to.live, [...path, i]).at(-1) ?? '');
  const keys = keysOf(path, said);
  if (keys === undefined && (steps.length === 0 || steps.some((step) => step.startsWith('i:')))) {
    if (said.length !== live.length) to.fields.add(toPointer(path));
    else for (const [i, item] of said.entries()) compare(item, live[i], [...path, i], to);
    return;
  }
  for (const item of said) {
    const known = steps.findIndex((step) => !step.startsWith('i:') && resolveStep([item], step) === 0);
    const at = known !== -1 || keys === undefined ? known : live.findIndex((other) => hasSameKeys(item, other, keys));
    if (at === -1) to.fields.add(toPointer(path));
    else compare(item, live[at], [...path, at], to);
  }
}

function keysOf(path: FieldPath, items: readonly Json[]): readonly string[] | undefined {
  const sets = KEYS[String(path.at(-1))] ?? [];
  return sets.find(([first = '']) => items.every((item) => isJsonObject(item) && item[first] !== undefined));
}

function hasSameKeys(a: Json, b: Json, keys: readonly string[]): boolean {
  const keyOf = (item: Json, key: string) => (isJsonObject(item) ? (item[key] ?? (key === 'protocol' ? 'TCP' : null)) : null);
  return keys.every((key) => isSame(keyOf(a, key), keyOf(b, key)));
}

/** A field that a tool of Git owns and the manifest has no more. */
function addIfLost(path: FieldPath | undefined, steps: readonly string[], body: JsonObject, to: Comparison): void {
  if (path === undefined || resolveSteps(body, steps) !== undefined) return;
  // What lies below something that the manifest has as a whole was compared already.
  const pointer = toPointer(path);
  if (![...to.fields].some((field) => pointer.startsWith(`${field}/`))) to.fields.add(pointer);
}

function addLostPath(path: FieldPath, body: JsonObject, to: Comparison): void {
  // Positions in lists cannot be trusted across versions of a manifest.
  if (path.some((step) => typeof step === 'number') || valueAt(body, path) !== undefined || valueAt(to.live, path) === undefined)
    return;
  addIfLost(
    path,
    path.map((step) => `f:${step}`),
    body,
    to,
  );
}

function leafPaths(value: Json, path: FieldPath): FieldPath[] {
  if (!isJsonObject(value)) return [path];
  return Object.entries(value).flatMap(([key, child]) => (child === undefined ? [] : leafPaths(child, [...path, key])));
}

function lastApplied(metadata: JsonObject): JsonObject | undefined {
  const text = isJsonObject(metadata['annotations']) ? metadata['annotations'][LAST_APPLIED] : undefined;
  if (typeof text !== 'string') return undefined;
  try {
    const parsed = JSON.parse(text) as Json; // JSON by definition
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

/** Fields below which values are quantities. */
const QUANTITIES: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'hard',
  'capacity',
  'default',
  'defaultRequest',
  'min',
  'max',
  'sizeLimit',
  'averageValue',
  'divisor',
]);

function isQuantity(path: FieldPath): boolean {
  return path.slice(-2).some((step) => QUANTITIES.has(String(step)));
}
