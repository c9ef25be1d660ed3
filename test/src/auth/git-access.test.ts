import { describe, expect, it } from 'vitest';
import { dropGitAccess, joinPolicy, NO_POLICY, putGitAccess } from '../../../src/auth/git-access.ts';
import { ACCESS_MIGRATIONS } from '../../../src/auth/schema.ts';
import type { GitAccess } from '../../../src/platform/access-port.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

function storage() {
  const sql = createNodeSql();
  migrate(sql, { access: ACCESS_MIGRATIONS });
  return sql;
}

const rbac = (csv: string, more: object = {}): NonNullable<GitAccess['rbac']> => ({
  csv,
  defaultRole: '',
  scopes: ['groups'],
  matchMode: 'glob',
  ...more,
});
const shop = (policy: string): GitAccess => ({
  projects: [{ name: 'shop', roles: [{ role: 'dev', policies: [policy], groups: ['org:dev'] }] }],
});

describe('what fleet paths say of access', () => {
  it('is news once', () => {
    const sql = storage();
    expect(putGitAccess(sql, 'a', { rbac: rbac('g, x, role:admin'), projects: [] })).toBe(true);
    expect(putGitAccess(sql, 'a', { rbac: rbac('g, x, role:admin'), projects: [] })).toBe(false);
    expect(putGitAccess(sql, 'b', { projects: [] })).toBe(false);
    expect(dropGitAccess(sql, 'a')).toBe(true);
    expect(dropGitAccess(sql, 'a')).toBe(false);
  });

  it('counts beside what was set here; a default role that was set here goes first', () => {
    const sql = storage();
    const said = rbac('g, x, role:readonly', { defaultRole: 'role:readonly', scopes: ['email'], matchMode: 'regex' });
    putGitAccess(sql, 'a', { rbac: said, projects: [] });
    const stored = { ...NO_POLICY, csv: 'g, y, role:admin' };
    expect(joinPolicy(sql, stored)).toMatchObject({
      source: { csv: 'g, y, role:admin', git: { csv: 'g, x, role:readonly', matchMode: 'regex' }, defaultRole: 'role:readonly' },
      scopes: ['groups', 'email'],
    });
    expect(joinPolicy(sql, { ...stored, defaultRole: 'role:none' }).source.defaultRole).toBe('role:none');
  });

  it('S14: a second fleet path takes over neither the policy nor the projects of the first, until that is gone', () => {
    const sql = storage();
    const first = { ...shop('p, proj:shop:dev, applications, get, shop/*, allow'), rbac: rbac('g, a, role:readonly') };
    const second = { ...shop('p, proj:shop:dev, applications, *, shop/*, allow'), rbac: rbac('g, mallory, role:admin') };
    putGitAccess(sql, 'first', first);
    putGitAccess(sql, 'second', second);
    // What is read again keeps its place.
    putGitAccess(sql, 'first', { ...first, rbac: rbac('g, b, role:readonly') });
    const joined = joinPolicy(sql, NO_POLICY);
    expect(joined.git?.csv).toBe('g, b, role:readonly');
    expect(joined.projectRoles).toEqual([{ project: 'shop', role: 'dev', policies: [first.projects[0]?.roles[0]?.policies[0]] }]);
    expect(joined.ignored).toHaveLength(2);
    dropGitAccess(sql, 'first');
    expect(joinPolicy(sql, NO_POLICY)).toMatchObject({ git: { csv: 'g, mallory, role:admin' }, ignored: [] });
  });

  it('S14: a project without roles is its fleet path’s all the same', () => {
    const sql = storage();
    putGitAccess(sql, 'first', { projects: [{ name: 'shop', roles: [] }] });
    putGitAccess(sql, 'second', shop('p, proj:shop:dev, applications, *, shop/*, allow'));
    expect(joinPolicy(sql, NO_POLICY).projectRoles).toEqual([]);
  });

  it('grants nothing when it is more than can be kept', () => {
    const sql = storage();
    putGitAccess(sql, 'a', {
      ...shop('p, proj:shop:dev, applications, get, shop/*, allow'),
      rbac: rbac('g, x, role:admin\n'.repeat(50_000)),
    });
    expect(joinPolicy(sql, NO_POLICY)).toMatchObject({ source: { csv: '' }, projectRoles: [] });
  });
});
