import type { Dialect, ObjectSelector, StringMap } from '../app/policy.ts';
import { isJsonObject } from '../objects/json-object.ts';
import { groupOf, type JsonObject, type ObjectRef } from '../objects/object.ts';
import { compilePattern } from '../pattern/pattern.ts';
import { matchesLabels, parseLabelSelector } from './label-selector.ts';

/**
 * Which objects a selector means. Argo CD takes `group` and `kind` as globs and names literally (globs are accepted there too: no name of an
 * object holds one of their characters); Flux takes all of them as regular expressions for the whole text. What is absent matches all, and so does
 * what is empty, but for Argo CD's group: there the empty group is the core group.
 */
export interface Selection {
  /** By group, version, kind, namespace and name alone: false means that the object is certainly not meant. */
  readonly mayMatch: (ref: ObjectRef, apiVersion: string) => boolean;
  readonly matches: (object: JsonObject) => boolean;
}

/** Compiles a selector for a dialect's syntax; a string names the part that is not valid. */
export function compileSelector(selector: ObjectSelector, dialect: Dialect): Selection | string {
  const syntax = dialect === 'flux' ? 'regex' : 'glob';
  const identity: ((of: Identity) => boolean)[] = [];
  for (const part of ['group', 'version', 'kind', 'name', 'namespace'] as const) {
    const pattern = selector[part];
    if (pattern === undefined || (pattern === '' && !(part === 'group' && dialect === 'argo'))) continue;
    const matches = compilePattern(pattern, syntax);
    if (matches === undefined) return part;
    identity.push((of) => matches(of[part]));
  }
  const metadata: ((object: JsonObject) => boolean)[] = [];
  for (const [part, field] of [
    ['labelSelector', 'labels'],
    ['annotationSelector', 'annotations'],
  ] as const) {
    const text = selector[part];
    if (text === undefined) continue;
    const requirements = parseLabelSelector(text);
    if (requirements === undefined) return part;
    metadata.push((object) => matchesLabels(requirements, stringsOf(object, field)));
  }
  return {
    mayMatch: (ref, apiVersion) => {
      const of = { ...ref, version: versionOf(apiVersion) };
      return identity.every((part) => part(of));
    },
    matches: (object) => {
      const of = identityOf(object);
      return identity.every((part) => part(of)) && metadata.every((part) => part(object));
    },
  };
}

interface Identity extends ObjectRef {
  readonly version: string;
}

function identityOf(object: JsonObject): Identity {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const apiVersion = textOf(object['apiVersion']);
  return {
    group: groupOf(apiVersion),
    version: versionOf(apiVersion),
    kind: textOf(object['kind']),
    name: textOf(metadata['name']),
    namespace: textOf(metadata['namespace']),
  };
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function stringsOf(object: JsonObject, field: 'labels' | 'annotations'): StringMap {
  const metadata = object['metadata'];
  const values = isJsonObject(metadata) ? metadata[field] : undefined;
  if (!isJsonObject(values)) return {};
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
