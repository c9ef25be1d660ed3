import { structuredPatch } from 'diff';

/** A line of a unified diff. `from` and `to` are line numbers, where the line exists. */
export interface DiffLine {
  readonly kind: 'same' | 'add' | 'remove' | 'gap';
  readonly text: string;
  readonly from?: number;
  readonly to?: number;
}

const CONTEXT = 3;

/** What differs between two texts, line by line, with a few lines around; gaps stand for what is the same. Empty when nothing differs. */
export function computeDiffLines(from: string, to: string, context = CONTEXT): readonly DiffLine[] {
  const { hunks } = structuredPatch('', '', from, to, '', '', { context });
  return hunks.flatMap((hunk, index) => {
    let before = hunk.oldStart;
    let after = hunk.newStart;
    const lines = hunk.lines.flatMap((line): readonly DiffLine[] => {
      const text = line.slice(1);
      if (line.startsWith('+')) return [{ kind: 'add', text, to: after++ }];
      if (line.startsWith('-')) return [{ kind: 'remove', text, from: before++ }];
      // `\ No newline at end of file` is about the file, not in it.
      if (line.startsWith('\\')) return [];
      return [{ kind: 'same', text, from: before++, to: after++ }];
    });
    const isGap = index > 0 || hunk.oldStart > 1;
    return isGap ? [{ kind: 'gap', text: `from line ${hunk.newStart}` }, ...lines] : lines;
  });
}

export function countChanges(lines: readonly DiffLine[]): { readonly added: number; readonly removed: number } {
  const count = (kind: DiffLine['kind']) => lines.filter((line) => line.kind === kind).length;
  return { added: count('add'), removed: count('remove') };
}
