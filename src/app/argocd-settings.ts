import type { IgnoreRule } from '../../core/app/policy.ts';
import type { ClusterSettings, ResourceFilter } from '../../core/app/settings.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject, Manifest } from '../../core/objects/object.ts';
import { parseYaml } from '../../core/objects/parse-yaml.ts';
import { matchesGlob } from '../../core/pattern/pattern.ts';
import { problem } from '../../core/problem/problem.ts';
import { checkPointers, toFields } from './ignore-rules.ts';
import { list, type Notes, readShape, type Shape, texts, warn } from './shape.ts';

/**
 * What an `argocd-cm` ConfigMap says about objects: health scripts, differences that do not count, kinds that are left out.
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/util/settings/settings.go#L1045
 *
 *   resource.customizations                          one YAML map, by `group/Kind`
 *   resource.customizations.<what>.<group_Kind>      the same in keys of their own; `all` is every kind
 *   resource.exclusions, resource.inclusions         lists of {apiGroups, kinds, clusters}
 *   resource.compareoptions                          YAML map
 *
 * All other keys are named in warnings. When something is wrong the whole ConfigMap is refused, and what was read last stays in force: a typing mistake
 * must not overwrite what people set by hand.
 */
export interface ArgoSettings {
  /** By `group/Kind`; `Kind` alone for the core group. */
  readonly health: NonNullable<ClusterSettings['health']>;
  readonly ignore: readonly IgnoreRule[];
  readonly ignoreUpdates: readonly IgnoreRule[];
  readonly exclusions: readonly ClusterFilter[];
  readonly inclusions: readonly ClusterFilter[] | undefined;
  readonly ignoreAggregatedRoles: boolean;
  /** `application.sync.impersonation.enabled`: projects name the ServiceAccounts that their Apps act as. */
  readonly impersonation: boolean;
}

interface ClusterFilter extends ResourceFilter {
  readonly clusters: readonly string[];
}

interface Customization {
  lua?: string;
  openLibs?: boolean;
  ignore?: Fields;
  ignoreUpdates?: Fields;
}
type Fields = Pick<IgnoreRule, 'pointers' | 'jq' | 'managers'>;

export function isArgoSettings(item: JsonObject): boolean {
  const { metadata } = item;
  return (
    item['apiVersion'] === 'v1' && item['kind'] === 'ConfigMap' && isJsonObject(metadata) && metadata['name'] === 'argocd-cm'
  );
}

/** The part of the ConfigMap that matters here, to be kept for the day on which it cannot be read: nothing that could be a secret is in it. */
export function settingsData(manifest: Manifest): { readonly [key: string]: string } {
  const data = manifest['data'];
  if (!isJsonObject(data)) return {};
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => RELEVANT.test(entry[0]) && typeof entry[1] === 'string'),
  );
}

const RELEVANT = /^(?:resource\.|application\.sync\.impersonation\.)/;

/** Reads the ConfigMap; undefined when the notes' refusals say what is wrong with it. */
export function readArgoSettings(manifest: Manifest, notes: Notes): ArgoSettings | undefined {
  const data = manifest['data'];
  if (data !== undefined && data !== null && !isJsonObject(data)) return void refuse(notes, 'data', 'must be a map');
  for (const [key, value] of Object.entries(data ?? {})) {
    if (typeof value !== 'string') refuse(notes, `data ${key}`, 'must be text: put it in quotes');
    else if (!RELEVANT.test(key)) noteOther(key, value, notes);
  }
  const settings = parseArgoSettings(settingsData(manifest), notes);
  return notes.refusals.length > 0 ? undefined : settings;
}

/** Keys that change nothing here. */
const SILENT = new Set([
  'timeout.reconciliation',
  'timeout.reconciliation.jitter',
  'timeout.hard.reconciliation',
  'application.instanceLabelKey',
]);

function noteOther(key: string, value: string, notes: Notes): void {
  if (SILENT.has(key) || value.trim() === '') return;
  if (key === 'application.resourceTrackingMethod' && value.trim() === 'annotation') return;
  warn(notes, `data ${key.slice(0, 120)}`, 'is not used by Plumbline');
}

