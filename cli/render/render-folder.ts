import type { RenderFile, RenderRequest, RenderResponse } from '../../core/render/render-types.ts';
import type { FolderTree } from './folder-tree.ts';

/** An engine that still asks for files after this many rounds is going in circles. */
const MAX_ROUNDS = 24;

export type RenderCall = (request: RenderRequest) => Promise<RenderResponse>;

/**
 * Renders a folder with the engine that the Worker uses: the App's own files and every link are sent at once, the rest of the tree by name, and its
 * contents when the engine asks for them.
 */
export async function renderFolder(request: RenderRequest, tree: FolderTree, call: RenderCall): Promise<RenderResponse> {
  const files = new Map<string, RenderFile>();
  const send = async (paths: Iterable<string>) => {
    for (const path of paths) if (tree.paths.has(path) && !files.has(path)) files.set(path, await tree.read(path));
  };
  const own = request.path === '' ? '' : `${request.path}/`;
  await send(
    [...tree.paths].flatMap(([path, kind]) => (kind === 'link' || path.startsWith(own) || path === request.path ? [path] : [])),
  );
  for (let round = 1; ; round++) {
    const known = [...tree.paths.keys()].filter((path) => !files.has(path));
    const answer = await call({ ...request, files: [...files.values()], known });
    const wanted = (answer.need ?? []).filter((path) => !files.has(path) && tree.paths.has(path));
    if (wanted.length === 0 || round === MAX_ROUNDS) return answer;
    await send(wanted);
  }
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Which engine a folder asks for, in Argo CD's order: a chart, an overlay, else plain manifests. */
export function detectEngine(tree: FolderTree, path: string): RenderRequest['engine'] {
  const has = (name: string) => tree.paths.has(path === '' ? name : `${path}/${name}`);
  if (has('Chart.yaml')) return 'helm';
  return KUSTOMIZATIONS.some(has) ? 'kustomize' : 'directory';
}
