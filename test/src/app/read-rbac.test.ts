import { describe, expect, test } from 'vitest';
import type { Json } from '../../../core/objects/object.ts';
import { toManifest } from '../../../core/objects/parse.ts';
import { isRbacConfig, readProjectRoles, readRbac } from '../../../src/app/read-rbac.ts';

function documentOf(object: Json) {
  const manifest = toManifest(object);
  if (!manifest.ok) throw new Error(manifest.error);
  return { manifest: manifest.value, file: 'fleet.yaml', line: 3 };
}

const rbacOf = (data: Readonly<Record<string, Json>>) =>
  readRbac(documentOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-rbac-cm' }, data }));

describe('argocd-rbac-cm', () => {
  test('is known by kind and name', () => {
    expect(isRbacConfig({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-rbac-cm' } })).toBe(true);
    expect(isRbacConfig({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm' } })).toBe(false);
    expect(isRbacConfig({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'argocd-rbac-cm' } })).toBe(false);
  });

  test('is read as Argo CD reads it: policy.csv, then the others by name; default role, scopes, match mode', () => {
    const { rbac, problems } = rbacOf({
      'policy.C.csv': 'g, c, role:readonly',
      'policy.csv': 'g, a, role:admin',
      'policy.B.csv': 'g, b, role:readonly',
      'policy.default': 'role:readonly',
      'policy.matchMode': 'regex',
      scopes: '[groups, email]',
      UnrelatedKey: 'x',
    });
    expect(problems).toEqual([]);
    expect(rbac).toEqual({
      csv: 'g, a, role:admin\ng, b, role:readonly\ng, c, role:readonly',
      defaultRole: 'role:readonly',
      scopes: ['groups', 'email'],
      matchMode: 'regex',
    });
  });

  test('without data it says nothing', () =>
    expect(rbacOf({}).rbac).toEqual({ csv: '', defaultRole: '', scopes: ['groups'], matchMode: 'glob' }));

  test.each<[string, Readonly<Record<string, Json>>]>([
    ['a line that is none', { 'policy.csv': 'p, role:x, applications' }],
    ['a policy that is no text', { 'policy.csv': 3 }],
    ['a mode that is none', { 'policy.matchMode': 'prefix' }],
    ['scopes that are none', { scopes: '{a: b}' }],
  ])('%s is a problem, and the rest holds', (_name, data) => {
    const { rbac, problems } = rbacOf({ 'policy.default': 'role:readonly', ...data });
    expect(problems.map(({ code, where }) => [code, where])).toEqual([['access.policy', 'fleet.yaml:3']]);
    expect(rbac.defaultRole).toBe('role:readonly');
  });
});

test('roles of an AppProject give rights within it', () => {
  const project = documentOf({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'shop' },
    spec: {
      roles: [
        {
          name: 'deployer',
          description: 'pipelines',
          policies: [
            'p, proj:shop:deployer, applications, sync, shop/*, allow',
            'p, proj:shop:deployer, applications, *, */*, allow',
          ],
          groups: ['org:shop'],
          jwtTokens: [{ iat: 1 }],
        },
        'nonsense',
      ],
    },
  });
  const { project: read, problems } = readProjectRoles(project.manifest, 'fleet.yaml:3');
  expect(read).toMatchObject({ name: 'shop', roles: [{ role: 'deployer', groups: ['org:shop'] }] });
  // S14: the second line reaches beyond the project.
  expect(problems.map(({ code }) => code)).toEqual(['access.policy']);
});
