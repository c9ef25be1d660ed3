import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import { isJsonObject } from './json-object.ts';
import type { Json, JsonObject, Manifest } from './object.ts';
import { parseYaml, type YamlLimits } from './parse-yaml.ts';

const OPTIONAL_METADATA: readonly string[] = ['namespace', 'labels', 'annotations'];

/** One Kubernetes object of a file; `line` is where its document starts (1-based). */
export interface ManifestDocument {
  readonly manifest: Manifest;
  readonly file: string;
  readonly line: number;
}

export interface ParsedManifests {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly Problem[];
}

/**
 * Parses the Kubernetes objects of a YAML or JSON file; lists (`kind: List`, `DeploymentList`, …) are taken apart.
 * A document that cannot be used costs only itself: it becomes a problem (yaml.*, manifest.invalid) and the others are returned.
 */
export function parseManifests(text: string, options: { readonly file: string; readonly limits?: YamlLimits }): ParsedManifests {
  const { file } = options;
  const parsed = parseYaml(text, options);
  const problems: Problem[] = [...parsed.problems];
  const documents: ManifestDocument[] = [];
  for (const { value, line } of parsed.documents) {
    for (const item of itemsOf(value)) {
      const manifest = toManifest(item);
      if (manifest.ok) documents.push({ manifest: manifest.value, file, line });
      else problems.push(problem('manifest.invalid', manifest.error, { where: `${file}:${line}` }));
    }
  }
  return { documents, problems };
}

/** The objects of a document: the items of a list, else the document itself. Lists do not nest. */
export function itemsOf(value: Json): readonly Json[] {
  if (!isJsonObject(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return [value];
  const items = value['items'];
  return Array.isArray(items) ? items : [value];
}

/** Checks that a value is a Kubernetes object with an identity; the error is a sentence naming what is missing or of the wrong type. */
export function toManifest(value: Json): Result<Manifest, string> {
  if (!isJsonObject(value)) return err('the document is not a map');
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return err('apiVersion is missing or not text');
  if (typeof kind !== 'string' || kind === '') return err('kind is missing or not text');
  if (apiVersion.split('/').length > 2) return err('apiVersion has more than one slash');
  if (kind.includes('/')) return err('kind has a slash');
  if (!isJsonObject(metadata)) return err('metadata is missing or not a map');
  const fault = metadataFault(metadata);
  if (fault !== undefined) return err(fault);
  // What Manifest asks for was checked above and in metadataFault; all other fields are as written.
  return ok({ ...value, metadata: withName(withoutEmptyFields(metadata)) } as Manifest);
}

/**
 * Hooks may leave their name to each run: `generateName: migrate-` without a name is known as `migrate-*`, which no object can be called,
 * until the run names it. Two of them with one beginning are one object, as two objects of one name are.
 */
function withName(metadata: JsonObject): JsonObject {
  const { name, generateName } = metadata;
  return isText(generateName) && !isText(name) ? { ...metadata, name: `${generateName}*` } : metadata;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

/** `namespace:` or `labels:` with nothing behind them mean that there is none. */
function withoutEmptyFields(metadata: JsonObject): JsonObject {
  const isEmpty = OPTIONAL_METADATA.some((field) => metadata[field] === null);
  if (!isEmpty) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([key, item]) => item !== null || !OPTIONAL_METADATA.includes(key)));
}

function metadataFault(metadata: JsonObject): string | undefined {
  const { name, namespace, generateName } = metadata;
  const named = isText(name) ? name : (name ?? '') === '' ? generateName : undefined;
  if (!isText(named)) return 'metadata.name is missing or not text';
  if (named.includes('/')) return 'metadata.name has a slash';
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') return 'metadata.namespace is not text';
  if (typeof namespace === 'string' && namespace.includes('/')) return 'metadata.namespace has a slash';
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    if (!isJsonObject(map)) return `metadata.${field} is not a map`;
    for (const [key, item] of Object.entries(map))
      if (typeof item !== 'string') return `metadata.${field}[${key}] is not text: put it in quotes`;
  }
  return undefined;
}
