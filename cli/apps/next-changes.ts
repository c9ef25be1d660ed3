import { compareManifests } from '../../core/api/compare-manifests.ts';
import type { AppDiff } from '../../core/api/views.ts';
import { describeKey } from '../../core/objects/object.ts';
import type { ChangedFile } from '../output/format-files.ts';

/** Objects in which what a pin or an approval holds back differs from what is delivered, by name; Secrets are masked in both. */
export function computeNextChanges({ desired, next = desired }: AppDiff): readonly ChangedFile[] {
  return compareManifests(desired, next)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, ...texts }) => ({ title: describeKey(key), ...texts }));
}

/** `changed Deployment shop/web`, a line each. */
export function describeChanges(changes: readonly ChangedFile[]): string {
  return changes
    .map(({ title, from, to }) => `  ${from === undefined ? 'add' : to === undefined ? 'remove' : 'change'} ${title}`)
    .join('\n');
}
