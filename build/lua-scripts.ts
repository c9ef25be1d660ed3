/**
 * Argo CD's own health scripts, packed into one file (core/health/lua-scripts.ts has its form). They are taken from the module that Argo CD
 * publishes and kept outside of the tree:
 *
 *     $XDG_CACHE_HOME/plumbline/argo-health-<16 hex digits>.json    the digits are a hash of the module's name, version and sum
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import type { LuaScripts } from '../core/health/lua-scripts.ts';
import { cacheHome } from './go-build.ts';
import { type GoModule, goModule } from './go-module.ts';

export const ARGO_CD: GoModule = {
  path: 'github.com/argoproj/argo-cd/v3',
  version: 'v3.5.7',
  sum: 'h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=',
};

/** Fewer than this, and the module has changed its layout. */
const FEWEST = 200;

/** Gives the path of the file, making it unless it is there. Throws GoBuildError when the module cannot be had. */
export async function buildLuaScripts(): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([1, ARGO_CD]))
    .digest('hex')
    .slice(0, 16);
  const file = join(cacheHome(), 'plumbline', `argo-health-${key}.json`);
  const isThere = await readFile(file).then(
    () => true,
    () => false,
  );
  if (isThere) return file;
  const scripts = await readScripts(join(await goModule(ARGO_CD), 'resource_customizations'));
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.${randomUUID()}`;
  await writeFile(unfinished, JSON.stringify(scripts));
  await rename(unfinished, file);
  return file;
}

/** The scripts in a folder of Argo CD's layout, `<group>/<Kind>/health.lua`, in the order of their names. */
async function readScripts(root: string): Promise<LuaScripts> {
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('/health.lua')).sort();
  if (files.length < FEWEST) throw new Error(`only ${files.length} health scripts were found in ${ARGO_CD.path}`);
  const entries = files.map(async (file) => [dirname(file), await readFile(join(root, file), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries));
}
