import { diffLines, type Hunk, toLines } from './diff-lines.ts';

/** Both sides' hunks that touch the same lines of the base. */
interface Region {
  readonly from: number;
  readonly to: number;
  readonly ours: readonly Hunk[];
  readonly theirs: readonly Hunk[];
}

/**
 * Merges two changes of one text as `git merge-file` does: what only one side changed is taken from it, what both changed alike is taken once.
 * Changes that overlap, or stand side by side without an unchanged line between them, are a conflict: undefined.
 */
export function mergeLines(base: string, ours: string, theirs: string): string | undefined {
  if (ours === base || ours === theirs) return theirs;
  if (theirs === base) return ours;
  const [baseLines, ourLines, theirLines] = [toLines(base), toLines(ours), toLines(theirs)];
  const ourHunks = diffLines(baseLines, ourLines);
  const theirHunks = diffLines(baseLines, theirLines);
  if (ourHunks === undefined || theirHunks === undefined) return undefined;
  const merged: string[] = [];
  let at = 0;
  for (const region of toRegions(ourHunks, theirHunks)) {
    merged.push(...baseLines.slice(at, region.from));
    const mine = sideOf(region, region.ours, ourLines, baseLines);
    const other = sideOf(region, region.theirs, theirLines, baseLines);
    if (region.ours.length > 0 && region.theirs.length > 0 && mine.join('') !== other.join('')) return undefined;
    merged.push(...(region.ours.length > 0 ? mine : other));
    at = region.to;
  }
  return [...merged, ...baseLines.slice(at)].join('');
}

function toRegions(ours: readonly Hunk[], theirs: readonly Hunk[]): Region[] {
  const all = [
    ...ours.map((hunk) => ({ hunk, side: 'ours' as const })),
    ...theirs.map((hunk) => ({ hunk, side: 'theirs' as const })),
  ];
  all.sort((a, b) => a.hunk.from - b.hunk.from || a.hunk.to - b.hunk.to);
  const regions: Region[] = [];
  for (const { hunk, side } of all) {
    const last = regions.at(-1);
    const none = { ours: [], theirs: [] };
    if (last === undefined || hunk.from > last.to) regions.push({ from: hunk.from, to: hunk.to, ...none, [side]: [hunk] });
    else regions[regions.length - 1] = { ...last, to: Math.max(last.to, hunk.to), [side]: [...last[side], hunk] };
  }
  return regions;
}

/** What a side has in a region of the base. */
function sideOf(region: Region, hunks: readonly Hunk[], lines: readonly string[], base: readonly string[]): readonly string[] {
  const [first] = hunks;
  const last = hunks.at(-1);
  if (first === undefined || last === undefined) return base.slice(region.from, region.to);
  return lines.slice(first.start - (first.from - region.from), last.end + (region.to - last.to));
}
