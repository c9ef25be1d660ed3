import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';

export interface TreeEntry {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'link' | 'submodule';
  readonly oid: string;
}

/**
 * The tree of one commit, as rendering sees it. Paths are relative to the root, the root itself is the empty string.
 * `lookup` and `list` throw TreeFailure when the tree cannot be read: what is not known must never look like what is not there (I2).
 */
export interface CommitTree {
  lookup(path: string): Promise<TreeEntry | undefined>;
  /** The entries of a folder; with `recursive` everything below it. Empty when there is no such folder. */
  list(dir: string, options: { readonly recursive: boolean }): Promise<readonly TreeEntry[]>;
  read(path: string): Promise<Result<Uint8Array, Problem>>;
}

/** The commit, or a folder of it, cannot be read. Caught by renderApp only, which gives the problem. */
export class TreeFailure extends Error {
  override readonly name = 'TreeFailure';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}
