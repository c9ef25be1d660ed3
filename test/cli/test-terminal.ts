import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Terminal } from '../../cli/terminal.ts';

/** A terminal that nobody looks at, in an empty home; `written` is what went to standard output. */
export async function createTestTerminal(
  env: Readonly<Record<string, string>> = {},
  columns?: number,
): Promise<Terminal & { readonly written: string[] }> {
  const home = await mkdtemp(join(tmpdir(), 'plumb-home-'));
  const cwd = join(home, 'here');
  await mkdir(cwd);
  const written: string[] = [];
  return {
    env,
    cwd,
    home,
    isTty: columns !== undefined,
    canAsk: false,
    columns,
    live: undefined,
    written,
    out: (text) => void written.push(text),
    say: () => {},
    paint: (_colour, text) => text,
    ask: async () => '',
    readInput: async () => '',
  };
}

/** Writes a file that only its owner can read, with its folders. */
export async function writePrivate(path: string, content: unknown, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
}
