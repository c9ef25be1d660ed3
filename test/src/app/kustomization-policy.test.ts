import { describe, expect, test } from 'vitest';
import { codes, file, gitRepository, kustomization, parse } from './fleet-fixtures.ts';

const only = (spec: object = {}, source: object = {}) => {
  const { apps, problems } = parse(file(kustomization('web', spec), gitRepository('shop', source)));
  expect(problems).toEqual([]);
  const [app] = apps;
  if (app === undefined) throw new Error('no App was parsed');
  return app;
};

describe('what the agent does for a Kustomization', () => {
  const policyOf = (spec: object) => only(spec).policy;

  test.each([
    ['force', { force: true }, { sync: { force: true } }],
    ['wait', { wait: true, healthChecks: [{ kind: 'Job', name: 'a' }] }, { wait: true }],
    [
      'healthChecks',
      {
        healthChecks: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', namespace: 'b' },
          { kind: 'Node', name: 'n', apiVersion: 'v1' },
        ],
      },
      { healthChecks: ['apps/Deployment/b/a', '/Node//n'] },
    ],
    [
      'healthCheckExprs',
      { healthCheckExprs: [{ apiVersion: 'a/v1', kind: 'B', current: 'status.ok', failed: '', inProgress: 'true' }] },
      { healthExpressions: [{ apiVersion: 'a/v1', kind: 'B', current: 'status.ok', inProgress: 'true' }] },
    ],
    ['deletionPolicy WaitForTermination', { deletionPolicy: 'WaitForTermination' }, { onDelete: 'prune', awaitDeletion: true }],
    [
      'serviceAccountName',
      { serviceAccountName: 'deployer' },
      { serviceAccount: { namespace: 'flux-system', name: 'deployer' } },
    ],
    [
      'ignore',
      { ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deploy.*', labelSelector: 'tier in (a,b)', name: '' } }] },
      { ignore: [{ kind: 'Deploy.*', labelSelector: 'tier in (a,b)', pointers: ['/spec/replicas'] }] },
    ],
    [
      'postBuild',
      { postBuild: { substitute: { a: 'b' }, substituteFrom: [{ kind: 'Secret', name: 's', optional: true }] } },
      { substitute: { values: { a: 'b' }, from: [{ kind: 'Secret', name: 's', optional: true }], always: false } },
    ],
    [
      'postBuild that always runs',
      { postBuild: { substituteStrategy: 'Always' } },
      { substitute: { values: {}, from: [], always: true } },
    ],
    ['decryption', { decryption: { provider: 'sops', secretRef: { name: 'age' } } }, { decryption: { secret: 'age' } }],
    ['decryption without keys of its own', { decryption: { provider: 'sops' } }, { decryption: {} }],
    [
      'dependsOn',
      { dependsOn: [{ name: 'a' }, { name: 'b', namespace: 'team', readyExpr: 'dep.spec.prune' }] },
      { dependsOn: [{ app: 'a' }, { app: 'team_b', readyExpr: 'dep.spec.prune' }] },
    ],
  ])('%s', (_name, spec, expected) => {
    expect(policyOf(spec)).toMatchObject(expected);
    expect(only(spec).warnings).toEqual([]);
  });

  test('what asks for nothing is not in the policy', () => {
    const asked = Object.keys(
      policyOf({ wait: false, force: false, healthChecks: [], ignore: [], dependsOn: [], postBuild: {} }),
    );
    expect(asked).toEqual(Object.keys(policyOf({})));
  });

  test('S22: bad numbers and lists of one App leave the others alone', () => {
    const many = { dependsOn: Array.from({ length: 50_000 }, (_, i) => ({ name: `a${i}` })) };
    const { apps, problems } = parse(file(gitRepository('shop'), kustomization('web', many), kustomization('other')));
    expect(codes(problems)).toEqual(['app.invalid fleet.yaml:3']);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
  });

  test('only what an expression names of a spec is given to it: values of a chart may hold secrets', () => {
    const { apps } = parse(
      file(
        gitRepository('shop'),
        kustomization('web', { dependsOn: [{ name: 'db', readyExpr: `dep.spec.wait && dep.metadata.labels['v'] == '1'` }] }),
        kustomization('db', { wait: true, postBuild: { substitute: { password: 'canary' } } }, { labels: { v: '1' } }),
      ),
    );
    const definitions = apps.map(({ id, policy }) => [id, policy.definition]);
    expect(definitions).toEqual([
      ['web', {}],
      ['db', { labels: { v: '1' }, spec: { wait: true } }],
    ]);
  });
});

describe('annotations and labels of a Kustomization', () => {
  const named = (metadata: object) => {
    const { apps, problems } = parse(file(gitRepository('shop'), kustomization('web', {}, metadata)));
    return {
      policy: apps[0]?.policy,
      problems: codes(problems),
      warnings: apps[0]?.warnings.map(({ message }) => message.split(':')[0]),
    };
  };

  test('one that is not to be pruned leaves its objects', () => {
    const annotations = { 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' };
    expect(named({ annotations })).toMatchObject({ policy: { onDelete: 'orphan' }, warnings: [] });
    expect(named({ labels: annotations }).policy).toMatchObject({ onDelete: 'orphan' });
  });

  test.each([
    'reconcile.fluxcd.io/requestedAt',
    'reconcile.fluxcd.io/resetAt',
    'sharding.fluxcd.io/key',
    'event.toolkit.fluxcd.io/commit',
    'kustomize.toolkit.fluxcd.io/ssa',
    'kustomize.toolkit.fluxcd.io/purne',
    'fluxcd.controlplane.io/reconcile',
  ])('%s is named in a warning', (key) => {
    expect(named({ annotations: { [key]: 'x', 'example.com/own': 'y' } }).warnings).toEqual([`metadata.annotations ${key}`]);
    expect(named({ labels: { [key]: 'x' } }).warnings).toEqual([`metadata.labels ${key}`]);
  });
});
