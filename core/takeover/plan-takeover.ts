import { FIELD_MANAGER, type ManagedFields, managedFieldsOf } from '../diff/comparable.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import {
  below,
  EMPTY_SET,
  type FieldSet,
  fieldSetToJson,
  intersect,
  isEmptySet,
  parseFieldSet,
  restrict,
  setOfPath,
  subtract,
  toPointers,
  unite,
  without,
} from './field-algebra.ts';
import { BEFORE_FIRST_APPLY, CLIENT_SIDE_APPLY, type TakeoverPolicy, type Treatment, treatmentOf } from './managers.ts';

/**
 * Makes an object that another tool owns ours, field by field, without deleting it.
 *
 * Server-side apply removes a field if and only if we owned it, do not send it any more, and nobody else owns it. So before the first apply the
 * fields that the other tool wrote *because of Git* are entered as ours; the apply that follows removes those that Git no longer has.
 * Which fields those are:
 *
 *   client-side apply     fields of its manager that the annotation `last-applied-configuration` names: what it wrote besides are defaults
 *                         and what admission added
 *   server-side apply     all fields of its manager, which are exactly what it sent
 *   Helm's updates        all fields of its manager: defaults among them are removed and made again by the same apply
 *
 * Never taken, because removing them does harm that nobody asked for: `spec.replicas` that Git does not set (an autoscaler or a person set it,
 * even where its value is still the one that Git set once), and the annotation with which `kubectl rollout restart` restarted Pods.
 */
export interface Takeover {
  /** The object's managedFields as they are to be before the apply. */
  readonly managedFields: readonly Json[];
  /** Who hands over, without duplicates. */
  readonly managers: readonly string[];
  /** What the apply will remove, as JSON pointers into the live object. */
  readonly goes: readonly string[];
}

export interface TakeoverInput {
  /** The live object, in the version that the manifest uses. */
  readonly live: JsonObject;
  /** What a dry-run of the apply makes of it. */
  readonly applied: JsonObject;
  readonly policy: TakeoverPolicy;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const LAST_APPLIED_PATH = ['f:metadata', 'f:annotations', `f:${LAST_APPLIED}`];
const REPLICAS = ['f:spec', 'f:replicas'];
const RESTARTED = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', 'f:kubectl.kubernetes.io/restartedAt'];
const MAX_POINTERS = 20;

/** What taking the object over means; undefined when there is nothing to take. */
export function planTakeover({ live, applied, policy }: TakeoverInput): Takeover | undefined {
  const entries = entriesOf(live, applied);
  const ours = entries.find(isOurs);
  const wantedEntry = rawEntries(applied).map(toEntry).find(isOurs);
  if (wantedEntry === undefined) return undefined;
  const lastApplied = lastAppliedOf(live);
  const treatments = entries.map((entry) => treatmentIn(entry, policy, ours === undefined, lastApplied));
  if (treatments.every((treatment) => treatment === 'leave')) return undefined;
  const wanted = parseFieldSet(wantedEntry.fields.fieldsV1);
  let taken = EMPTY_SET;
  let others = EMPTY_SET;
  const kept: Json[] = [];
  const managers = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    if (isOurs(entry)) continue;
    const set = parseFieldSet(entry.fields.fieldsV1);
    const treatment = treatments[i];
    if (treatment === 'take') {
      taken = unite(taken, fromGit(set, entry, { live, lastApplied, apiVersion: wantedEntry.apiVersion, policy }));
      managers.add(entry.fields.manager);
      continue;
    }
    const left = treatment === 'share' ? subtract(set, wanted) : set;
    if (treatment === 'share' && !isEmptySet(intersect(set, wanted))) managers.add(entry.fields.manager);
    if (isEmptySet(left)) continue;
    others = unite(others, left);
    kept.push(treatment === 'share' ? { ...entry.raw, fieldsV1: fieldSetToJson(left) } : entry.raw);
  }
  if (managers.size === 0) return undefined;
  for (const path of [REPLICAS, RESTARTED]) if (isEmptySet(below(wanted, path))) taken = without(taken, path);
  const own = unite(ours === undefined ? EMPTY_SET : parseFieldSet(ours.fields.fieldsV1), taken);
  const goes = subtract(subtract(own, wanted), others);
  return {
    managedFields: isEmptySet(own) ? kept : [...kept, { ...wantedEntry.raw, fieldsV1: fieldSetToJson(own) }],
    managers: [...managers],
    goes: toPointers(goes, live, MAX_POINTERS),
  };
}

