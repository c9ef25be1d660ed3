import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicySource, type Subjects } from '../../../core/access/policy.ts';
import { compilePattern } from '../../../core/pattern/pattern.ts';

const policyOf = (csv: string, more: Partial<PolicySource> = {}) =>
  compilePolicy({ csv, defaultRole: '', projectRoles: [], ...more });
const person = (name: string, groups: readonly string[] = [], roles: readonly string[] = []): Subjects => ({
  names: [name],
  groups,
  roles,
  isPerson: true,
});
/** `sub, resource, action, object`: as Argo CD's tests write a request; a subject that is a role is had by the person. */
function ask(csv: string, request: string, more: Partial<PolicySource> = {}): boolean {
  const [sub = '', resource = '', action = '', object = ''] = request.split(', ');
  const who = /^(?:role|proj):/.test(sub) ? person('somebody', [], [sub]) : person(sub);
  return policyOf(csv, more).for(who)(resource, action, object);
}

// https://github.com/argoproj/argo-cd/blob/v3.5.7/util/rbac/rbac_test.go
describe('Argo CD’s own tests', () => {
  const ISOLATION = `
p, role:foo-admin, *, *, foo/*, allow
p, role:bar-admin, *, *, bar/*, allow
g, alice, role:foo-admin
g, bob, role:bar-admin
`;
  const READ_ONLY = 'p, role:foo-readonly, *, get, foo/*, allow\ng, alice, role:foo-readonly';
  const URLS = `
p, alice, repositories, *, foo/*, allow
p, bob, repositories, *, foo/https://github.com/argoproj/argo-cd.git, allow
`;
  const ENFORCE = 'p, alice, *, get, foo/obj, allow\np, mike, *, get, foo/obj, deny';
  const GLOB = 'p, alice, clusters, get, "https://github.com/*/*.git", allow';
  const ACTIONS = `p, alice, applications, action/*, my-proj/*, allow
p, bob, applications, action/argoproj.io/Rollout/*, my-proj/*, allow
p, cam, applications, action/argoproj.io/Rollout/resume, my-proj/*, allow`;

  it.each([
    ['TestBuiltinPolicyEnforcer', '', 'role:readonly, applications, get, foo/bar', true],
    ['TestBuiltinPolicyEnforcer', '', 'role:admin, applications, get, foo/bar', true],
    ['TestBuiltinPolicyEnforcer', '', 'role:admin, applications, delete, foo/bar', true],
    ['TestBuiltinPolicyEnforcer', '', 'role:readonly, applications, create, foo/bar', false],
    ['TestBuiltinPolicyEnforcer', '', 'role:readonly, applications, delete, foo/bar', false],
    ['TestProjectIsolationEnforcement', ISOLATION, 'bob, applications, delete, bar/obj', true],
    ['TestProjectIsolationEnforcement', ISOLATION, 'bob, applications, delete, foo/obj', false],
    ['TestProjectIsolationEnforcement', ISOLATION, 'alice, applications, delete, foo/obj', true],
    ['TestProjectIsolationEnforcement', ISOLATION, 'alice, applications, delete, bar/obj', false],
    ['TestProjectReadOnly', READ_ONLY, 'alice, applications, get, foo/obj', true],
    ['TestProjectReadOnly', READ_ONLY, 'alice, applications, delete, bar/obj', false],
    ['TestProjectReadOnly', READ_ONLY, 'alice, applications, get, bar/obj', false],
    ['TestProjectReadOnly', READ_ONLY, 'bob, applications, get, foo/obj', false],
    ['TestURLAsObjectName', URLS, 'alice, repositories, delete, foo/https://github.com/argoproj/argo-cd.git', true],
    ['TestURLAsObjectName', URLS, 'alice, repositories, delete, foo/https://github.com/golang/go.git', true],
    ['TestURLAsObjectName', URLS, 'bob, repositories, delete, foo/https://github.com/argoproj/argo-cd.git', true],
    ['TestURLAsObjectName', URLS, 'bob, repositories, delete, foo/https://github.com/golang/go.git', false],
    ['TestEnableDisableEnforce', ENFORCE, 'alice, applications, get, foo/obj', true],
    ['TestEnableDisableEnforce', ENFORCE, 'alice, applications/resources, delete, foo/obj', false],
    ['TestEnableDisableEnforce', ENFORCE, 'mike, applications, get, foo/obj', false],
    ['TestUpdatePolicy', 'p, alice, *, get, foo/obj, allow', 'bob, applications, get, foo/obj', false],
    ['TestNoPolicy', '', 'admin, applications, delete, foo/bar', false],
    ['TestDefaultGlobMatchMode', GLOB, 'alice, clusters, get, https://github.com/argoproj/argo-cd.git', true],
    ['TestDefaultGlobMatchMode', GLOB, 'alice, repositories, get, https://github.com/argoproj/argo-cd.git', false],
    ['TestGlobMatchMode', GLOB, 'alice, clusters, get, https://github.com/argo-cd.git', false],
    ['TestEnforceActionActions', ACTIONS, 'alice, applications, action/argoproj.io/Rollout/resume, my-proj/my-app', true],
    ['TestEnforceActionActions', ACTIONS, 'alice, applications, action/argoproj.io/NewCrd/abort, my-proj/my-app', true],
    ['TestEnforceActionActions', ACTIONS, 'bob, applications, action/argoproj.io/Rollout/resume, my-proj/my-app', true],
    ['TestEnforceActionActions', ACTIONS, 'bob, applications, action/argoproj.io/NewCrd/abort, my-proj/my-app', false],
    ['TestEnforceActionActions', ACTIONS, 'cam, applications, action/argoproj.io/Rollout/resume, my-proj/my-app', true],
    ['TestEnforceActionActions', ACTIONS, 'cam, applications, action/argoproj.io/Rollout/abort, my-proj/my-app', false],
    ['TestEnforceActionActions', ACTIONS, 'eve, applications, action/argoproj.io/Rollout/resume, my-proj/my-app', false],
  ])('%s: %#', (_name, csv, request, expected) => expect(ask(csv, request)).toBe(expected));

  it.each([
    ['https://github.com/argoproj/argo-cd.git', true],
    ['https://github.com/argoproj/1argo-cd.git', false],
  ])('TestRegexMatchMode: %s', (object, expected) => {
    const csv = 'p, alice, clusters, get, "https://github.com/argo[a-z]{4}/argo-[a-z]+.git", allow';
    expect(ask('', `alice, clusters, get, ${object}`, { git: { csv, matchMode: 'regex' } })).toBe(expected);
  });

  it('TestDefaultRole: everybody who is signed in has it', () => {
    expect(ask('', 'bob, applications, get, foo/bar')).toBe(false);
    expect(ask('', 'bob, applications, get, foo/bar', { defaultRole: 'role:readonly' })).toBe(true);
  });
});

