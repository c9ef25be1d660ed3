import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';

export interface TreeEntry {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'link' | 'submodule';
  readonly oid: string;
}

/** The tree of one commit, as rendering sees it. Paths are relative to the root, the root itself is the empty string. */
export interface CommitTree {
  lookup(path: string): Promise<TreeEntry | undefined>;
  /** The entries of a folder; with `recursive` everything below it. Empty when there is no such folder. */
  list(dir: string, options: { readonly recursive: boolean }): Promise<readonly TreeEntry[]>;
  read(path: string): Promise<Result<Uint8Array, Problem>>;
}
