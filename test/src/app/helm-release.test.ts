import { describe, expect, test } from 'vitest';
import { codes, file, gitRepository, helmRelease, kustomization, parse } from './fleet-fixtures.ts';

const parsed = (spec: object, metadata: object = {}) => parse(file(gitRepository('shop'), helmRelease('web', spec, metadata)));
const only = (spec: object = {}, metadata: object = {}) => {
  const { apps, problems } = parsed(spec, metadata);
  expect(problems).toEqual([]);
  const [app] = apps;
  if (app === undefined) throw new Error('no App was parsed');
  return app;
};
const chart = (spec: object) => ({
  chart: { spec: { chart: './charts/web', sourceRef: { kind: 'GitRepository', name: 'shop' }, ...spec } },
});

test('a HelmRelease with a chart in Git is an App with the defaults of helm-controller', () => {
  const action = { disableHooks: false, disableWait: false, timeoutSeconds: 300, retries: 0 };
  expect(only({ values: { replicas: 2 } })).toEqual({
    id: 'web',
    cluster: 'eu-1',
    project: 'default',
    origin: { dialect: 'flux', kind: 'HelmRelease', namespace: 'flux-system', name: 'web', file: 'fleet.yaml', line: 3 },
    source: { repoURL: 'https://git.example.com/org/shop', revision: 'refs/heads/main', path: 'charts/web' },
    render: {
      engine: 'helm',
      helm: { releaseName: 'web', namespace: 'flux-system', values: { replicas: 2 }, skipTests: true },
      marksDefinitions: true,
      namespace: 'flux-system',
    },
    policy: {
      dialect: 'flux',
      name: 'web',
      namespace: 'flux-system',
      autoSync: true,
      prune: true,
      selfHeal: false,
      allowEmpty: false,
      targetNamespace: 'flux-system',
      createNamespace: false,
      suspended: false,
      retry: { limit: -1, durationSeconds: 10, factor: 2, maxDurationSeconds: 300 },
      timeoutSeconds: 300,
      onDelete: 'prune',
      deletePropagation: 'background',
      deleteHooks: ['PreDelete', 'PostDelete'],
      awaitDeletion: true,
      budget: { count: 50, percent: 100 },
      wait: true,
      release: {
        name: 'web',
        namespace: 'flux-system',
        install: { ...action, crds: 'Create', remediateLast: false },
        upgrade: { ...action, crds: 'Skip', remediateLast: false, remediation: 'rollback' },
        rollback: action,
        uninstall: { disableHooks: false, disableWait: false, timeoutSeconds: 300 },
        driftDetection: 'disabled',
      },
    },
    warnings: [],
  });
});

describe('the name of a release', () => {
  test.each([
    ['its own', { releaseName: 'shop' }, 'shop'],
    ['that of the object', {}, 'web'],
    ['with the target namespace before it', { targetNamespace: 'shop' }, 'shop-web'],
    // sha256 of the full name, as helm-controller shortens it.
    ['shortened by a hash', { targetNamespace: 'a'.repeat(60) }, `${'a'.repeat(40)}-46ae90219dae`],
  ])('is %s', (_name, spec, name) => {
    const { release } = only(spec).policy;
    expect(release?.name).toBe(name);
    expect(release?.name.length).toBeLessThanOrEqual(53);
  });
});

