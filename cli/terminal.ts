import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { printable } from './output/printable.ts';

export type Colour = 'bold' | 'gray' | 'green' | 'yellow' | 'red' | 'cyan';

/** Where a person looks on: standard error, when it is a terminal that can go up a line. */
export interface Live {
  columns(): number;
  rows(): number;
  /** Writes as it is. */
  draw(text: string): void;
  gray(text: string): string;
}

/** Where a command reads and writes: the process, seen from one place. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** True when a person reads what is written. */
  readonly isTty: boolean;
  /** True when a person can be asked. */
  readonly canAsk: boolean;
  /** Columns of the terminal; undefined when nobody looks. */
  readonly columns: number | undefined;
  /** Standard error as a place to draw on; undefined when it is none: a pipe, a file, CI, TERM=dumb. */
  readonly live: Live | undefined;
  /** Writes to standard output as it is: escape what comes from outside (output/printable.ts) unless it is data. */
  out(text: string): void;
  /** Writes lines to standard error, made safe to look at. */
  say(text: string): void;
  /** Colours a text for standard output; plain where NO_COLOR is set or nobody looks. */
  paint(colour: Colour, text: string): string;
  ask(question: string): Promise<string>;
  /** All of standard input, without the line feed at its end. */
  readInput(): Promise<string>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  // A reader that went away (`plumb … | head`) is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    isTty: stdout.isTTY === true,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.isTTY === true ? stdout.columns : undefined,
    live: canDraw(process.env, stderr.isTTY === true)
      ? {
          columns: () => stderr.columns || 80,
          rows: () => stderr.rows || 24,
          draw: (text) => void stderr.write(text),
          gray: (text) => styleText('gray', text, { stream: stderr }),
        }
      : undefined,
    out: (text) => void stdout.write(text),
    say: (text) => void stderr.write(`${printable(text)}\n`),
    paint: (colour, text) => styleText(colour, text, { stream: stdout }),
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    async readInput() {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Buffer); // no encoding is set, so chunks are buffers
      return Buffer.concat(chunks)
        .toString('utf8')
        .replace(/\r?\n$/, '');
    },
  };
}

/** Whether lines can be drawn over: at a terminal, unless it says that it cannot, or a build machine only pretends to be one. */
export function canDraw(env: Terminal['env'], isTty: boolean): boolean {
  const isCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  return isTty && !isCi && env['TERM'] !== 'dumb';
}
