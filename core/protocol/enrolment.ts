import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { EnrolRequest } from './messages.ts';
import { keyBytes } from './signing.ts';

/** What the Worker knows when an agent asks to enrol. */
export interface EnrolmentFacts {
  /** What the token was made for, and who has used it already; undefined when there is no such token (any more). */
  readonly token:
    | { readonly clusterName: string; readonly used?: { readonly keyid: string; readonly cluster: string } }
    | undefined;
  /** The name under which the request's cluster is enrolled, if it is. */
  readonly enrolledAs: string | undefined;
}

/**
 * Decides an enrolment: `bind` the token to this key and cluster, or `repeat` the answer to the one that it is bound to, whose
 * first answer may have been lost.
 * Fails with `enrol.token` (P40: no such token, or used by another key or in another cluster; P42: the cluster is enrolled under another
 * name) or `api.invalid` (P41: the key is not what its id names).
 */
export function decideEnrolment(request: EnrolRequest, facts: EnrolmentFacts): Result<'bind' | 'repeat', Problem> {
  if (keyBytes(request.publicKey) === undefined)
    return err(problem('api.invalid', `key ${request.publicKey.keyid} is not the key that its id names`, { rule: 'P41' }));
  const { token } = facts;
  if (token === undefined) return refused('P40', 'the enrolment token is unknown or was replaced');
  const { used } = token;
  if (used !== undefined) {
    const same = used.keyid === request.publicKey.keyid && used.cluster === request.cluster;
    return same ? ok('repeat') : refused('P40', 'the enrolment token was used by another agent');
  }
  if (facts.enrolledAs !== undefined && facts.enrolledAs !== token.clusterName)
    return refused('P42', `this cluster is already enrolled as ${facts.enrolledAs}`);
  return ok('bind');
}

function refused(rule: string, message: string): { readonly ok: false; readonly error: Problem } {
  return err(problem('enrol.token', message, { rule }));
}
