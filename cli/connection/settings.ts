import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { err, ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { folderSettingsPath, readSettingsFile, type SettingsFile, userSettingsPath } from './settings-file.ts';

/**
 * Which Worker a command speaks to, and with which token. The URL is the first of
 *
 *   1. --url   2. PLUMBLINE_URL   3. .plumbline/cli.json in the current folder   4. ~/.config/plumbline/config.json
 *
 * The token is the first of --token, --token-file, PLUMBLINE_API_TOKEN, and the file whose URL it is. A token never leaves for another place than it
 * was given for: a file's token is used with that file's URL only, and the variable never with the URL of the current folder's file.
 */
export interface Settings {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string | undefined;
  readonly caFile: string | undefined;
}

/** What was given on the command line. */
export interface ConnectionFlags {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

/** Decides which Worker is meant. Fails (usage) when no URL is known, one is not http(s), or a file cannot be used. */
export async function resolveSettings(flags: ConnectionFlags, terminal: Terminal): Promise<Result<Settings, Failure>> {
  if (flags.token !== undefined && flags.tokenFile !== undefined)
    return usage('--token and --token-file say the same thing: give one of them');
  const explicit = flags.url ?? nonEmpty(terminal.env['PLUMBLINE_URL']);
  const folder = await readSettingsFile(folderSettingsPath(terminal));
  // A file that cannot be used matters only when it would be.
  if (!folder.ok && explicit === undefined) return folder;
  const user = await readSettingsFile(userSettingsPath(terminal));
  if (!user.ok) return user;
  const inFolder = folder.ok ? folder.value : undefined;
  const url = normaliseUrl(explicit ?? inFolder?.url ?? user.value?.url);
  if (!url.ok) return url;
  const isFolders = explicit === undefined && inFolder?.url !== undefined;
  const file = [inFolder, user.value].find((one) => isSameWorker(one, url.value));
  const given = await givenToken(flags, terminal);
  if (!given.ok) return given;
  const variable = isFolders ? undefined : nonEmpty(terminal.env['PLUMBLINE_API_TOKEN']);
  const caFile = flags.caFile ?? nonEmpty(terminal.env['PLUMBLINE_CA_FILE']);
  return ok({
    url: url.value,
    token: given.value ?? variable ?? file?.token,
    caFile: caFile === undefined ? file?.caFile : resolve(terminal.cwd, caFile),
  });
}

async function givenToken(flags: ConnectionFlags, terminal: Terminal): Promise<Result<string | undefined, Failure>> {
  if (flags.tokenFile === undefined) return ok(flags.token);
  const path = resolve(terminal.cwd, flags.tokenFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return usage(`the token file ${path} cannot be read`);
  const token = text.trim();
  return token === '' ? usage(`the token file ${path} is empty`) : ok(token);
}

function isSameWorker(file: SettingsFile | undefined, url: string): boolean {
  const own = normaliseUrl(file?.url);
  return own.ok && own.value === url;
}

function normaliseUrl(text: string | undefined): Result<string, Failure> {
  if (text === undefined) {
    return err({
      exit: EXIT.usage,
      message: 'no Worker is named',
      fix: 'Give --url or PLUMBLINE_URL, or run this where `plumb serve` runs.',
    });
  }
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return usage('the URL of the Worker is not an http(s) URL');
  if (url.username !== '' || url.password !== '')
    return usage('the URL of the Worker holds credentials', 'Give the token with --token-file or PLUMBLINE_API_TOKEN.');
  return ok(`${url.origin}${url.pathname}`.replace(/\/+$/, ''));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
