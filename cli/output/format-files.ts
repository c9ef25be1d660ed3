import { createTwoFilesPatch } from 'diff';
import type { Terminal } from '../terminal.ts';
import { printable, printableLine } from './printable.ts';

/** Texts that differ; `from` is absent for what is new, `to` for what is gone. */
export interface ChangedFile {
  readonly title: string;
  readonly from?: string;
  readonly to?: string;
}

const CONTEXT = 3;

/** Unified diffs below their titles, added and removed lines in their colours. */
export function formatFiles(files: readonly ChangedFile[], terminal: Terminal): string {
  return files
    .map(({ title, from, to }) => {
      const what = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed';
      const options = { context: CONTEXT };
      const patch = createTwoFilesPatch('a', 'b', printable(from ?? ''), printable(to ?? ''), undefined, undefined, options);
      // Four lines of names, which the title says already.
      const lines = patch
        .split('\n')
        .slice(3)
        .map((line) => paintLine(line, terminal));
      return `${terminal.paint('bold', `${what} ${printableLine(title)}`)}\n${lines.join('\n')}`;
    })
    .join('\n');
}

function paintLine(line: string, terminal: Terminal): string {
  if (line.startsWith('+')) return terminal.paint('green', line);
  if (line.startsWith('-')) return terminal.paint('red', line);
  return line.startsWith('@@') ? terminal.paint('cyan', line) : line;
}