/** Reads the relevant keys; what is wrong goes to the notes. */
export function parseArgoSettings(data: { readonly [key: string]: string }, notes: Notes): ArgoSettings {
  const kinds = new Map<string, Customization>();
  const combined = data['resource.customizations'];
  if (combined !== undefined) readCombined(combined, kinds, notes);
  for (const [key, value] of Object.entries(data)) {
    if (key.startsWith('resource.customizations.')) readSplit(key, value, { kinds, notes });
    else if (!KNOWN.has(key)) warn(notes, `data ${key.slice(0, 120)}`, 'is not used by Plumbline');
  }
  const compare = readCompareOptions(data['resource.compareoptions'], notes);
  const rules = (field: 'ignore' | 'ignoreUpdates') =>
    [...kinds].flatMap(([kind, one]) => (one[field] === undefined ? [] : [{ ...selectorOf(kind), ...one[field] }]));
  const ignore = rules('ignore');
  const watchesUpdates = readFlag(data, 'resource.ignoreResourceUpdatesEnabled', notes) ?? true;
  const updates = [...rules('ignoreUpdates'), ...(compare.ignoreDifferencesOnUpdates ? ignore : [])];
  return {
    health: Object.fromEntries(
      [...kinds].flatMap(([kind, { lua, openLibs }]) =>
        lua === undefined ? [] : [[kind, { lua, openLibs: openLibs === true }]],
      ),
    ),
    ignore,
    ignoreUpdates: watchesUpdates ? updates : [],
    exclusions: readFilters(data['resource.exclusions'], 'resource.exclusions', notes) ?? [],
    inclusions: readFilters(data['resource.inclusions'], 'resource.inclusions', notes),
    ignoreAggregatedRoles: compare.ignoreAggregatedRoles,
    impersonation: readFlag(data, 'application.sync.impersonation.enabled', notes) ?? false,
  };
}

const KNOWN = new Set([
  'resource.customizations',
  'resource.exclusions',
  'resource.inclusions',
  'resource.compareoptions',
  'resource.ignoreResourceUpdatesEnabled',
  'application.sync.impersonation.enabled',
]);

/** True when they say nothing about objects. */
export function isEmptySettings({
  health,
  ignore,
  ignoreUpdates,
  exclusions,
  inclusions,
  ignoreAggregatedRoles,
}: ArgoSettings): boolean {
  const lists = [Object.keys(health), ignore, ignoreUpdates, exclusions, inclusions ?? []];
  return lists.every((list) => list.length === 0) && !ignoreAggregatedRoles;
}

/** The settings as one cluster sees them. */
export function toClusterSettings(settings: ArgoSettings, aliases: readonly string[]): ClusterSettings {
  const here = (filters: readonly ClusterFilter[]) =>
    filters
      .filter(
        ({ clusters }) =>
          clusters.length === 0 || clusters.some((pattern) => aliases.some((alias) => matchesGlob(pattern, alias))),
      )
      .map(({ groups, kinds }): ResourceFilter => ({ groups, kinds }));
  const exclusions = here(settings.exclusions);
  const inclusions = settings.inclusions === undefined ? [] : here(settings.inclusions);
  return {
    ...(exclusions.length === 0 ? {} : { exclusions }),
    ...(inclusions.length === 0 ? {} : { inclusions }),
    ...(Object.keys(settings.health).length === 0 ? {} : { health: settings.health }),
    ...(settings.ignore.length === 0 ? {} : { ignore: settings.ignore }),
    ...(settings.ignoreUpdates.length === 0 ? {} : { ignoreUpdates: settings.ignoreUpdates }),
    ...(settings.ignoreAggregatedRoles ? { ignoreAggregatedRoles: true } : {}),
  };
}

function refuse(notes: Notes, path: string, what: string): void {
  notes.refusals.push(problem('fleet.settings', `${path.slice(0, 200)}: ${what}`, { where: notes.where }));
}

/** The value of a key as YAML; undefined and a refusal when it is none. */
function yamlOf(text: string, path: string, notes: Notes): Json | undefined {
  const { documents, problems } = parseYaml(text, { file: notes.where });
  if (problems.length > 0 || documents.length > 1) return void refuse(notes, path, 'is not valid YAML');
  return documents[0]?.value;
}

function readCombined(text: string, kinds: Map<string, Customization>, notes: Notes): void {
  const path = 'data resource.customizations';
  const value = text.trim() === '' ? {} : yamlOf(text, path, notes);
  if (value === undefined) return;
  if (!isJsonObject(value)) {
    refuse(notes, path, 'must be a map of kinds');
    return;
  }
  for (const [kind, fields] of Object.entries(value)) {
    const at = `${path} ${kind.slice(0, 100)}`;
    if (!isJsonObject(fields)) refuse(notes, at, 'must be a map');
    else
      for (const [field, content] of Object.entries(fields))
        if (content !== undefined && content !== null)
          readField(toKind(kind, '/'), FIELD_NAMES[field] ?? field, content, { at: `${at} ${field}`, kinds, notes });
  }
}

/** How the fields of the combined map are called as keys of their own. */
const FIELD_NAMES: { readonly [field: string]: string } = { 'health.lua': 'health', 'health.lua.useOpenLibs': 'useOpenLibs' };

function readSplit(key: string, text: string, on: { readonly kinds: Map<string, Customization>; readonly notes: Notes }): void {
  const [, , what = '', ...rest] = key.split('.');
  const kind = rest.join('.');
  if (kind === '' || kind.split('_').length > 2)
    refuse(on.notes, `data ${key}`, 'must be named resource.customizations.<what>.<group_Kind>');
  else readField(kind === 'all' ? '*/*' : toKind(kind, '_'), what, text, { at: `data ${key}`, ...on });
}

/** `apps_Deployment` and `apps/Deployment` as `apps/Deployment`; the core group has no group. */
function toKind(text: string, separator: string): string {
  const [first = '', second] = text.split(separator);
  if (second === undefined) return first === '*' ? '*/*' : first;
  return first === '' ? second : `${first}/${second}`;
}