/** Whether a takeover has work to do that values alone do not show: fields of the other tool that Git does not have. */
export function takesFields(takeover: Takeover): boolean {
  return takeover.goes.some((pointer) => pointer !== `/metadata/annotations/${LAST_APPLIED.replace('/', '~1')}`);
}

interface Entry {
  readonly raw: JsonObject;
  readonly fields: ManagedFields;
  readonly apiVersion: Json | undefined;
}

function toEntry(raw: JsonObject): Entry {
  // managedFieldsOf gives one entry for each object that it is given.
  const [fields] = managedFieldsOf({ managedFields: [raw] }) as [ManagedFields];
  return { raw, fields, apiVersion: raw['apiVersion'] };
}

function rawEntries(object: JsonObject): readonly JsonObject[] {
  const metadata = object['metadata'];
  const entries = isJsonObject(metadata) ? metadata['managedFields'] : undefined;
  return Array.isArray(entries) ? entries.filter(isJsonObject) : [];
}

/** An object that nobody's server-side apply has touched may have no entries: the dry-run tells what the API server will call them. */
function entriesOf(live: JsonObject, applied: JsonObject): readonly Entry[] {
  const entries = rawEntries(live).map(toEntry);
  if (entries.length > 0) return entries;
  return rawEntries(applied)
    .map(toEntry)
    .filter((entry) => entry.fields.manager === BEFORE_FIRST_APPLY);
}

function isOurs(entry: Entry): boolean {
  const { manager, operation, subresource } = entry.fields;
  return manager === FIELD_MANAGER && operation === 'Apply' && subresource === '';
}

/** The configuration that client-side apply sent last; undefined without the annotation, or where it cannot be read. */
function lastAppliedOf(live: JsonObject): JsonObject | undefined {
  const metadata = live['metadata'];
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  const text = isJsonObject(annotations) ? annotations[LAST_APPLIED] : undefined;
  if (typeof text !== 'string') return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Managers whose fields are from Git as far as the last applied configuration says so. */
const CLIENT_SIDE: ReadonlySet<string> = new Set([
  CLIENT_SIDE_APPLY,
  BEFORE_FIRST_APPLY,
  'argocd-controller',
  'argocd-application-controller',
  'kustomize-controller',
]);

interface Origin {
  readonly live: JsonObject;
  readonly lastApplied: JsonObject | undefined;
  readonly apiVersion: Json | undefined;
  readonly policy: TakeoverPolicy;
}

/** The fields of an entry that its manager wrote because of Git. */
function fromGit(set: FieldSet, entry: Entry, { live, lastApplied, apiVersion, policy }: Origin): FieldSet {
  // Fields of another API version may have other names: only those that the object has in ours can be owned.
  const here = entry.apiVersion === apiVersion ? set : restrict(set, live);
  const { manager, operation } = entry.fields;
  const isClientSide = operation === 'Update' && (CLIENT_SIDE.has(manager) || manager === policy.sync?.migrationManager);
  if (!isClientSide || lastApplied === undefined || lastApplied['apiVersion'] !== apiVersion) return here;
  return unite(restrict(here, lastApplied), intersect(set, setOfPath(LAST_APPLIED_PATH)));
}

/** Without a last applied configuration nobody can tell what in an object of old was from Git: then it is a person's. */
function treatmentIn(entry: Entry, policy: TakeoverPolicy, isAdoption: boolean, lastApplied: JsonObject | undefined): Treatment {
  const treatment = treatmentOf(entry.fields, policy, isAdoption);
  if (entry.fields.manager !== BEFORE_FIRST_APPLY || treatment === 'leave') return treatment;
  return lastApplied === undefined ? 'share' : 'take';
}
