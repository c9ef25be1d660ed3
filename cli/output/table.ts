import { stripVTControlCharacters } from 'node:util';
import type { Colour, Terminal } from '../terminal.ts';
import { cut, printableLine } from './printable.ts';

/** A cell: text from anywhere, made safe here, and its colour. */
export type Cell = string | number | { readonly text: string; readonly colour: Colour | undefined };

const EDGES = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
] as const;
const NO_EDGES = Object.fromEntries(EDGES.map((name) => [name, name === 'middle' ? '  ' : '']));
const NARROWEST = 20;

/** Columns for people, ending in a line feed. On a terminal the last column is cut so that a row stays on its line; in a pipe nothing is. */
export async function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal,
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const last = head.length - 1;
  const texts = rows.map((row) => row.map((cell) => printableLine(String(typeof cell === 'object' ? cell.text : cell))));
  const widths = head.slice(0, last).map((name, i) => Math.max(name.length, ...texts.map((row) => row[i]?.length ?? 0)) + 2);
  const room = terminal.columns === undefined ? Number.POSITIVE_INFINITY : terminal.columns - widths.reduce((a, b) => a + b, 0);
  const table = new Table({
    head: head.map((name) => terminal.paint('bold', name)),
    chars: NO_EDGES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const [i, row] of rows.entries()) {
    table.push(
      row.map((cell, j) => {
        const text = texts[i]?.[j] ?? '';
        const fitted = j === last ? cut(text, Math.max(NARROWEST, room)) : text;
        return typeof cell === 'object' && cell.colour !== undefined ? terminal.paint(cell.colour, fitted) : fitted;
      }),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => (stripVTControlCharacters(line).endsWith(' ') ? line.trimEnd() : line))
    .map((line) => `${line}\n`)
    .join('');
}

/** `Name:  value` lines, values aligned; those without a value are left out. */
export function formatFields(fields: readonly (readonly [name: string, value: Cell | undefined])[], terminal: Terminal): string {
  const shown = fields.filter((field): field is readonly [string, Cell] => field[1] !== undefined && field[1] !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 3;
  return shown
    .map(([name, cell]) => {
      const text = printableLine(String(typeof cell === 'object' ? cell.text : cell));
      const painted = typeof cell === 'object' && cell.colour !== undefined ? terminal.paint(cell.colour, text) : text;
      return `${terminal.paint('bold', `${name}:`.padEnd(width))}${painted}\n`;
    })
    .join('');
}
