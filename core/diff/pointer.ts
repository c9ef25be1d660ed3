import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';

/** A place in an object: names of fields and positions in lists. */
export type FieldPath = readonly (string | number)[];

/**
 * Reads a JSON pointer (RFC 6901: `/spec/replicas`, `~1` is a slash, `~0` a tilde); undefined when it is none. The empty pointer is the whole object.
 * A tilde that begins neither stands for itself, as in the libraries of Argo CD and Flux.
 */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The JSON pointer of a path. */
export function toPointer(path: FieldPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Where a pointer leads in an object; undefined where it leads nowhere, which is no mistake: a rule may be about a field that only some objects
 * have. Negative positions count from the end of a list, as in the libraries of Argo CD and Flux.
 */
export function locate(object: Json, pointer: readonly string[]): FieldPath | undefined {
  const path: (string | number)[] = [];
  let value: Json | undefined = object;
  for (const part of pointer) {
    if (Array.isArray(value)) {
      if (!/^-?(0|[1-9]\d{0,8})$/.test(part)) return undefined;
      const index: number = Number(part) < 0 ? value.length + Number(part) : Number(part);
      if (index < 0 || index >= value.length) return undefined;
      path.push(index);
      value = value[index];
    } else {
      if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
      path.push(part);
      value = value[part];
    }
  }
  return path;
}

/** The value at a path; undefined when there is none. */
export function valueAt(object: Json | undefined, path: FieldPath): Json | undefined {
  let value = object;
  for (const step of path) {
    if (Array.isArray(value)) value = typeof step === 'number' ? value[step] : undefined;
    else value = isJsonObject(value) && Object.hasOwn(value, String(step)) ? value[String(step)] : undefined;
  }
  return value;
}

/**
 * The object without what is at the paths. Lists close up; a map that loses its last field goes too, so that an ignored annotation is the same
 * as no annotations. Nothing is changed in place.
 */
export function withoutPaths(object: JsonObject, paths: readonly FieldPath[]): JsonObject {
  if (paths.length === 0) return object;
  // A tree of what goes, so that positions in lists stay right whatever the order of the paths.
  const root: Removal = { children: new Map(), all: false };
  for (const path of paths) {
    let node = root;
    for (const step of path) {
      const child: Removal = node.children.get(step) ?? { children: new Map(), all: false };
      node.children.set(step, child);
      node = child;
    }
    node.all = true;
  }
  const result = remove(object, root);
  return isJsonObject(result) ? result : {};
}

interface Removal {
  readonly children: Map<string | number, Removal>;
  all: boolean;
}

function remove(value: Json | undefined, removal: Removal): Json | undefined {
  if (removal.all) return undefined;
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, i) => {
      const child = removal.children.get(i);
      const kept = child === undefined ? item : remove(item, child);
      return kept === undefined ? [] : [kept];
    });
  }
  if (!isJsonObject(value)) return value;
  const kept: Record<string, Json | undefined> = { ...value };
  for (const [step, child] of removal.children) {
    if (typeof step !== 'string' || !Object.hasOwn(kept, step)) continue;
    const left = remove(kept[step], child);
    if (left === undefined) delete kept[step];
    else kept[step] = left;
  }
  return Object.keys(kept).length === 0 && Object.keys(value).length > 0 ? undefined : kept;
}
