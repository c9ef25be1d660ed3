import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { type FieldPath, valueAt } from './pointer.ts';

/**
 * Which fields a jq expression of an ignore rule names. Argo CD deletes them with `del(expression)`, which is
 * `delpaths([path(expression)])`: so the program asks for the paths, of several inputs at once.
 */

/** A program whose input is a list of objects and whose one output is, for each, what readPaths reads. */
export function pathsProgram(expression: string): string {
  // The newline ends a comment at the end of the expression.
  return `map(try [path(${expression}\n)] catch {failed: tostring})`;
}

/** Paths as jq gave them for an object; a text says why it named none, undefined that it was no expression of paths. */
export function readPaths(answer: Json, object: JsonObject): FieldPath[] | string | undefined {
  if (isJsonObject(answer)) return typeof answer['failed'] === 'string' ? answer['failed'] : undefined;
  if (!Array.isArray(answer)) return undefined;
  const paths = answer.flatMap((path: Json) => (Array.isArray(path) ? expandSlices(object, path) : []));
  return paths.filter((path) => path.length > 0 && valueAt(object, path) !== undefined);
}

/** jq names a slice `.list[1:3]` by its ends; here each of its positions is a path. */
function expandSlices(object: Json, path: readonly Json[]): FieldPath[] {
  let paths: FieldPath[] = [[]];
  for (const step of path) {
    if (typeof step === 'string' || typeof step === 'number') {
      paths = paths.map((known) => [...known, step]);
    } else if (isJsonObject(step)) {
      paths = paths.flatMap((known) => {
        const list = valueAt(object, known);
        if (!Array.isArray(list)) return [];
        const end = typeof step['end'] === 'number' ? step['end'] : list.length;
        const start = typeof step['start'] === 'number' ? step['start'] : 0;
        const at = (position: number) => (position < 0 ? list.length + position : position);
        return list.flatMap((_, i) => (i >= at(start) && i < at(end) ? [[...known, i]] : []));
      });
    } else return [];
  }
  return paths;
}
