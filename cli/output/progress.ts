import { stripVTControlCharacters } from 'node:util';
import type { Live, Terminal } from '../terminal.ts';
import { cut, printableLine } from './printable.ts';

/** One thing that goes on: a line about it, and what is below it. */
export interface ProgressItem {
  readonly name: string;
  readonly line: string;
  readonly details: readonly string[];
}

/**
 * Shows on standard error how something goes on. A person at a terminal sees the state of now, drawn over the one before; everybody else (CI, a
 * file, TERM=dumb) gets a line for each change, and never a control character.
 */
export interface Progress {
  /** The whole state of now. */
  show(items: readonly ProgressItem[]): void;
  /** What was shown stays where it is; what is written next comes below. */
  end(): void;
}

/** Rows that are left for the prompt. */
const MARGIN = 2;

/** Drawn over where the terminal can, else a line for each change; nothing at all when `quiet`. */
export function createProgress(terminal: Terminal, options: { readonly quiet: boolean }): Progress {
  if (options.quiet) return { show: () => {}, end: () => {} };
  return terminal.live === undefined ? plainProgress(terminal) : liveProgress(terminal.live);
}

function plainProgress(terminal: Terminal): Progress {
  const said = new Map<string, string>();
  return {
    show(items) {
      for (const { name, line, details } of items) {
        const text = [line, ...details].join('; ');
        const gist = withoutTimes(text);
        if (said.get(name) !== gist) terminal.say(printableLine(text));
        said.set(name, gist);
      }
    },
    end: () => {},
  };
}

/** A time that goes on counting is no change. */
function withoutTimes(text: string): string {
  return text.replace(/\b\d+(\.\d+)? ?(ms|s|m|min|h|d)\b/g, '');
}

function liveProgress(live: Live): Progress {
  let drawn: readonly string[] = [];
  return {
    show(items) {
      const lines = items.flatMap(({ line, details }) => [
        fitLine(line, live),
        ...details.map((one) => live.gray(fitLine(`  ${one}`, live))),
      ]);
      const room = Math.max(1, live.rows() - MARGIN);
      const shown =
        lines.length <= room ? lines : [...lines.slice(0, room - 1), live.gray(`… ${lines.length - room + 1} more lines`)];
      if (shown.length === drawn.length && shown.every((line, i) => line === drawn[i])) return;
      // Up to the first line of before, and clear from there: what is drawn over cannot leave anything behind.
      const up = drawn.length === 0 ? '' : `\u001b[${drawn.length}F\u001b[J`;
      live.draw(`${up}${shown.map((line) => `${line}\n`).join('')}`);
      drawn = shown;
    },
    end() {
      drawn = [];
    },
  };
}

function fitLine(line: string, live: Live): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return cut(`${indent}${printableLine(stripVTControlCharacters(line))}`, live.columns() - 1);
}
