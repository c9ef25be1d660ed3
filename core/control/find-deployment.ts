import type { Deployment } from '../api/control.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';

/** What one needs to know of deployments to find one. */
export type Findable = Pick<Deployment, 'n' | 'entry' | 'revision' | 'bundle'>;

/**
 * The deployment that somebody means, of a list with the newest first:
 *
 *   1, 2, …           so many deployments before what runs now
 *   4f1c2aa…          the newest of this revision, or the commit of the ledger: at least 7 hexadecimal digits
 *
 * Fails with `api.not_found` when there is none, and with `api.conflict` when several different ones are meant.
 */
export function findDeployment<T extends Findable>(deployments: readonly T[], to: string): Result<T, Problem> {
  const text = to.trim().toLowerCase();
  if (/^\d{1,6}$/.test(text)) {
    const found = deployments.find(({ n }) => n === Number(text));
    if (found !== undefined) return ok(found);
    const last = deployments.at(-1)?.n ?? 0;
    return err(
      problem('api.not_found', last === 0 ? 'there is no earlier deployment' : `only ${last} earlier deployments are known`),
    );
  }
  if (!/^[0-9a-f]{7,64}$/.test(text))
    return err(
      problem('api.invalid', 'name a number such as 1, or at least 7 digits of a revision or of a commit of the ledger'),
    );
  const entry = deployments.filter((one) => one.entry.startsWith(text));
  const [byEntry] = entry;
  if (byEntry !== undefined && entry.length === 1) return ok(byEntry);
  const matching = deployments.filter(({ revision }) => revision.startsWith(text));
  const [newest] = matching;
  if (newest === undefined)
    return entry.length > 1
      ? err(problem('api.conflict', `${to} could be several commits: give more digits`))
      : err(problem('api.not_found', `no deployment of this App has revision or ledger commit ${text.slice(0, 12)}`));
  if (new Set(matching.map(({ revision }) => revision)).size > 1)
    return err(problem('api.conflict', `${to} could be several revisions: give more digits`));
  return ok(newest);
}
