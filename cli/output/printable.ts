/** Control characters but tab and line feed, C1, and what changes the direction of text: a name from Git must not drive a terminal. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text of several lines that is safe to show. */
export function printable(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}

/** A text that is safe to show, on one line. */
export function printableLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

/** Cuts a line so that it takes at most `max` characters. */
export function cut(line: string, max: number): string {
  return line.length <= max ? line : `${line.slice(0, Math.max(0, max - 1))}…`;
}
