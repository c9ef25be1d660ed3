import { stripAnsi } from './ansi.ts';

/** The newest lines of a log, each with a number that never changes, so that a line keeps its place on the page. */
export interface LogBuffer {
  readonly lines: readonly LogLine[];
  /** How many were let go, oldest first, because there were too many. */
  readonly dropped: number;
}
export interface LogLine {
  readonly number: number;
  readonly text: string;
}

export const EMPTY_LOG: LogBuffer = { lines: [], dropped: 0 };

/** As many lines as a page holds. */
export const MOST_LINES = 5000;

/** The buffer with more lines at its end, bounded to `most`. */
export function addLines(buffer: LogBuffer, texts: readonly string[], most = MOST_LINES): LogBuffer {
  const first = buffer.dropped + buffer.lines.length;
  const all = [...buffer.lines, ...texts.map((text, i) => ({ number: first + i + 1, text }))];
  const over = Math.max(0, all.length - most);
  return { lines: over === 0 ? all : all.slice(over), dropped: buffer.dropped + over };
}

/** The lines in which a text occurs (without regard to case and colours); all of them for the empty text. */
export function findLines(lines: readonly LogLine[], text: string): readonly LogLine[] {
  const wanted = text.toLowerCase();
  return wanted === '' ? lines : lines.filter((line) => stripAnsi(line.text).toLowerCase().includes(wanted));
}

/** What is downloaded: plain text, a line each. */
export function toLogText(lines: readonly LogLine[]): string {
  return lines.map(({ text }) => `${stripAnsi(text)}\n`).join('');
}
