import { parse } from 'yaml';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { MAX_REQUEST_BYTES, type RenderFile } from '../../core/render/render-types.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { CommitTree, TreeEntry } from './commit-tree.ts';
import { KUSTOMIZATION_NAMES } from './detect-engine.ts';

/** The files that an engine will probably want. It asks for what is missing, so a wrong guess costs a round, never correctness. */
export interface Gathered {
  readonly files: Map<string, RenderFile>;
  /** Paths that exist and were not sent. */
  readonly known: Set<string>;
  bytes: number;
}

export function emptyGathered(): Gathered {
  return { files: new Map(), known: new Set(), bytes: 0 };
}

/** Adds paths to what is sent: files and links as they are, of a folder everything below. Fails when it gets too large. */
export async function addPaths(tree: CommitTree, gathered: Gathered, paths: readonly string[]): Promise<Result<true, Problem>> {
  for (const path of paths) {
    const entry = path === '' ? { path, kind: 'dir' as const, oid: '' } : await tree.lookup(path);
    if (entry === undefined) continue;
    const entries = entry.kind === 'dir' ? await tree.list(path, { recursive: true }) : [entry];
    for (const one of entries) {
      const added = await addEntry(tree, gathered, one);
      if (!added.ok) return added;
    }
  }
  return ok(true);
}

async function addEntry(tree: CommitTree, gathered: Gathered, entry: TreeEntry): Promise<Result<true, Problem>> {
  if ((entry.kind !== 'file' && entry.kind !== 'link') || gathered.files.has(entry.path)) return ok(true);
  const content = await tree.read(entry.path);
  if (!content.ok) return content;
  gathered.bytes += content.value.length;
  if (gathered.bytes > MAX_REQUEST_BYTES)
    return err(
      problem('render.limit_memory', `the files of this App are larger than ${MAX_REQUEST_BYTES >> 20} MB together`, {
        where: entry.path,
      }),
    );
  gathered.files.set(entry.path, {
    path: entry.path,
    content: content.value,
    ...(entry.kind === 'link' ? { mode: 'link' as const } : {}),
  });
  gathered.known.delete(entry.path);
  return ok(true);
}

/**
 * Follows kustomizations from a folder: of each its own files, and of every text in its kustomization.yaml that names a path of the tree, that
 * path — a folder is followed in turn. Which field the text stands in does not matter: bases, resources, patches and generators all look alike.
 */
export async function gatherKustomize(
  tree: CommitTree,
  gathered: Gathered,
  start: readonly string[],
): Promise<Result<true, Problem>> {
  const queue = [...start];
  const seen = new Set(queue);
  for (let dir = queue.shift(); dir !== undefined; dir = queue.shift()) {
    const entries = await tree.list(dir, { recursive: false });
    for (const entry of entries) {
      // A folder is known by what is sent of it; a link must be sent, for what is known only by name counts as a file.
      if (entry.kind === 'file' && !gathered.files.has(entry.path)) gathered.known.add(entry.path);
      const isWanted = entry.kind === 'link' || /\.(ya?ml|json|env|properties)$/i.test(entry.path) || isKustomization(entry.path);
      if (!isWanted) continue;
      const added = await addEntry(tree, gathered, entry);
      if (!added.ok) return added;
    }
    const file = entries.find((entry) => isKustomization(entry.path));
    const content = file === undefined ? undefined : gathered.files.get(file.path)?.content;
    for (const text of content === undefined ? [] : pathsNamedIn(content)) {
      const path = resolve(dir, text);
      const entry = path === undefined || path === '' ? undefined : await tree.lookup(path);
      if (path === undefined || entry === undefined) continue;
      if (entry.kind === 'dir' && !seen.has(path)) {
        seen.add(path);
        queue.push(path);
      }
      const added = entry.kind === 'dir' ? ok(true as const) : await addEntry(tree, gathered, entry);
      if (!added.ok) return added;
    }
  }
  return ok(true);
}

const isKustomization = (path: string) => KUSTOMIZATION_NAMES.includes(path.slice(path.lastIndexOf('/') + 1));

/** Every text of a YAML document that could be a relative path. A document that does not parse names none: the engine will say why. */
function pathsNamedIn(content: Uint8Array): string[] {
  const found = new Set<string>();
  const walk = (value: unknown, depth: number): void => {
    if (depth > 10) return;
    if (typeof value === 'string' && value.length < 1024 && !value.includes('\n') && !value.includes('://'))
      found.add(value.slice(value.indexOf('=') + 1));
    else if (Array.isArray(value)) for (const item of value) walk(item, depth + 1);
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) walk(item, depth + 1);
  };
  try {
    walk(parse(new TextDecoder().decode(content), { maxAliasCount: 100, logLevel: 'silent' }), 0);
  } catch {
    return [];
  }
  return [...found];
}

/** Resolves a relative path inside the repository; undefined when it leads out of it. */
export function resolve(dir: string, relative: string): string | undefined {
  const segments = relative.startsWith('/') || dir === '' ? [] : dir.split('/');
  for (const segment of relative.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join('/');
}
