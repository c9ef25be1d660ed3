import { parse } from 'yaml';
import { sha256Hex } from '../../../core/bundle/bundle-digest.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import type { RenderProblem, RenderRequest, RenderResponse } from '../../../core/render/render-types.ts';
import { ok } from '../../../core/result.ts';
import type { Renderer } from '../../../src/render/call-renderer.ts';
import type { CommitTree, TreeEntry } from '../../../src/render/commit-tree.ts';

/** The tree of a commit in memory: text is a file's content, `{ link }` a link, `null` a submodule. */
export type Tree = Readonly<Record<string, string | { readonly link: string } | null>>;

export function treeOf(files: Tree): CommitTree & { readonly lookups: string[] } {
  const entries = new Map<string, TreeEntry>();
  for (const [path, content] of Object.entries(files)) {
    const kind = content === null ? 'submodule' : typeof content === 'string' ? 'file' : 'link';
    entries.set(path, { path, kind, oid: sha256Hex(JSON.stringify(content)) });
    const names = path.split('/');
    for (let i = 1; i < names.length; i++) {
      const dir = names.slice(0, i).join('/');
      entries.set(dir, { path: dir, kind: 'dir', oid: '' });
    }
  }
  const lookups: string[] = [];
  return {
    lookups,
    async lookup(path) {
      lookups.push(path);
      return path === '' ? { path, kind: 'dir', oid: '' } : entries.get(path);
    },
    async list(dir, { recursive }) {
      const below = [...entries.values()].filter(({ path }) => dir === '' || path.startsWith(`${dir}/`));
      return below.filter(({ path }) => recursive || !path.slice(dir === '' ? 0 : dir.length + 1).includes('/'));
    },
    async read(path) {
      const content = files[path];
      const text = typeof content === 'object' ? (content?.link ?? '') : (content ?? '');
      return ok(new TextEncoder().encode(text));
    },
  };
}

/**
 * An engine that follows render-types: it sees what it was sent, asks for what is known and was not sent, and says what it looked at.
 * `kustomize`: the `resources` of kustomization.yaml, files or folders; `directory` and `helm`: every file below the path. A file is one object.
 */
export function createEngine(): { readonly requests: RenderRequest[]; version: string; readonly renderer: Renderer } {
  const requests: RenderRequest[] = [];
  const engine = { requests, version: 'v1' };
  return Object.assign(engine, {
    renderer: {
      version: async () => ok(engine.version),
      async render(request: RenderRequest) {
        requests.push(request);
        return ok(answer(request));
      },
    },
  });
}

export function answer(request: RenderRequest): RenderResponse {
  const files = new Map(request.files.map((file) => [file.path, new TextDecoder().decode(file.content)]));
  const links = new Map(request.files.filter(({ mode }) => mode === 'link').map(({ path }) => [path, files.get(path) ?? '']));
  const all = [...files.keys(), ...(request.known ?? [])];
  const reads = { files: new Set<string>(), dirs: new Set<string>(), missing: new Set<string>(), probed: new Set<string>() };
  const need = new Set<string>();
  const objects: JsonObject[] = [];
  let failure: RenderProblem | undefined;

  const present = new Set(all);
  const isFolder = (path: string) => all.some((file) => path === '' || file.startsWith(`${path}/`));
  const read = (path: string): string | undefined => {
    const target = links.get(path);
    if (target !== undefined) {
      reads.files.add(path);
      return read(join(path.slice(0, Math.max(path.lastIndexOf('/'), 0)), target));
    }
    if (present.has(path)) {
      reads.files.add(path);
      if (!files.has(path)) need.add(path);
      return files.get(path) ?? '';
    }
    reads.missing.add(path);
    return undefined;
  };
  const load = (path: string): void => {
    const text = read(path);
    if (text === undefined) failure = { code: 'render.kustomize', message: 'there is no such file', file: path };
    else if (text !== '') objects.push(parse(text) as JsonObject); // the fixtures hold objects only
  };
  const build = (dir: string): void => {
    const text = read(join(dir, 'kustomization.yaml'));
    if (text === undefined) {
      failure = { code: 'render.no_kustomization', message: 'there is no kustomization', file: dir };
      return;
    }
    for (const resource of (parse(text) as { resources?: string[] } | null)?.resources ?? []) {
      const path = join(dir, resource);
      if (links.has(path)) build(join(dir, links.get(path) ?? ''));
      else if (isFolder(path)) {
        reads.probed.add(path);
        build(path);
      } else load(path);
    }
  };

  if (request.engine === 'kustomize') build(request.path);
  else {
    reads.dirs.add(request.path);
    for (const path of all.filter((file) => request.path === '' || file.startsWith(`${request.path}/`))) load(path);
  }
  const lists = {
    files: [...reads.files],
    dirs: [...reads.dirs],
    missing: [...reads.missing],
    probed: [...reads.probed],
  };
  const common = { reads: lists, warnings: [], chance: [], steps: 1, memory: 1 };
  if (need.size > 0) return { ...common, need: [...need] };
  return failure === undefined ? { ...common, objects } : { ...common, problem: failure };
}

function join(dir: string, relative: string): string {
  const names = dir === '' ? [] : dir.split('/');
  for (const name of relative.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '.' && name !== '') names.push(name);
  }
  return names.join('/');
}