// https://github.com/argoproj/argo-cd/blob/v3.5.7/docs/operator-manual/rbac.md
describe('cases of Argo CD’s documentation', () => {
  const LOGS = 'p, example-user, applications, get, *, allow\np, example-user, logs, get, example-project/my-app, allow';
  const NAMESPACE = 'p, example-user, applications, get, */app-namespace/*, allow';
  const PODS = 'p, example-user, applications, delete/*/Pod/*/*, default/prod-app, allow';
  const RESOURCES = 'p, example-user, applications, update/*, default/prod-app, allow';
  const NOT_THE_APP = `p, example-user, applications, delete, default/prod-app, deny\n${PODS}`;
  const NOT_ITS_OBJECTS = `p, example-user, applications, update, default/prod-app, allow
p, example-user, applications, update/*, default/prod-app, deny`;
  const ACTION = `p, example-user, applications, action//Pod/maintenance-off, default/*, allow
p, example-user, applications, action/extensions/DaemonSet/*, default/*, allow`;
  const TEAMS = `p, my-org:team-alpha, applications, sync, my-project/*, allow
g, my-org:team-beta, role:admin
g, role:admin, role:readonly`;

  it.each([
    [LOGS, 'example-user, applications, get, any/app', true],
    [LOGS, 'example-user, logs, get, example-project/my-app', true],
    [LOGS, 'example-user, logs, get, example-project/other', false],
    [NAMESPACE, 'example-user, applications, get, p/app-namespace/web', true],
    [NAMESPACE, 'example-user, applications, get, p/web', false],
    [PODS, 'example-user, applications, delete//Pod/shop/web-1, default/prod-app', true],
    [PODS, 'example-user, applications, delete, default/prod-app', false],
    [PODS, 'example-user, applications, delete/apps/Deployment/shop/web, default/prod-app', false],
    [RESOURCES, 'example-user, applications, update/apps/Deployment/shop/web, default/prod-app', true],
    [RESOURCES, 'example-user, applications, update, default/prod-app', false],
    [NOT_THE_APP, 'example-user, applications, delete, default/prod-app', false],
    [NOT_THE_APP, 'example-user, applications, delete//Pod/shop/web-1, default/prod-app', true],
    [NOT_ITS_OBJECTS, 'example-user, applications, update, default/prod-app', true],
    [NOT_ITS_OBJECTS, 'example-user, applications, update//Pod/shop/web-1, default/prod-app', false],
    [ACTION, 'example-user, applications, action//Pod/maintenance-off, default/web', true],
    [ACTION, 'example-user, applications, action//Pod/delete, default/web', false],
    [ACTION, 'example-user, applications, action/extensions/DaemonSet/restart, default/web', true],
    ['p, my-local-user, *, *, *, allow', 'my-local-user, clusters, delete, eu-1', true],
    ['g, my-local-user, role:admin', 'my-local-user, clusters, delete, eu-1', true],
  ])('%#: %s', (csv, request, expected) => expect(ask(csv, request)).toBe(expected));

  it('a group has the role that a `g` line gives it, and what that role has of others', () => {
    const { for: forSubjects } = policyOf(TEAMS);
    const allows = forSubjects(person('ana', ['my-org:team-beta']));
    expect([allows('clusters', 'delete', 'eu-1'), allows('clusters', 'get', 'eu-1')]).toEqual([true, true]);
  });

  it('"policies defined with `p, <group>, …` won’t be considered" unless a `g` line names the group', () => {
    const team = person('ana', ['my-org:team-alpha']);
    expect(policyOf(TEAMS).for(team)('applications', 'sync', 'my-project/web')).toBe(false);
    const named = `${TEAMS}\ng, my-org:team-alpha, role:none`;
    expect(policyOf(named).for(team)('applications', 'sync', 'my-project/web')).toBe(true);
  });

  it('"this access cannot be blocked by a `deny` rule": the default role', () =>
    expect(ask('p, bob, applications, get, */*, deny', 'bob, applications, get, a/b', { defaultRole: 'role:readonly' })).toBe(
      true,
    ));
});

