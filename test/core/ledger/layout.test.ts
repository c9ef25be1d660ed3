import { expect, test } from 'vitest';
import { isAppId, manifestNames } from '../../../core/ledger/layout.ts';

const ref = (kind: string, name: string, namespace = '', group = '') => ({ kind, name, namespace, group });

test.each([
  [ref('Deployment', 'web', 'shop', 'apps'), 'deployment-shop-web.yaml'],
  [ref('ClusterRole', 'system:node'), 'clusterrole-system_node.yaml'],
  [ref('Role', 'Reader', 'shop'), 'role-shop-reader.yaml'],
  [ref('CustomResourceDefinition', 'a.example.com'), 'customresourcedefinition-a.example.com.yaml'],
])('an object gets a name that people recognise', (object, name) => {
  expect(manifestNames([object])).toEqual([name]);
});

test('objects of one name get their group behind it', () => {
  const names = manifestNames([
    ref('Ingress', 'web', 'shop', 'networking.k8s.io'),
    ref('Ingress', 'web', 'shop', 'extensions'),
    ref('Event', 'a'),
    ref('Event', 'a', '', 'x'),
  ]);
  expect(names).toEqual([
    'ingress-shop-web-networking.k8s.io.yaml',
    'ingress-shop-web-extensions.yaml',
    'event-a-core.yaml',
    'event-a-x.yaml',
  ]);
});

test('objects that the group does not tell apart get a digest of their key', () => {
  const names = manifestNames([
    ref('Role', 'Foo', 'a'),
    ref('Role', 'foo', 'a'),
    ref('A', 'b-c', 'a'),
    ref('A', 'c', 'a-b'),
    ref('Role', 'x:y'),
    ref('Role', 'x_y'),
  ]);
  expect(new Set(names).size).toBe(6);
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9._-]*-core-[0-9a-f]{8}\.yaml$/);
});

test.each(['..', '.', '.git', '../../x', '/etc/passwd', 'a/b', 'a\\b', 'a\0b', '\u202e', 'x'.repeat(5000)])(
  'S01 the name %j stays one segment of a path',
  (evil) => {
    for (const name of manifestNames([ref(evil, evil, evil), ref('Role', evil)])) {
      expect(name).toMatch(/^[a-z0-9_][a-z0-9._-]*\.yaml$/);
      expect(name.length).toBeLessThan(256);
    }
  },
);

test.each(['web', 'team_web', 'a.b-c', '0'])('%s is an id of an App', (id) => expect(isAppId(id)).toBe(true));
test.each(['', '.', '..', '.git', 'a/b', 'A', '-a', 'a\n', 'x'.repeat(254)])('S01 %j is not', (id) =>
  expect(isAppId(id)).toBe(false),
);
