import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLUMB = fileURLToPath(new URL('../../cli/plumb.mjs', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Options {
  readonly cwd?: string;
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Is given everything that was written so far, and may end the process. */
  onOutput?(out: string, child: ChildProcess): void;
  /** The same of standard error. */
  onError?(text: string): void;
}

/** Runs the command line as a person would, in a home of its own; nothing of this machine's settings is seen. */
export async function runPlumb(args: readonly string[], options: Options = {}): Promise<Run> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'plumb-run-')));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, ...options.env };
  const child = spawn(process.execPath, [PLUMB, ...args], { cwd: options.cwd ?? home, env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    options.onOutput?.(out, child);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    options.onError?.(err);
  });
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}
