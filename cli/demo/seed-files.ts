import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const SEED = fileURLToPath(new URL('./seed/', import.meta.url));

/** The files of the demo's repository, whose definitions point at the given URL. */
export async function readSeed(repositoryUrl: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(SEED, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`.replaceAll('//', '/');
    files[path.slice(SEED.length)] = (await readFile(path, 'utf8')).replaceAll('__REPOSITORY__', repositoryUrl);
  }
  return files;
}
