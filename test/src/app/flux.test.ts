import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../src/app/duration.ts';
import { codes, file, gitRepository, kustomization, parse } from './fleet-fixtures.ts';

const PODINFO = `
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: podinfo
  namespace: flux-system
spec:
  interval: 30s
  ref:
    branch: master
  url: https://github.com/stefanprodan/podinfo
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: podinfo
  namespace: flux-system
spec:
  interval: 30m0s
  path: ./kustomize
  prune: true
  retryInterval: 2m0s
  sourceRef:
    kind: GitRepository
    name: podinfo
  targetNamespace: podinfo
  timeout: 3m0s
  wait: true
`;

test('the objects of the Flux guide are understood without a warning', () => {
  const { apps, sources, problems, warnings } = parse(PODINFO);
  expect([problems, warnings]).toEqual([[], []]);
  expect(sources).toEqual([
    {
      namespace: 'flux-system',
      name: 'podinfo',
      repoURL: 'https://github.com/stefanprodan/podinfo',
      revision: 'refs/heads/master',
      intervalSeconds: 30,
      suspended: false,
      file: 'fleet.yaml',
      line: 3,
    },
  ]);
  expect(apps).toEqual([
    {
      id: 'podinfo',
      cluster: 'eu-1',
      project: 'default',
      origin: { dialect: 'flux', kind: 'Kustomization', namespace: 'flux-system', name: 'podinfo', file: 'fleet.yaml', line: 14 },
      source: { repoURL: 'https://github.com/stefanprodan/podinfo', revision: 'refs/heads/master', path: 'kustomize' },
      render: {
        engine: 'kustomize',
        kustomize: { dialect: 'flux', generate: true, namespace: 'podinfo' },
        generateKustomization: true,
        namespace: 'podinfo',
      },
      policy: {
        dialect: 'flux',
        name: 'podinfo',
        namespace: 'flux-system',
        autoSync: true,
        prune: true,
        selfHeal: true,
        allowEmpty: false,
        targetNamespace: 'podinfo',
        createNamespace: false,
        suspended: false,
        retry: { limit: -1, durationSeconds: 120, factor: 1, maxDurationSeconds: 120 },
        timeoutSeconds: 180,
        onDelete: 'prune',
        budget: { count: 50, percent: 100 },
        wait: true,
      },
      warnings: [],
    },
  ]);
});

const only = (spec: object = {}, source: object = {}) => {
  const { apps, problems } = parse(file(kustomization('web', spec), gitRepository('shop', source)));
  expect(problems).toEqual([]);
  const [app] = apps;
  if (app === undefined) throw new Error('no App was parsed');
  return app;
};

describe('defaults are those of Flux', () => {
  test('a failed apply is tried again each interval for ever, and the timeout is the interval less thirty seconds', () => {
    const { policy } = only({ interval: '5m' });
    expect(policy.retry).toEqual({ limit: -1, durationSeconds: 300, factor: 1, maxDurationSeconds: 300 });
    expect(policy.timeoutSeconds).toBe(270);
    expect(only({ interval: '10s' }).policy.timeoutSeconds).toBe(30);
  });

  test.each([
    [undefined, true, 'prune'],
    ['MirrorPrune', true, 'prune'],
    ['MirrorPrune', false, 'orphan'],
    ['Delete', false, 'prune'],
    ['WaitForTermination', false, 'prune'],
    ['Orphan', true, 'orphan'],
  ])('deletionPolicy %s with prune %s means %s', (deletionPolicy, prune, onDelete) => {
    expect(only({ deletionPolicy, prune }).policy).toMatchObject({ prune, onDelete });
  });

  test.each([
    [{}, 'refs/heads/master'],
    [{ branch: 'dev' }, 'refs/heads/dev'],
    [{ branch: 'dev', tag: 'v1' }, 'refs/tags/v1'],
    [{ branch: 'dev', commit: 'a'.repeat(40) }, 'a'.repeat(40)],
    [{ name: 'refs/pull/1/head', tag: 'v1' }, 'refs/pull/1/head'],
  ])('ref %j is %s', (ref, revision) => {
    expect(only({}, { ref }).source.revision).toBe(revision);
  });

  test.each([
    [undefined, ''],
    ['./', ''],
    ['.', ''],
    ['./a//b/', 'a/b'],
    ['/a/b', 'a/b'],
    ['a/../b', 'b'],
  ])('path %s is %j', (path, expected) => {
    expect(only({ path }).source.path).toBe(expected);
  });

  test('suspend suspends, of the Kustomization and of its source', () => {
    expect(only({ suspend: true }).policy.suspended).toBe(true);
    const viaSource = only({}, { suspend: true });
    expect(viaSource.policy.suspended).toBe(true);
    expect(viaSource.warnings).toHaveLength(1);
  });

  test('what lies over the path reaches the renderer in its words', () => {
    const overlay = {
      namePrefix: 'a-',
      nameSuffix: '-b',
      images: [{ name: 'web', newTag: '2' }],
      patches: [{ patch: '{}', target: { kind: 'Deployment' } }],
      components: ['../c'],
      commonMetadata: { labels: { a: 'b' } },
    };
    expect(only(overlay).render.kustomize).toEqual({ dialect: 'flux', generate: true, ...overlay });
  });
});

