import type { ObjectKey } from '../objects/object.ts';
import type { AppDiff } from './views.ts';

/** An object that differs between two sets of manifests; `from` is absent for what is new, `to` for what is gone. */
export interface ChangedManifest {
  readonly key: ObjectKey;
  readonly from?: string;
  readonly to?: string;
}

/** What differs between two sets of manifests, in the order of the later one; those that only the earlier one has are last. */
export function compareManifests(before: AppDiff['desired'], after: AppDiff['desired']): readonly ChangedManifest[] {
  const from = new Map(before.map(({ key, yaml }) => [key, yaml]));
  const to = new Map(after.map(({ key, yaml }) => [key, yaml]));
  return [...new Set([...to.keys(), ...from.keys()])].flatMap((key): readonly ChangedManifest[] => {
    const [a, b] = [from.get(key), to.get(key)];
    return a === b ? [] : [{ key, ...(a === undefined ? {} : { from: a }), ...(b === undefined ? {} : { to: b }) }];
  });
}
