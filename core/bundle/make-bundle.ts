import { describeRef, keyOf, type Manifest, type ObjectKey, refOf } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { Bundle } from './bundle.ts';

/**
 * Makes a bundle of rendered objects: sorted by key, so that an engine that orders its output differently gives the same digest;
 * of two objects with one key the last wins with a warning, as in Argo CD (RepeatedResourceWarning).
 */
export function makeBundle(
  objects: readonly Manifest[],
  salt: string,
): { readonly bundle: Bundle; readonly warnings: readonly Problem[] } {
  const byKey = new Map<ObjectKey, Manifest>();
  const warnings: Problem[] = [];
  for (const object of objects) {
    const ref = refOf(object);
    const key = keyOf(ref);
    if (byKey.has(key))
      warnings.push(
        problem('manifest.duplicate', `${describeRef(ref)} is defined twice, the last definition is used`, {
          where: describeRef(ref),
        }),
      );
    byKey.set(key, object);
  }
  const sorted = [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
  return { bundle: { format: 1, salt, objects: sorted }, warnings };
}
