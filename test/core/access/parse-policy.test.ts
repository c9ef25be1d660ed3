import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../core/access/parse-policy.ts';

const rule = { subject: 'role:admin', resource: 'projects', action: 'delete', object: '*', effect: 'allow' };

// https://github.com/argoproj/argo-cd/blob/v3.5.7/util/rbac/rbac_test.go#L462
describe('lines that Argo CD takes', () => {
  it.each([
    ['a permission', 'p, role:admin, projects, delete, *, allow', [rule]],
    ['nothing', '', []],
    ['a comment', '#', []],
    ['a comment of words', '# p, role:admin, projects, delete, *, allow', []],
    ['a quoted comma', 'p, "role,admin", projects, delete, *, allow', [{ ...rule, subject: 'role,admin' }]],
    ['blanks around', ' p, role:admin, projects, delete, *, allow ', [rule]],
    ['a tab before a field', 'p,\trole:admin, projects, delete, *, allow', [rule]],
    ['a quotation mark within quotes', 'p, "a""b", projects, delete, *, allow', [{ ...rule, subject: 'a"b' }]],
    ['line ends of Windows', 'p, role:admin, projects, delete, *, allow\r', [rule]],
  ])('%s', (_name, csv, rules) => {
    const parsed = parsePolicy(csv);
    expect(parsed.problems).toEqual([]);
    expect(parsed.rules).toEqual(rules.map((one) => ({ ...one, line: 1 })));
  });

  it('a role for a group', () =>
    expect(parsePolicy('g, your-github-org:your-team, role:org-admin').links).toEqual([
      { subject: 'your-github-org:your-team', role: 'role:org-admin' },
    ]));
});

describe('lines that grant nothing and are told by their number', () => {
  it.each([
    ['words', 'this, is, not, a, good, policy'],
    ['words with a tab', 'this\ttoo'],
    ['a type alone', 'p'],
    ['plain text', 'Some comment'],
    ['another type', 'agh, foo, bar'],
    ['a missing comma', 'p, role:Myrole, applications, *, myproj/* allow'],
    ['a missing type', ', role:Myrole, applications, *, myproj/*, allow'],
    ['a third member of a link', 'g, a, role:b, c'],
    ['an effect that is none', 'p, role:x, applications, get, */*, maybe'],
    ['S31: an empty subject', 'p, , applications, *, */*, allow'],
    ['S31: an empty subject in quotes', 'p, "", applications, *, */*, allow'],
    ['S31: an empty member of a link', 'g, , role:admin'],
    ['a quotation mark in the middle', 'p, ro"le, applications, get, */*, allow'],
    ['a quotation mark without its end', 'p, "role, applications, get, */*, allow'],
    ['letters behind a quoted field', 'p, "role"x, applications, get, */*, allow'],
    ['a line without end', `p, ${'x'.repeat(5_000)}, applications, get, */*, allow`],
  ])('%s', (_name, line) => {
    const parsed = parsePolicy(`g, ana, role:readonly\n${line}\ng, ben, role:readonly`);
    expect(parsed.problems.map((problem) => problem.line)).toEqual([2]);
    expect(parsed.rules).toEqual([]);
    expect(parsed.links.map(({ subject }) => subject)).toEqual(['ana', 'ben']);
  });
});
