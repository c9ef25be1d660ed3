import type { AppDiff } from '../../core/api/views.ts';
import { describeKey } from '../../core/objects/object.ts';
import type { ChangedFile } from '../output/format-files.ts';

/** Objects in which what a pin or an approval holds back differs from what is delivered, by name; Secrets are masked in both. */
export function computeNextChanges({ desired, next = desired }: AppDiff): readonly ChangedFile[] {
  const before = new Map(desired.map(({ key, yaml }) => [key, yaml]));
  const after = new Map(next.map(({ key, yaml }) => [key, yaml]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key): readonly ChangedFile[] => {
    const [from, to] = [before.get(key), after.get(key)];
    if (from === to) return [];
    const title = describeKey(key);
    return [{ title, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  });
}

/** `changed Deployment shop/web`, a line each. */
export function describeChanges(changes: readonly ChangedFile[]): string {
  return changes
    .map(({ title, from, to }) => `  ${from === undefined ? 'add' : to === undefined ? 'remove' : 'change'} ${title}`)
    .join('\n');
}
