import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import { type Failure, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/**
 * A settings file: {"url": "https://…", "token": "…", "caFile": "ca.pem"}, every field optional, `caFile` relative to the file.
 * Valid if and only if it is such an object and only its owner can read it: it may hold the token, and a file that came with somebody
 * else's repository (Git writes 0644) must not decide where commands go.
 */
export interface SettingsFile {
  readonly path: string;
  readonly url?: string;
  readonly token?: string;
  readonly caFile?: string;
}

/** The file that `plumb serve` writes in the folder where it runs. */
export function folderSettingsPath(terminal: Terminal): string {
  return join(terminal.cwd, '.plumbline', 'cli.json');
}

/** The person's own settings: $XDG_CONFIG_HOME/plumbline/config.json. */
export function userSettingsPath(terminal: Terminal): string {
  return join(configHome(terminal), 'config.json');
}

/** $XDG_CONFIG_HOME/plumbline, or ~/.config/plumbline. */
export function configHome(terminal: Terminal): string {
  const xdg = terminal.env['XDG_CONFIG_HOME'];
  return join(xdg === undefined || xdg === '' ? join(terminal.home, '.config') : xdg, 'plumbline');
}

/** Reads a settings file; undefined when there is none. Fails (usage) when it is damaged or others can read it. */
export async function readSettingsFile(path: string): Promise<Result<SettingsFile | undefined, Failure>> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return ok(undefined);
  const isExposed = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
  if (isExposed)
    return usage(`${path} can be read by others, so it is not used`, `Make it yours alone (chmod 600 ${path}), or delete it.`);
  return parseSettings(await readFile(path, 'utf8'), path);
}

function parseSettings(text: string, path: string): Result<SettingsFile, Failure> {
  const damaged = (what: string) => usage(`${path}: ${what}`, 'It is JSON like {"url": "https://…", "token": "…"}.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return damaged('not an object');
  const fields: Record<string, string> = {};
  for (const name of ['url', 'token', 'caFile']) {
    const field = (value as Record<string, unknown>)[name]; // an object, checked above
    if (field === undefined) continue;
    if (typeof field !== 'string') return damaged(`${name} is not a text`);
    fields[name] = name === 'caFile' ? resolve(dirname(path), field) : field;
  }
  return ok({ path, ...fields });
}
