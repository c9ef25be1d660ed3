import { expect, test } from 'vitest';
import type { Caller } from '../../../core/api/access.ts';
import { addApproval } from '../../../core/control/check-approval.ts';
import type { ApprovalRule } from '../../../core/control/control-rules.ts';
import type { OpenApproval } from '../../../core/control/control-state.ts';

const BUNDLE = `sha256:${'1'.repeat(64)}`;
const OPEN: OpenApproval = {
  ...{ bundle: BUNDLE, revision: 'c'.repeat(40), author: 'Ana Lopez <ana@example.org>', since: 1 },
  approvals: [{ id: 'oidc:x#ben', actor: 'ben', at: 2 }],
};
const RULE: ApprovalRule = { needed: 2, without: ['operator'], role: 'role:release' };
const caller = (change: Partial<Caller> = {}): Caller => ({
  ...{ id: 'oidc:x#carl', name: 'carl', kind: 'person', groups: [], via: 's' },
  ...change,
});
const ask = (by: Partial<Caller>, change: { bundle?: string; roles?: string[]; open?: OpenApproval; rule?: ApprovalRule } = {}) =>
  addApproval(change.open ?? OPEN, change.rule ?? RULE, {
    ...{ caller: caller(by), roles: change.roles ?? ['role:release'], bundle: change.bundle ?? BUNDLE, now: 9 },
  });

test('an approval of somebody else is added with who, when and why', () => {
  const added = addApproval(OPEN, RULE, { caller: caller(), roles: ['role:release'], bundle: BUNDLE, reason: 'fine', now: 9 });
  expect(added.ok && added.value.approvals).toEqual([
    ...OPEN.approvals,
    { id: 'oidc:x#carl', actor: 'carl', at: 9, reason: 'fine' },
  ]);
});

test('S14: a person does not count beside a token of theirs', () => {
  const first = ask({ id: 'token:1', name: 'token ci', kind: 'token', owner: { id: 'oidc:x#carl', name: 'carl' } });
  const second = first.ok ? ask({}, { open: first.value }) : first;
  expect(first.ok && first.value.approvals.at(-1)?.actor).toBe('token ci');
  expect(second.ok ? undefined : second.error.code).toBe('api.conflict');
});

test('a group counts as the role of its name', () => {
  expect(ask({ groups: ['role:release'] }, { roles: [] }).ok).toBe(true);
});

test.each([
  ['by the same person under another name', ask({ id: 'oidc:x#ben', name: 'benjamin' })],
  ['by a token of the same person (S14)', ask({ id: 'token:1', kind: 'token', owner: { id: 'oidc:x#ben', name: 'ben' } })],
  [
    "by a token of the author's (S14)",
    ask({ id: 'token:2', kind: 'token', owner: { id: 'oidc:x#ana', name: 'ana@example.org' } }),
  ],
  ['by the author, known by name', ask({ name: 'ana lopez' })],
  ['by the author, known by address', ask({ name: 'Ana@example.org' })],
  ['by somebody without the role', ask({}, { roles: ['role:admin'] })],
  ['by the operator, whom the App does not want', ask({ kind: 'operator' })],
  ['by a token, where the App does not want them', ask({ kind: 'token' }, { rule: { ...RULE, without: ['tokens'] } })],
  ['of another bundle than the one that waits', ask({}, { bundle: `sha256:${'2'.repeat(64)}` })],
])('an approval %s does not count', (_what, answer) => {
  expect(answer.ok ? undefined : answer.error.code).toBe('api.conflict');
});

test('nothing can be approved where nothing waits', () => {
  const by = { caller: caller(), roles: [], bundle: BUNDLE, now: 9 };
  for (const answer of [addApproval(undefined, RULE, by), addApproval(OPEN, undefined, by)])
    expect(answer.ok ? undefined : answer.error.code).toBe('api.conflict');
});