describe('what is different here', () => {
  it('a deny of one group holds against what another allows', () => {
    const csv = 'g, devs, role:admin\ng, interns, role:intern\np, role:intern, applications, delete, */*, deny';
    const allows = policyOf(csv).for(person('ana', ['devs', 'interns']));
    expect([allows('applications', 'delete', 'a/b'), allows('applications', 'sync', 'a/b')]).toEqual([false, true]);
  });

  it.each(['rollback', 'approve', 'suspend'])('%s is part of update, and can be given alone', (action) => {
    const request = `ana, applications, ${action}, a/b`;
    expect(ask('p, ana, applications, update, a/*, allow', request)).toBe(true);
    expect(ask('p, ana, applications, *, a/*, allow', request)).toBe(true);
    expect(ask(`p, ana, applications, ${action}, a/*, allow`, request)).toBe(true);
    expect(ask('p, ana, applications, sync, a/*, allow', request)).toBe(false);
    expect(ask('p, ana, applications, *, a/*, allow\np, ana, applications, update, a/*, deny', request)).toBe(false);
  });

  it('S31: empty names and names of roles are nobody', () => {
    const policy = policyOf('g, "x", role:admin');
    for (const name of ['', ' ', 'role:admin', 'proj:shop:admin'])
      for (const who of [person(name), person('ana', [name])]) expect(policy.for(who)('applications', 'get', 'a/b')).toBe(false);
  });

  it('S31: a group that the provider calls `admin` is nobody special', () =>
    expect(policyOf('').for(person('admin', ['admin']))('applications', 'get', 'a/b')).toBe(false));

  it('a token has its roles and not the default role', () => {
    const token: Subjects = { names: [], groups: [], roles: ['role:ci'], isPerson: false };
    const allows = policyOf('p, role:ci, applications, sync, a/*, allow', { defaultRole: 'role:readonly' }).for(token);
    expect([allows('applications', 'sync', 'a/b'), allows('applications', 'get', 'a/b')]).toEqual([true, false]);
  });

  it('a pattern that is none allows nothing and, in a deny, denies everything', () => {
    expect(ask('p, ana, applications, get, "a/[", allow', 'ana, applications, get, a/[')).toBe(false);
    const csv = 'p, ana, applications, *, */*, allow\np, ana, applications, get, "a/[", deny';
    expect(ask(csv, 'ana, applications, get, b/c')).toBe(false);
    expect(policyOf(csv).problems.map(({ line }) => line)).toEqual([2]);
  });

  it('roles in a circle do no harm', () =>
    expect(
      ask('g, ana, role:a\ng, role:a, role:b\ng, role:b, role:a\np, role:b, clusters, get, *, allow', 'ana, clusters, get, x'),
    ).toBe(true));

  it('S20: hostile patterns and long names take linear time', () => {
    const csv = `p, ana, applications, get, "${'*a'.repeat(30)}b", allow`;
    expect(ask(csv, `ana, applications, get, ${'a'.repeat(20_000)}`)).toBe(false);
  });
});

