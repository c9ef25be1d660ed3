import type { Caller } from '../api/access.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { ApprovalRule } from './control-rules.ts';
import type { Approval, OpenApproval } from './control-state.ts';

/**
 * Takes one approval of exactly the bundle that is asked about. Approvals are a workflow that the Worker checks, no defence against a Worker that was
 * taken over: the agent applies what is signed.
 *
 * Not counted: a second approval of the same person (also by a token of theirs), the author of the commit, whoever is not of the role that is asked for, and tokens or the operator
 * where the App says so. Fails with `api.conflict`, which says why.
 */
export function addApproval(
  open: OpenApproval | undefined,
  rule: ApprovalRule | undefined,
  by: {
    readonly caller: Caller;
    readonly roles: readonly string[];
    readonly bundle: string;
    readonly reason?: string;
    readonly now: number;
  },
): Result<OpenApproval, Problem> {
  const refuse = (why: string) => err(problem('api.conflict', why));
  if (open === undefined || rule === undefined) return refuse('nothing of this App waits for an approval');
  if (open.bundle !== by.bundle)
    return refuse(
      `what waits is ${open.bundle.slice(0, 19)} of ${open.revision.slice(0, 7)}: look at it again, then approve that`,
    );
  const { caller, reason, now } = by;
  if (caller.kind === 'token' && rule.without.includes('tokens')) return refuse('approvals by tokens do not count for this App');
  if (caller.kind === 'operator' && rule.without.includes('operator'))
    return refuse("the operator's approval does not count for this App");
  if (rule.role !== undefined && !by.roles.includes(rule.role) && !caller.groups.includes(rule.role))
    return refuse(`only people of role ${rule.role} may approve this App`);
  if (isAuthor(caller, open.author)) return refuse('you wrote this commit: somebody else has to approve it');
  // A token is its maker's: nobody becomes two people by making one.
  const person = caller.owner?.id ?? caller.id;
  if (open.approvals.some(({ id }) => id === person)) return refuse('you have approved it already: somebody else has to, too');
  const approval: Approval = { id: person, actor: caller.name, at: now, ...(reason === undefined ? {} : { reason }) };
  return ok({ ...open, approvals: [...open.approvals, approval] });
}

/** Git's author and who is signed in are matched by name or address: close enough for a workflow. */
function isAuthor({ name, owner }: Caller, author: string): boolean {
  const [, given = '', address = ''] = /^(.*?)\s*<([^<>]*)>$/.exec(author) ?? [undefined, author];
  const names = [name, ...(owner === undefined ? [] : [owner.name])].map((text) => text.trim().toLowerCase());
  const same = (text: string) => text !== '' && names.includes(text.trim().toLowerCase());
  return same(given) || same(address);
}
