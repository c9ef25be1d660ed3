import { shortRevision } from '../../core/ledger/one-line.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readDesired } from '../deliver/desired-apps.ts';
import { findSourceCommit } from '../ledger/source-commits.ts';
import type { AppNote } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Decision } from './cluster-writer.ts';

/** What a person did to an App beside its manifests: it is recorded, and nothing is signed anew. */
export function decideOnNote(sql: Sql, note: AppNote): Decision {
  const { app, action, text, actor, reason, revision } = note;
  const project = readDesired(sql, app)?.definition.project;
  const because = { actor, ...(reason === undefined ? {} : { reason }) };
  const about = revision === undefined ? {} : { revision };
  return {
    ledger: (generation) => [{ kind: 'note', app, action, text, generation, ...because, ...about }],
    rows: () => undefined,
    events: [{ app, kind: action, text, ...because, ...about, ...(project === undefined ? {} : { project }) }],
  };
}

/** The source commit that a person names: one that this App ran, so that nobody undoes what has nothing to do with it (S14). */
export function sourceCommitOf(sql: Sql, app: string, commit: string | undefined): Result<string, Problem> {
  const current = readDesired(sql, app)?.commit?.commit;
  if (current === undefined) return err(problem('api.not_found', `nothing of ${app} was ever deployed`));
  if (commit === undefined || (commit.length >= 7 && current.startsWith(commit))) return ok(current);
  const found = /^[0-9a-f]{7,40}$/.test(commit) ? findSourceCommit(sql, app, commit) : undefined;
  return found === undefined ? err(problem('api.not_found', `${app} never ran the commit ${shortRevision(commit)}`)) : ok(found);
}
