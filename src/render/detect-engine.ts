import type { AppRender } from '../../core/app/app.ts';
import type { Read } from '../platform/ports.ts';
import type { CommitTree } from './commit-tree.ts';

export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/**
 * Which engine renders a path, by what is in it: Chart.yaml → helm, a kustomization → kustomize, else plain manifests.
 * The order is Argo CD's (util/app/discovery). The names that were looked for are reads: when one appears, the answer may change.
 */
export async function detectEngine(
  tree: CommitTree,
  path: string,
  wanted: AppRender['engine'],
): Promise<{ readonly engine: 'directory' | 'kustomize' | 'helm'; readonly reads: readonly Read[] }> {
  if (wanted !== 'auto') return { engine: wanted, reads: [] };
  const names = new Set(
    (await tree.list(path, { recursive: false })).map((entry) => entry.path.slice(path === '' ? 0 : path.length + 1)),
  );
  const reads: Read[] = [];
  for (const [name, engine] of [['Chart.yaml', 'helm'], ...KUSTOMIZATION_NAMES.map((name) => [name, 'kustomize'])] as const) {
    const at = path === '' ? String(name) : `${path}/${name}`;
    const found = names.has(String(name));
    reads.push({ kind: found ? 'probed' : 'missing', path: at });
    if (found) return { engine: engine === 'helm' ? 'helm' : 'kustomize', reads };
  }
  return { engine: 'directory', reads };
}
