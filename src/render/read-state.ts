import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import type { RenderReads } from '../../core/render/render-types.ts';
import type { Read } from '../platform/ports.ts';
import type { CommitTree } from './commit-tree.ts';

/** One read and what it saw: a file's Git object id, a listing's hash, a kind, or nothing. */
export interface ReadState {
  readonly kind: Read['kind'];
  readonly path: string;
  readonly state: string;
}

/** The engine's report as a flat list. */
export function toReads(reads: RenderReads): Read[] {
  return [
    ...reads.files.map((path) => ({ kind: 'file' as const, path })),
    ...reads.dirs.map((path) => ({ kind: 'dir' as const, path })),
    ...reads.missing.map((path) => ({ kind: 'missing' as const, path })),
    ...reads.probed.map((path) => ({ kind: 'probed' as const, path })),
  ];
}

/** What a read sees in a tree: the same read gives the same result if and only if this text is the same. */
async function stateOf(tree: CommitTree, read: Read): Promise<string> {
  if (read.kind === 'dir') {
    const entries = await tree.list(read.path, { recursive: false });
    return sha256Hex(entries.map((entry) => `${entry.kind} ${entry.path}`).join('\n'));
  }
  const entry = await tree.lookup(read.path);
  if (entry === undefined) return 'missing';
  return read.kind === 'file' ? entry.oid : entry.kind;
}

/** The states of all reads in a tree. */
export async function statesOf(tree: CommitTree, reads: readonly Read[]): Promise<ReadState[]> {
  return Promise.all(reads.map(async (read) => ({ ...read, state: await stateOf(tree, read) })));
}

/** True when every read sees in this tree what it saw before. */
export async function stillTrue(tree: CommitTree, states: readonly ReadState[]): Promise<boolean> {
  for (const state of states) if ((await stateOf(tree, state)) !== state.state) return false;
  return true;
}
