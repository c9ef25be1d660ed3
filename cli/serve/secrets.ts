import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What an installation must not lose: without `secret` nothing that is stored can be opened. */
export interface Secrets {
  readonly secret: string;
  readonly apiToken: string;
}

/** Reads the installation's secrets from its data folder, or makes them on the first start; readable by the owner only. */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const file = join(dataDir, 'secrets.json');
  const had = await readFile(file, 'utf8').catch(() => undefined);
  if (had !== undefined) return parseSecrets(had, file);
  const made: Secrets = { secret: randomBytes(32).toString('hex'), apiToken: randomBytes(24).toString('base64url') };
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
  return made;
}

function parseSecrets(text: string, file: string): Secrets {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'secret' in value && 'apiToken' in value) {
    const { secret, apiToken } = value;
    if (typeof secret === 'string' && typeof apiToken === 'string') return { secret, apiToken };
  }
  throw new Error(`${file} is damaged: restore it from a backup, or delete the data folder to begin anew`);
}
