import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { RenderFile } from '../../core/render/render-types.ts';

/** What is not in a commit, or never read from one. */
const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** A folder on disk as a render sees a repository: paths are relative to its root, with slashes. */
export interface FolderTree {
  /** Every file and link, by path. */
  readonly paths: ReadonlyMap<string, 'file' | 'link'>;
  read(path: string): Promise<RenderFile>;
}

/** Lists a folder without following links; contents are read when they are asked for. */
export async function listFolder(root: string): Promise<FolderTree> {
  const paths = new Map<string, 'file' | 'link'>();
  const queue = [''];
  for (let dir = queue.shift(); dir !== undefined; dir = queue.shift()) {
    for (const entry of await readdir(join(root, dir), { withFileTypes: true })) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) queue.push(path);
      else if (entry.isSymbolicLink()) paths.set(path, 'link');
      else if (entry.isFile()) paths.set(path, 'file');
    }
  }
  return {
    paths,
    async read(path) {
      const at = join(root, path);
      if (paths.get(path) === 'link') return { path, content: Buffer.from(await readlink(at)), mode: 'link' };
      return { path, content: await readFile(at) };
    },
  };
}

/** The root of the repository that holds a folder: the nearest one above with `.git`, else the folder itself. */
export async function findRoot(folder: string): Promise<string> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if ((await stat(join(at, '.git')).catch(() => undefined)) !== undefined) return at;
    if (dirname(at) === at) return resolve(folder);
  }
}

/** The path of something below a root, with slashes and '' for the root itself; undefined when it lies outside. */
export function pathBelow(root: string, at: string): string | undefined {
  const path = relative(root, at).split(sep).join('/');
  return path === '..' || path.startsWith('../') || /^[A-Za-z]:/.test(path) ? undefined : path;
}
