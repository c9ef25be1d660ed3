import { describe, expect, test } from 'vitest';
import { isKept } from '../../../src/app/parse-fleet.ts';
import { renderKey } from '../../../src/app/render-key.ts';
import { application, applicationOf, CONTEXT, codes, file, gitRepository, kustomization, parse } from './fleet-fixtures.ts';

const KINDS: readonly (readonly [string, string])[] = [
  ['argoproj.io/v1alpha1', 'ApplicationSet'],
  ['source.toolkit.fluxcd.io/v1', 'HelmRepository'],
  ['source.toolkit.fluxcd.io/v1', 'OCIRepository'],
  ['source.toolkit.fluxcd.io/v1', 'Bucket'],
  ['notification.toolkit.fluxcd.io/v1', 'Receiver'],
  ['image.toolkit.fluxcd.io/v1', 'ImagePolicy'],
  ['fluxcd.controlplane.io/v1', 'ResourceSet'],
];

describe('what is no App definition', () => {
  test.each(KINDS)('%s %s is refused by name', (apiVersion, kind) => {
    const { apps, problems, unread } = parse(
      file(JSON.stringify({ apiVersion, kind, metadata: { name: 'x' } }), application('web')),
    );
    expect(codes(problems)).toEqual(['app.unsupported fleet.yaml:1']);
    expect(problems[0]?.message).toContain(`${kind} x`);
    expect(apps).toHaveLength(1);
    expect([unread.files.size, unread.ids.size]).toEqual([0, 0]);
  });

  test('plain manifests are named in one warning for each file', () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}';
    const overlay = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]';
    const { problems, warnings, unread } = parse({
      'a.yaml': file(namespace, namespace),
      'k.yaml': overlay,
      'v.yaml': 'replicas: 2',
      'x.md': '# no',
    });
    expect(problems).toEqual([]);
    expect(codes(warnings)).toEqual(['fleet.ignored a.yaml:1', 'fleet.ignored k.yaml:1', 'fleet.ignored v.yaml:1']);
    expect([...unread.files]).toEqual(['v.yaml']);
  });

  test('lists are taken apart', () => {
    const items = [JSON.parse(application('a')), JSON.parse(application('b'))];
    expect(parse(JSON.stringify({ apiVersion: 'v1', kind: 'List', items })).apps.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('the objects that `flux bootstrap` writes do not deploy the fleet path itself', () => {
    const url = 'ssh://git@git.example.com/org/fleet';
    const { apps, sources, problems, warnings } = parse(
      file(
        gitRepository('flux-system', { url }),
        kustomization('flux-system', { path: './clusters/eu-1', sourceRef: { kind: 'GitRepository', name: 'flux-system' } }),
        kustomization('apps', { path: './apps', sourceRef: { kind: 'GitRepository', name: 'flux-system' } }),
      ),
    );
    expect(problems).toEqual([]);
    expect(sources.map(({ repoURL }) => repoURL)).toEqual([CONTEXT.fleetRepoURL]);
    expect(apps.map(({ id }) => id)).toEqual(['apps']);
    expect(codes(warnings)).toEqual(['fleet.ignored fleet.yaml:3']);
  });
});

describe('I2: a mistake is never taken for a deletion', () => {
  test('a document that is no YAML keeps every App that was in its file', () => {
    const { apps, problems, unread } = parse({
      'a.yaml': file(application('a'), 'kind: [', application('b')),
      'c.yaml': application('c'),
    });
    expect(apps.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(codes(problems)).toEqual([expect.stringMatching(/^yaml\.syntax a\.yaml:/)]);
    expect(isKept(unread, { file: 'a.yaml', id: 'gone' })).toBe(true);
    expect(isKept(unread, { file: 'c.yaml', id: 'gone' })).toBe(false);
  });

  test('an App without a name keeps its file, an App that is refused keeps its id', () => {
    const nameless = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {}\nspec: {}\n';
    const { unread } = parse({ 'a.yaml': nameless, 'b.yaml': applicationOf('web', { path: '/x' }) });
    expect(isKept(unread, { file: 'a.yaml', id: 'any' })).toBe(true);
    expect(isKept(unread, { file: 'elsewhere.yaml', id: 'web' })).toBe(true);
    expect(isKept(unread, { file: 'b.yaml', id: 'other' })).toBe(false);
  });

  test.each([
    'apiVersion: argopoj.io/v1alpha1\nkind: Application\nmetadata: {name: web}',
    'apiVersion: argoproj.io/v1alpha1\nkind: Aplication\nmetadata: {name: web}',
    'apiVersion: argoproj.io/v1alpha1\nknd: Application\nmetadata: {name: web}',
    'apiVersion: kustomize.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web}',
    'Application',
  ])('a mistake in apiVersion or kind keeps the file: %j', (text) => {
    const { warnings, unread } = parse(text);
    expect(codes(warnings)).toEqual(['fleet.ignored fleet.yaml:1']);
    expect(isKept(unread, { file: 'fleet.yaml', id: 'web' })).toBe(true);
  });

  test('an App whose source went missing keeps its id', () => {
    expect(isKept(parse(kustomization('web')).unread, { file: 'x.yaml', id: 'web' })).toBe(true);
  });
});

describe('S18 S19 S25: hostile definitions cost only themselves', () => {
  test.each([
    ['a list for metadata', { metadata: [] }],
    ['null for metadata', { metadata: null }],
    ['text for spec', { spec: 'x' }],
    ['null for spec', { spec: null }],
    ['a list for spec', { spec: [] }],
    ['numbers everywhere', { spec: { source: 1, destination: 2, syncPolicy: 3, project: 4 } }],
    ['lists everywhere', { spec: { source: [], destination: [], syncPolicy: [], project: [] } }],
    ['deep nonsense', { spec: { source: { helm: { parameters: [null, 1, [], 'x'] }, kustomize: { patches: 'x' } } } }],
    ['finalizers that are no list', { metadata: { name: 'a', finalizers: 'x' }, spec: {} }],
    ['inherited names', { spec: { constructor: {}, toString: 1, hasOwnProperty: [] } }],
  ])('%s', (_name, part) => {
    for (const type of ['Application', 'Kustomization', 'GitRepository'] as const) {
      const good = JSON.parse(
        type === 'Application' ? application('x') : type === 'Kustomization' ? kustomization('x') : gitRepository('x'),
      );
      const { apps, problems } = parse(file(JSON.stringify({ ...good, ...part }), application('other')));
      expect(apps.map(({ id }) => id)).toEqual(['other']);
      expect(problems.length).toBeGreaterThan(0);
    }
  });

  test('an enormous file is one problem, and the other files go on', () => {
    const { apps, problems } = parse({ 'big.yaml': 'a'.repeat(3_000_000), 'fleet.yaml': application('web') });
    expect(codes(problems)).toEqual(['yaml.limit big.yaml:1']);
    expect(apps).toHaveLength(1);
  });
});

describe('the key of what influences rendering', () => {
  const key = (source: object, name = 'web') => {
    const [app] = parse(applicationOf(name, { path: 'apps/web', ...source })).apps;
    if (app === undefined) throw new Error('no App was parsed');
    return renderKey(app);
  };

  test('is the same for the same options in any order, at any revision', () => {
    const one = { kustomize: { namePrefix: 'a', nameSuffix: 'b' }, targetRevision: 'v1' };
    const two = { targetRevision: 'v2', kustomize: { nameSuffix: 'b', namePrefix: 'a' } };
    expect(key(one)).toBe(key(two));
  });

  test('differs when an option, the path or the release name differs', () => {
    const keys = [
      key({}),
      key({}, 'shop'),
      key({ path: 'apps/b' }),
      key({ kustomize: {} }),
      key({ kustomize: { namePrefix: 'a' } }),
      key({ helm: { values: 'a: 1' } }),
      key({ helm: { values: 'a: 2' } }),
      key({ directory: { recurse: true } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