describe('sourceRef', () => {
  test('a source in another namespace is found by its namespace', () => {
    const sourceRef = { kind: 'GitRepository', name: 'shop', namespace: 'sources' };
    const { apps, problems } = parse({
      'z/source.yaml': gitRepository('shop', {}, { namespace: 'sources' }),
      'a/app.yaml': kustomization('web', { sourceRef }, { namespace: 'team' }),
    });
    expect(problems).toEqual([]);
    expect(apps.map(({ id }) => id)).toEqual(['team_web']);
  });

  test.each([
    ['a source that is not there', { kind: 'GitRepository', name: 'nope' }, 'app.source_unknown'],
    ['a bucket', { kind: 'Bucket', name: 'shop' }, 'app.unsupported'],
    ['an OCI repository', { kind: 'OCIRepository', name: 'shop' }, 'app.unsupported'],
    ['nothing', {}, 'app.invalid'],
  ])('%s costs the App that names it', (_name, sourceRef, code) => {
    const { apps, problems, unread } = parse(
      file(gitRepository('shop'), kustomization('web', { sourceRef }), kustomization('other')),
    );
    expect(codes(problems)).toEqual([`${code} fleet.yaml:3`]);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test.each([
    ['S17: a signature policy', { verify: { mode: 'HEAD', secretRef: { name: 'keys' } } }, 'app.unsupported'],
    ['S41: an empty signature policy', { verify: {} }, 'app.unsupported'],
    ['S41: a malformed signature policy', { verify: 'HEAD' }, 'app.unsupported'],
    ['a version range', { ref: { semver: '>=1.0.0' } }, 'app.unsupported'],
    ['submodules', { recurseSubmodules: true }, 'app.unsupported'],
    ['included repositories', { include: [{ repository: { name: 'x' } }] }, 'app.unsupported'],
    ['ssh', { url: 'ssh://git@github.com/org/repo' }, 'git.url'],
    ['no URL', { url: undefined }, 'git.url'],
    ['a short commit', { ref: { commit: 'abc' } }, 'app.invalid'],
    ['S05: an option for a branch', { ref: { name: '--upload-pack=x' } }, 'app.invalid'],
    ['S22: no interval', { interval: undefined }, 'app.invalid'],
    ['S22: a negative interval', { interval: '-1s' }, 'app.invalid'],
  ])('%s refuses every App of that source, and no other', (_name, spec, code) => {
    const sourceRef = { kind: 'GitRepository', name: 'bad' };
    const { apps, sources, problems, unread } = parse(
      file(gitRepository('bad', spec), gitRepository('shop'), kustomization('web', { sourceRef }), kustomization('other')),
    );
    expect(codes(problems)).toEqual([`${code} fleet.yaml:1`, `${code} fleet.yaml:5`]);
    expect(sources.map(({ name }) => name)).toEqual(['shop']);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test('a second GitRepository of the same name is refused', () => {
    const { sources, problems } = parse(file(gitRepository('shop'), gitRepository('shop', { interval: '9m' })));
    expect(sources.map(({ intervalSeconds }) => intervalSeconds)).toEqual([60]);
    expect(codes(problems)).toEqual(['app.duplicate fleet.yaml:3']);
  });
});

describe('what would change the result is refused on this App only', () => {
  test.each([
    ['a variable that no shell knows', { postBuild: { substitute: { 'a-b': 'c' } } }, 'app.invalid'],
    ['variables from a Deployment', { postBuild: { substituteFrom: [{ kind: 'Deployment', name: 'a' }] } }, 'app.invalid'],
    [
      'S05: variables from a name with a semicolon',
      { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'a;b' }] } },
      'app.invalid',
    ],
    ['an unknown strategy', { postBuild: { substituteStrategy: 'Never' } }, 'app.invalid'],
    ['an unknown decryption', { decryption: { provider: 'vault' } }, 'app.unsupported'],
    ['keys of a cloud', { decryption: { provider: 'sops', serviceAccountName: 'a' } }, 'app.unsupported'],
    ['S05: a ServiceAccount with a semicolon', { serviceAccountName: 'a;rm' }, 'app.invalid'],
    ['S31: a ServiceAccount without a name', { serviceAccountName: '' }, 'app.invalid'],
    ['an ignore rule without paths', { ignore: [{ target: { kind: 'Deployment' } }] }, 'app.invalid'],
    ['an ignore rule that is no pointer', { ignore: [{ paths: ['spec.replicas'] }] }, 'app.invalid'],
    ['an ignore rule with a bad selector', { ignore: [{ paths: ['/a'], target: { labelSelector: 'a in (' } }] }, 'app.invalid'],
    ['S20: an ignore rule with a bad pattern', { ignore: [{ paths: ['/a'], target: { name: '(' } }] }, 'app.invalid'],
    ['a dependency without a name', { dependsOn: [{}] }, 'app.invalid'],
    ['a dependency on itself', { dependsOn: [{ name: 'web' }] }, 'app.invalid'],
    ['a health check without a kind', { healthChecks: [{ name: 'a' }] }, 'app.invalid'],
    ['a health expression without a current', { healthCheckExprs: [{ apiVersion: 'v1', kind: 'A' }] }, 'app.invalid'],
    ['unknown build metadata', { buildMetadata: ['all'] }, 'app.invalid'],
    ['S22: a list that no snapshot can carry', { ignore: Array(1001).fill({ paths: ['/a'] }) }, 'app.invalid'],
    ['S06: a kubeconfig', { kubeConfig: { secretRef: { name: 'x' } } }, 'app.unsupported'],
    ['S06: an empty kubeconfig', { kubeConfig: {} }, 'app.unsupported'],
    ['S01: a path that climbs out', { path: '../../etc' }, 'app.invalid'],
    ['no prune', { prune: undefined }, 'app.invalid'],
    ['an unknown deletion policy', { deletionPolicy: 'Keep' }, 'app.invalid'],
    ['a namespace that is none', { targetNamespace: 'a/b' }, 'app.invalid'],
    ['an image without a name', { images: [{ newTag: '1' }] }, 'app.invalid'],
    ['S22: interval -1s', { interval: '-1s' }, 'app.invalid'],
    ['S22: interval 0', { interval: '0' }, 'app.invalid'],
    ['S22: interval 0 as a number', { interval: 0 }, 'app.invalid'],
    ['S22: interval NaN', { interval: 'NaN' }, 'app.invalid'],
    ['S22: interval 1d', { interval: '1d' }, 'app.invalid'],
    ['S22: retryInterval', { retryInterval: '-1s' }, 'app.invalid'],
    ['S22: timeout', { timeout: '0s' }, 'app.invalid'],
  ])('%s', (_name, spec, code) => {
    const { apps, problems, unread } = parse(file(gitRepository('shop'), kustomization('web', spec), kustomization('other')));
    expect([...new Set(codes(problems))]).toEqual([`${code} fleet.yaml:3`]);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test('a name that no label can hold is refused', () => {
    expect(codes(parse(file(gitRepository('shop'), kustomization('a'.repeat(64)))).problems)).toEqual([
      'app.invalid fleet.yaml:3',
    ]);
  });
});

test.each([[{ pruneAll: true }, 'spec.pruneAll']])('%j has no effect and is named in a warning', (spec, path) => {
  expect(only(spec).warnings.map(({ code, message }) => `${code} ${message.split(':')[0]}`)).toEqual([
    `app.field_ignored ${path}`,
  ]);
});

test('fields of a source that have no effect are named in a warning of the fleet', () => {
  const { warnings } = parse(gitRepository('shop', { secretRef: { name: 'x' }, ignore: '*.md', timeout: '60s' }));
  expect(codes(warnings)).toEqual(Array(3).fill('app.field_ignored fleet.yaml:1'));
});

test.each([
  ['5m0s', 300],
  ['1h', 3600],
  ['1h30m', 5400],
  ['1.5s', 1.5],
  ['250ms', 0.25],
  ['0', undefined],
  ['0s', undefined],
  ['-1s', undefined],
  ['1', undefined],
  ['1d', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['1e9s', undefined],
  [' 1s', undefined],
  ['', undefined],
  ['999999999999h', undefined],
  ['1s'.repeat(1000), undefined],
])('S22: the duration %s is %s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