function readField(
  kind: string,
  what: string,
  value: Json,
  on: { readonly at: string; readonly kinds: Map<string, Customization>; readonly notes: Notes },
): void {
  const entry = on.kinds.get(kind) ?? {};
  on.kinds.set(kind, entry);
  switch (what) {
    case 'health':
      if (typeof value === 'string') entry.lua = value;
      else refuse(on.notes, on.at, 'must be a Lua script');
      return;
    case 'useOpenLibs': {
      const flag = toFlag(value);
      if (flag === undefined) refuse(on.notes, on.at, 'must be true or false');
      else entry.openLibs = flag;
      return;
    }
    case 'ignoreDifferences':
    case 'ignoreResourceUpdates': {
      const fields = readFields(value, on);
      if (fields !== undefined) entry[what === 'ignoreDifferences' ? 'ignore' : 'ignoreUpdates'] = fields;
      return;
    }
    case 'actions':
      warn(on.notes, on.at, 'actions on objects are not offered yet');
      return;
    case 'knownTypeFields':
      // The API server compares values by their type.
      return;
    default:
      refuse(on.notes, on.at, 'is not a customization that Argo CD has');
  }
}

const FIELDS_SHAPE = { jsonPointers: texts, jqPathExpressions: texts, managedFieldsManagers: texts } as const satisfies Shape;

function readFields(value: Json, { at, notes }: { readonly at: string; readonly notes: Notes }): Fields | undefined {
  const parsed = typeof value === 'string' ? yamlOf(value, at, notes) : value;
  if (parsed === undefined) return undefined;
  if (!isJsonObject(parsed))
    return void refuse(notes, at, 'must be a map with jsonPointers, jqPathExpressions or managedFieldsManagers');
  const {
    jsonPointers = [],
    jqPathExpressions = [],
    managedFieldsManagers = [],
  } = readShape(parsed, { shape: FIELDS_SHAPE, path: at, notes });
  checkPointers(jsonPointers, { path: `${at}.jsonPointers`, notes });
  return toFields({ pointers: jsonPointers, jq: jqPathExpressions, managers: managedFieldsManagers });
}

/** `*` in a group or kind matches as it does in the rules of Apps. */
function selectorOf(kind: string): { readonly group?: string; readonly kind: string } {
  const slash = kind.indexOf('/');
  const [group, name] = slash === -1 ? ['', kind] : [kind.slice(0, slash), kind.slice(slash + 1)];
  return { group, kind: name };
}

function readCompareOptions(
  text: string | undefined,
  notes: Notes,
): { ignoreAggregatedRoles: boolean; ignoreDifferencesOnUpdates: boolean } {
  const result = { ignoreAggregatedRoles: false, ignoreDifferencesOnUpdates: true };
  const path = 'data resource.compareoptions';
  const value = text === undefined || text.trim() === '' ? {} : yamlOf(text, path, notes);
  if (value === undefined) return result;
  if (!isJsonObject(value)) {
    refuse(notes, path, 'must be a map');
    return result;
  }
  for (const [option, content] of Object.entries(value)) {
    const flag = toFlag(content ?? null);
    if (option === 'ignoreAggregatedRoles' && flag !== undefined) result.ignoreAggregatedRoles = flag;
    else if (option === 'ignoreDifferencesOnResourceUpdates' && flag !== undefined) result.ignoreDifferencesOnUpdates = flag;
    else if (option === 'ignoreResourceStatusField') {
      if (content !== 'all') warn(notes, `${path} ${option}`, 'status is never compared: applying an object does not write it');
    } else refuse(notes, `${path} ${option.slice(0, 100)}`, 'is not an option, or not true or false');
  }
  return result;
}

const FILTERS = { items: list({ apiGroups: texts, kinds: texts, clusters: texts }) } as const;

function readFilters(textOf: string | undefined, key: string, notes: Notes): ClusterFilter[] | undefined {
  if (textOf === undefined || textOf.trim() === '') return undefined;
  const value = yamlOf(textOf, `data ${key}`, notes);
  if (value === undefined) return undefined;
  const { items = [] } = readShape({ items: value }, { shape: FILTERS, path: `data ${key}`, notes });
  // A list that is not there, or empty, means all.
  const orAll = (patterns: readonly string[]) => (patterns.length === 0 ? ['*'] : patterns);
  return items.map(({ apiGroups = [], kinds = [], clusters = [] }) => ({
    groups: orAll(apiGroups),
    kinds: orAll(kinds),
    clusters,
  }));
}

function readFlag(data: { readonly [key: string]: string }, key: string, notes: Notes): boolean | undefined {
  const text = data[key];
  if (text === undefined || text === '') return undefined;
  const flag = toFlag(text);
  if (flag === undefined) refuse(notes, `data ${key}`, 'must be true or false');
  return flag;
}

/** As Go's strconv.ParseBool, and YAML's own booleans. */
function toFlag(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value) ? false : undefined;
}