describe('what a HelmRelease asks for', () => {
  test.each([
    [
      'timeouts',
      { timeout: '1m', upgrade: { timeout: '2m' } },
      { timeoutSeconds: 60, release: { install: { timeoutSeconds: 60 }, upgrade: { timeoutSeconds: 120 } } },
    ],
    [
      'remediation',
      {
        install: { remediation: { retries: -5, remediateLastFailure: true } },
        upgrade: { remediation: { retries: 3, strategy: 'uninstall', ignoreTestFailures: true } },
      },
      {
        release: {
          install: { retries: -1, remediateLast: true },
          upgrade: { retries: 3, remediateLast: true, remediation: 'uninstall', ignoreTestFailures: true },
        },
      },
    ],
    [
      'retries without remediation',
      { install: { strategy: { name: 'RetryOnFailure', retryInterval: '30s' } } },
      { release: { install: { retryIntervalSeconds: 30 } } },
    ],
    [
      'no hooks and no waiting',
      { install: { disableHooks: true, disableWait: true } },
      { release: { install: { disableHooks: true, disableWait: true } } },
    ],
    [
      'CRDs',
      { install: { crds: 'CreateReplace' }, upgrade: { crds: 'Create' } },
      { release: { install: { crds: 'CreateReplace' }, upgrade: { crds: 'Create' } } },
    ],
    ['no CRDs, as it was written before', { install: { skipCRDs: true } }, { release: { install: { crds: 'Skip' } } }],
    [
      'tests',
      { test: { enable: true, ignoreFailures: true, timeout: '1m' } },
      { release: { test: { ignoreFailures: true, timeoutSeconds: 60 } } },
    ],
    [
      'an uninstallation',
      { uninstall: { disableHooks: true, deletionPropagation: 'orphan' } },
      { deletePropagation: 'orphan', deleteHooks: [] },
    ],
    [
      'drift detection',
      { driftDetection: { mode: 'enabled' } },
      { selfHeal: true, drift: 'heal', release: { driftDetection: 'enabled' } },
    ],
    [
      'warnings of drift, but for some fields',
      { driftDetection: { mode: 'warn', ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] } },
      { selfHeal: false, drift: 'warn', ignore: [{ kind: 'Deployment', pointers: ['/spec/replicas'] }] },
    ],
    [
      'a namespace that is made',
      { targetNamespace: 'shop', install: { createNamespace: true } },
      { targetNamespace: 'shop', createNamespace: true },
    ],
    ['no validation', { install: { disableOpenAPIValidation: true } }, { sync: { validate: false } }],
    ['suspension', { suspend: true }, { suspended: true }],
    ['impersonation', { serviceAccountName: 'deployer' }, { serviceAccount: { namespace: 'flux-system', name: 'deployer' } }],
    [
      'dependencies on Kustomizations and HelmReleases',
      { dependsOn: [{ name: 'infra' }, { name: 'db', namespace: 'team' }] },
      { dependsOn: [{ app: 'infra' }, { app: 'team_db' }] },
    ],
    [
      'health expressions',
      { healthCheckExprs: [{ apiVersion: 'a/v1', kind: 'B', current: 'true' }] },
      { healthExpressions: [{ apiVersion: 'a/v1', kind: 'B', current: 'true' }] },
    ],
  ])('%s', (_name, spec, expected) => {
    const app = only(spec);
    expect(app.policy).toMatchObject(expected);
    expect(app.warnings).toEqual([]);
  });

  test('values, files of values, post-renderers and common metadata reach the renderer', () => {
    const kustomize = { images: [{ name: 'web', newTag: '2' }], patches: [{ patch: '{}', target: { kind: 'Deployment' } }] };
    const spec = {
      ...chart({ valuesFiles: ['charts/web/values.yaml', './prod.yaml'], ignoreMissingValuesFiles: true }),
      postRenderers: [{ kustomize }],
      commonMetadata: { labels: { a: 'b' } },
      install: { disableSchemaValidation: true, crds: 'Skip' },
      test: { enable: true },
    };
    expect(only(spec).render.helm).toEqual({
      releaseName: 'web',
      namespace: 'flux-system',
      chartValueFiles: ['charts/web/values.yaml', 'prod.yaml'],
      ignoreMissingValueFiles: true,
      skipCrds: true,
      skipSchemaValidation: true,
      postRenderers: [kustomize],
      commonMetadata: { labels: { a: 'b' } },
    });
  });

  test('filters of tests reach the renderer', () => {
    const filters = [{ name: 'a' }, { name: 'b', exclude: true }];
    expect(only({ test: { enable: true, filters } }).render.tests).toEqual({ include: ['a'], exclude: ['b'] });
  });

  test('one that is not to be pruned leaves its objects', () => {
    expect(only({}, { annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } }).policy.onDelete).toBe('orphan');
  });

  test('annotations of our own hold for releases too', () => {
    const annotations = { 'plumbline.dev/drift': 'warn', 'plumbline.dev/deletion-budget': '3', 'plumbline.dev/timeout': '1m' };
    expect(only({}, { annotations }).policy).toMatchObject({
      drift: 'warn',
      budget: { count: 3, percent: 100 },
      timeoutSeconds: 60,
    });
  });
});

