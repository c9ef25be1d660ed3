import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PLUMB = fileURLToPath(new URL('../../cli/plumb.mjs', import.meta.url));

export interface Screen {
  readonly code: number | null;
  /** Everything that was written to the terminal, escape sequences and all. */
  readonly raw: string;
  /** What a person sees at the end, line by line. */
  readonly lines: readonly string[];
}

export interface TerminalOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** Is given what was written so far; what it gives is typed. */
  onOutput?(raw: string): string | undefined;
}

/** Runs `plumb` in a pseudo-terminal of its own (script(1) of util-linux), as somebody who sits before it. */
export async function runInTerminal(args: readonly string[], options: TerminalOptions): Promise<Screen> {
  const { home, columns = 100, env = {} } = options;
  const quoted = [process.execPath, PLUMB, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const line = `stty cols ${columns} rows 30; exec ${quoted}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
  });
  let raw = '';
  child.stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString();
    const typed = options.onOutput?.(raw);
    if (typed !== undefined) child.stdin.write(typed);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, raw, lines: render(raw) };
}

/**
 * What is on the screen after these bytes: enough of a terminal for a program that writes lines, goes up to the first of them
 * (CSI n F) or to a column (CSI n G, Node's prompt), clears to the end (CSI J) and paints. Anything else is an error of the program under test.
 */
export function render(raw: string): readonly string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [token, , count, kind] of raw.matchAll(/\u001b\[([?\d;]*?)(\d*)([A-Za-z])|[\s\S]/g)) {
    if (kind === 'm' || token === '\u0007') continue;
    if (kind === 'F') [row, column] = [Math.max(0, row - Number(count || 1)), 0];
    else if (kind === 'G') column = Number(count || 1) - 1;
    else if (kind === 'J') {
      lines.splice(row + 1);
      lines[row] = (lines[row] ?? '').slice(0, column);
    } else if (kind !== undefined || token === '\u001b') throw new Error(`unexpected escape sequence ${JSON.stringify(token)}`);
    else if (token === '\r') column = 0;
    else if (token === '\n') {
      row++;
      lines[row] ??= '';
    } else {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + token + line.slice(column + 1);
      column++;
    }
  }
  return lines.map((line) => line.trimEnd());
}
