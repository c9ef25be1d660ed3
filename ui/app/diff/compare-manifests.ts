import type { AppDiff } from '../../../core/api/views.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';

type Manifests = AppDiff['desired'];

/** What differs between two sets of manifests, by object, in the order of the later one; those that only the earlier one has are last. */
export function compareManifests(
  before: Manifests,
  after: Manifests,
): readonly { readonly key: ObjectKey; readonly from: string | undefined; readonly to: string | undefined }[] {
  const from = new Map(before.map(({ key, yaml }) => [key, yaml]));
  const to = new Map(after.map(({ key, yaml }) => [key, yaml]));
  return [...new Set([...to.keys(), ...from.keys()])]
    .filter((key) => from.get(key) !== to.get(key))
    .map((key) => ({ key, from: from.get(key), to: to.get(key) }));
}