describe('what cannot be kept is refused on this App only', () => {
  test.each([
    ['a chart of a registry', { chart: undefined, chartRef: { kind: 'OCIRepository', name: 'x' } }, 'app.unsupported'],
    ['a chart of a Helm repository', chart({ sourceRef: { kind: 'HelmRepository', name: 'x' } }), 'app.unsupported'],
    ['a chart of a bucket', chart({ sourceRef: { kind: 'Bucket', name: 'x' } }), 'app.unsupported'],
    ['a chart that is signed', chart({ verify: { provider: 'cosign' } }), 'app.unsupported'],
    ['a source that is not there', chart({ sourceRef: { kind: 'GitRepository', name: 'x' } }), 'app.source_unknown'],
    ['no chart', { chart: undefined }, 'app.invalid'],
    ['values of the cluster', { valuesFrom: [{ kind: 'Secret', name: 'x' }] }, 'app.unsupported'],
    ['S06: a kubeconfig', { kubeConfig: { secretRef: { name: 'x' } } }, 'app.unsupported'],
    ['values of an earlier release', { upgrade: { preserveValues: true } }, 'app.unsupported'],
    ['a filter without a name', { test: { enable: true, filters: [{ exclude: true }] } }, 'app.invalid'],
    ['hooks without post-rendering', { postRenderStrategy: 'nohooks', postRenderers: [{ kustomize: {} }] }, 'app.unsupported'],
    ['S05: a release named like an option', { releaseName: '--post-renderer=x' }, 'app.invalid'],
    ['S05: a ServiceAccount with a semicolon', { serviceAccountName: 'a;b' }, 'app.invalid'],
    ['S01: a chart outside of the repository', chart({ chart: '../../etc' }), 'app.invalid'],
    ['S01: values outside of the repository', chart({ valuesFiles: ['../../etc/passwd'] }), 'app.invalid'],
    ['S22: interval NaN', { interval: 'NaN' }, 'app.invalid'],
    ['S22: timeout 1d', { timeout: '1d' }, 'app.invalid'],
    ['S22: timeout -1s of an action', { upgrade: { timeout: '-1s' } }, 'app.invalid'],
    ['an unknown strategy', { install: { strategy: { name: 'Hope' } } }, 'app.invalid'],
    ['an unknown remediation', { upgrade: { remediation: { strategy: 'hope' } } }, 'app.invalid'],
    ['an unknown CRD policy', { install: { crds: 'Sometimes' } }, 'app.invalid'],
    ['an unknown drift mode', { driftDetection: { mode: 'on' } }, 'app.invalid'],
    ['an unknown propagation', { uninstall: { deletionPropagation: 'sideways' } }, 'app.invalid'],
  ])('%s', (_name, spec, code) => {
    const { apps, problems, unread } = parse(file(gitRepository('shop'), helmRelease('web', spec), kustomization('other')));
    expect([...new Set(codes(problems))]).toEqual([`${code} fleet.yaml:3`]);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test('a Kustomization and a HelmRelease of one name are told apart by refusing the second', () => {
    expect(codes(parse(file(gitRepository('shop'), kustomization('web'), helmRelease('web'))).problems)).toEqual([
      'app.duplicate fleet.yaml:5',
    ]);
  });
});

test.each([
  [{ storageNamespace: 'x' }, 'spec.storageNamespace'],
  [{ maxHistory: 3 }, 'spec.maxHistory'],
  [{ install: { disableTakeOwnership: true } }, 'spec.install.disableTakeOwnership'],
  [{ install: { serverSideApply: false } }, 'spec.install.serverSideApply'],
  [{ upgrade: { serverSideApply: 'disabled' } }, 'spec.upgrade.serverSideApply'],
  [{ upgrade: { force: true } }, 'spec.upgrade.force'],
  [{ upgrade: { chartNameChangeStrategy: 'Reinstall' } }, 'spec.upgrade.chartNameChangeStrategy'],
  [{ rollback: { recreate: true } }, 'spec.rollback.recreate'],
  [{ uninstall: { keepHistory: true } }, 'spec.uninstall.keepHistory'],
  [{ waitStrategy: { name: 'legacy' } }, 'spec.waitStrategy.name'],
  [{ intervall: '1m' }, 'spec.intervall'],
])('%j has no effect and is named in a warning', (spec, path) => {
  expect(only(spec).warnings.map(({ code, message }) => `${code} ${message.split(':')[0]}`)).toEqual([
    `app.field_ignored ${path}`,
  ]);
});
