import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Ref } from './advertisement.ts';
import { isOid } from './object-id.ts';

/** What a revision asks for: one object, or the first of some refs that exists. */
export type Revision =
  | { readonly kind: 'object'; readonly oid: string }
  | { readonly kind: 'refs'; readonly names: readonly string[] };

/** Where a revision points: the object that the ref holds, and the one that an annotated tag leads to. */
export interface Resolved {
  readonly oid: string;
  readonly peeled: string;
}

/** Characters and sequences that Git allows in no ref: https://git-scm.com/docs/git-check-ref-format */
const FORBIDDEN_IN_REF = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|^\/|^\.|\.lock(\/|$)|\.$|\/$/;

/**
 * Parses a revision as Argo CD does: a full object id; `HEAD` (also when empty); a full name (`refs/…`); else a branch
 * and, if there is none of that name, a tag. Where both exist the branch wins: whoever means the tag writes
 * `refs/tags/…`. Fails with git.ref_missing for what no ref can be called, such as a range of versions.
 */
export function parseRevision(text: string): Result<Revision, Problem> {
  const revision = text.trim();
  if (isOid(revision.toLowerCase())) return ok({ kind: 'object', oid: revision.toLowerCase() });
  if (revision === '' || revision === 'HEAD') return ok({ kind: 'refs', names: ['HEAD'] });
  if (FORBIDDEN_IN_REF.test(revision) || revision.length > 500) {
    return err(problem('git.ref_missing', `"${revision.slice(0, 100)}" is not the name of a branch, tag or commit`));
  }
  if (revision.startsWith('refs/')) return ok({ kind: 'refs', names: [revision] });
  return ok({ kind: 'refs', names: [`refs/heads/${revision}`, `refs/tags/${revision}`] });
}

/** Picks the ref that the revision means from what the server listed; fails with git.ref_missing. */
export function resolveRefs(revision: string, names: readonly string[], refs: readonly Ref[]): Result<Resolved, Problem> {
  for (const name of names) {
    const ref = refs.find((one) => one.name === name);
    if (ref !== undefined) return ok({ oid: ref.oid, peeled: ref.peeled ?? ref.oid });
  }
  return err(problem('git.ref_missing', `the repository has no branch or tag "${revision.slice(0, 100)}"`));
}

/** The branch among what the server listed that a revision means; HEAD stands for the one it points to. undefined when it means a tag or nothing. */
export function toBranch(
  names: readonly string[],
  refs: readonly Ref[],
): { readonly ref: string; readonly commit: string } | undefined {
  for (const name of names) {
    const ref = refs.find((one) => one.name === name);
    const branch = ref?.target ?? name;
    if (ref !== undefined) return branch.startsWith('refs/heads/') ? { ref: branch, commit: ref.oid } : undefined;
  }
  return undefined;
}
