import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What `plumb login` keeps. */
export interface KeptSettings {
  readonly url: string;
  readonly token?: string;
  readonly caFile?: string;
}

/** Writes a settings file (settings-file.ts) that only its owner can read: whole or not at all, never over what others can read. */
export async function writeSettingsFile(path: string, settings: KeptSettings): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const made = `${path}.${process.pid}.new`;
  try {
    await writeFile(made, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(made, path);
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
}