describe('patterns of stars alone', () => {
  /** Every word of these letters up to a length. */
  const words = (letters: readonly string[], length: number): string[] =>
    length === 0 ? [''] : ['', ...words(letters, length - 1).flatMap((word) => letters.map((letter) => letter + word))];

  it('match what every other pattern matches by the general rules', () => {
    const differ: string[] = [];
    const texts = [...new Set(words(['a', '/'], 5))].filter((text) => text !== '');
    for (const pattern of new Set(words(['a', '/', '*'], 5))) {
      if (pattern === '') continue;
      const expected = compilePattern(pattern, 'glob');
      const allows = policyOf(`p, ana, applications, get, ${pattern}, allow`).for(person('ana'));
      for (const text of texts) if (allows('applications', 'get', text) !== expected?.(text)) differ.push(`${pattern} ${text}`);
    }
    expect(differ).toEqual([]);
  });
});

describe('roles of projects', () => {
  const shop = (policies: readonly string[], groups: readonly string[] = ['org:shop']) =>
    policyOf('', { projectRoles: [{ project: 'shop', role: 'deployer', policies, groups }] });
  const line = (text: string) => `p, proj:shop:deployer, ${text}, allow`;

  it.each([
    ['its Apps', line('applications, sync, shop/*'), 'applications, sync, shop/web', true],
    ['Apps of others', line('applications, sync, shop/*'), 'applications, sync, other/web', false],
    ['S14: every project', line('applications, sync, */*'), 'applications, sync, shop/web', false],
    ['S14: a project whose name begins alike', line('applications, sync, shop*/*'), 'applications, sync, shop2/web', false],
    ['S14: another role', 'p, role:readonly, applications, sync, shop/*, allow', 'applications, sync, shop/web', false],
    ['S14: what is no part of a project', line('accounts, update, shop/*'), 'accounts, update, shop/x', false],
    ['S14: an action that is none', line('applications, su*, shop/*'), 'applications, sync, shop/web', false],
    ['that the project exists', '', 'projects, get, shop', true],
    ['that others exist', '', 'projects, get, other', false],
  ])('give rights to %s', (_name, policy, request, expected) => {
    const [resource = '', action = '', object = ''] = request.split(', ');
    expect(shop([policy]).for(person('ana', ['org:shop']))(resource, action, object)).toBe(expected);
  });

  it('S14: a `g` line in a project makes nobody anything', () => {
    const policy = shop(['g, org:shop, role:admin']);
    expect(policy.for(person('ana', ['org:shop']))('clusters', 'delete', 'eu-1')).toBe(false);
  });

  it('S31: an empty group is nobody', () =>
    expect(
      shop([line('applications, sync, shop/*')], ['', ' ']).for(person('ana', ['', ' ']))('applications', 'sync', 'shop/web'),
    ).toBe(false));

  it('are had by tokens that were given them', () => {
    const token: Subjects = { names: [], groups: [], roles: ['proj:shop:deployer'], isPerson: false };
    expect(shop([line('applications, sync, shop/*')]).for(token)('applications', 'sync', 'shop/web')).toBe(true);
  });
});
