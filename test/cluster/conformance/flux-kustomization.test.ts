import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { newAgeKey, sopsEncrypt } from '../../agent/resolve/sops-encrypt.ts';
import { gitRepository } from '../../src/app/fleet-fixtures.ts';
import { configMap } from '../agent-process.ts';
import { deployment, job } from '../hook-objects.ts';
import { eventually, liveCluster } from '../live.ts';
import { codesOf, done, type Stage, type StagedApp, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const STAYS = configMap('stays', '1');
const SLOW = { behaviour: 'slow', delay: '1s' } as const;
const NEVER = { behaviour: 'slow', delay: '1h' } as const;
const SOON_LATE = { annotations: { 'plumbline.dev/timeout': '2s' } };
const dependsOn = (app: StagedApp, rest: object = {}) => ({
  dependsOn: [{ name: app.namespace, namespace: app.namespace, ...rest }],
});

describe.concurrent('spec of a Kustomization', () => {
  it('prune: true deletes what left Git, false keeps it', async () => {
    const [pruned, kept] = [await stage.flux(), await stage.flux({ spec: { prune: false } })];
    for (const app of [pruned, kept]) {
      await app.commit([STAYS, configMap('a', '1')]);
      await app.commit([STAYS]);
    }
    expect([await pruned.names('ConfigMap'), await kept.names('ConfigMap')]).toEqual([['stays'], ['a', 'stays']]);
  });

  it('suspend: true does nothing, until it is false again', async () => {
    const app = await stage.flux();
    await app.commit([STAYS]);
    app.writeFlux({ spec: { suspend: true } });
    await app.publish([configMap('stays', '2')]);
    const witness = await stage.flux();
    await witness.commit([STAYS]);
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: '1' });
    app.writeFlux({});
    await app.commit();
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: '2' });
  });

  it('force: true recreates what has an immutable field', async () => {
    const app = await stage.flux({ spec: { force: true } });
    const frozen = (value: string): Manifest => ({ ...configMap('a', value), immutable: true });
    await app.commit([frozen('1')]);
    const before = (await app.live('ConfigMap/a'))?.metadata.uid;
    expect((await app.commit([frozen('2')])).outcome).toBe('synced');
    expect((await app.live('ConfigMap/a'))?.metadata.uid).not.toBe(before);
  });

  it('wait: true ends the sync when everything is healthy', async () => {
    const app = await stage.flux({ spec: { wait: true } });
    await app.publish([STAYS, deployment('web', SLOW)]);
    await app.waits('Deployment');
    await app.synced();
    expect(app.status?.health.status).toBe('Healthy');
  });

  it('wait: false ends it when everything is written', async () => {
    const app = await stage.flux();
    expect((await app.commit([deployment('web', NEVER)])).outcome).toBe('synced');
  });

  it('wait: a Job that fails fails the sync', async () => {
    const app = await stage.flux({ spec: { wait: true } });
    const receipt = await app.commit([job('migrate', { behaviour: 'fail' })]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.degraded']]);
  });

  it('timeout: what is not healthy by then has failed', async () => {
    const app = await stage.flux({ spec: { wait: true }, metadata: SOON_LATE });
    const receipt = await app.commit([STAYS, deployment('web', NEVER)]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.deadline']]);
  });

  it('healthChecks: waits for what it names, also for what is not its own, and for nothing else', async () => {
    const other = await stage.flux();
    const healthChecks = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: other.namespace }];
    const app = await stage.flux({ spec: { healthChecks } });
    await app.publish([STAYS, deployment('mine', NEVER)]);
    await app.waits('Deployment');
    await other.publish([deployment('web', SLOW)]);
    await app.synced();
    expect(app.resource('apps/Deployment/mine')?.health.status).toBe('Progressing');
  });

  it('healthCheckExprs: CEL decides when a kind is current and when it has failed', async () => {
    const exprs = [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        current: "metadata.annotations['ready'] == 'yes'",
        failed: "metadata.annotations['ready'] == 'never'",
      },
    ];
    const app = await stage.flux({ spec: { wait: true, healthCheckExprs: exprs } });
    const web = (ready: string): Manifest => {
      const object = deployment('web', NEVER);
      return { ...object, metadata: { ...object.metadata, annotations: { ready } } };
    };
    expect((await app.commit([web('yes')])).outcome).toBe('synced');
    const failed = await app.commit([web('never')]);
    expect([failed.outcome, codesOf(failed)]).toEqual(['failed', ['apply.degraded']]);
  });

  it('dependsOn: begins when the other is ready, and says what it waits for', async () => {
    const first = await stage.flux({ spec: { wait: true } });
    const second = await stage.flux({ spec: dependsOn(first) });
    await second.publish([STAYS]);
    await second.until('it waits', ({ progress }) => progress?.code === 'apply.dependency_missing');
    await first.publish([deployment('db', SLOW)]);
    await first.waits('Deployment');
    await second.until('it waits', ({ progress }) => progress?.code === 'apply.dependency');
    expect(await second.names('ConfigMap')).toEqual([]);
    await second.synced();
    expect(await second.names('ConfigMap')).toEqual(['stays']);
  });

  it('dependsOn: one that does not exist is waited for and named', async () => {
    const app = await stage.flux({ spec: { dependsOn: [{ name: 'nobody' }] } });
    await app.publish([STAYS]);
    await app.waits('nobody');
    expect(await app.names('ConfigMap')).toEqual([]);
  });

  it('dependsOn: a circle is named, and neither begins', async () => {
    const [a, b] = [await stage.flux(), await stage.flux()];
    a.writeFlux({ spec: dependsOn(b) });
    b.writeFlux({ spec: dependsOn(a) });
    await a.publish([STAYS]);
    await b.publish([STAYS]);
    await a.waits('→');
    await b.waits('→');
    const witness = await stage.flux();
    await witness.commit([STAYS]);
    expect([await a.names('ConfigMap'), await b.names('ConfigMap')]).toEqual([[], []]);
    // Neither keeps the other, and so the agent, busy.
    expect(stage.worker.agentOutput().split(a.id).length).toBeLessThan(20);
  });

  it('dependsOn: the other’s failure keeps it waiting, others go on', async () => {
    const first = await stage.flux({ spec: { wait: true } });
    const second = await stage.flux({ spec: dependsOn(first) });
    await first.commit([job('fails', { behaviour: 'fail' })]);
    await second.publish([STAYS]);
    await second.until('it waits', ({ progress }) => progress?.code === 'apply.dependency');
    expect(await second.names('ConfigMap')).toEqual([]);
  });

  it('dependsOn[].readyExpr: CEL over self and dep decides', async () => {
    const [first, second] = [await stage.flux(), await stage.flux()];
    const readyExpr = "dep.metadata.labels['stage'] == self.metadata.labels['stage']";
    const dependent = { spec: dependsOn(first, { readyExpr }), metadata: { labels: { stage: 'blue' } } };
    const sources = [first, second].map(({ namespace }) => gitRepository('shop', {}, { namespace }));
    const at = (stageOf: string) => ({
      metadata: { labels: { stage: stageOf } },
      beside: [second.fluxText(dependent), ...sources],
    });
    first.writeFlux(at('green'));
    second.writeFlux({ ...dependent, beside: [first.fluxText(at('green')), ...sources] });
    await first.commit([STAYS]);
    await second.publish([STAYS]);
    await second.until('it waits', ({ progress }) => progress?.code === 'apply.dependency');
    expect(await second.names('ConfigMap')).toEqual([]);
    first.writeFlux(at('blue'));
    await first.publish();
    await second.synced();
    expect(await second.names('ConfigMap')).toEqual(['stays']);
  });

  it('retryInterval: a failed sync is tried again by itself', async () => {
    const app = await stage.flux({ spec: { retryInterval: '2s' } });
    const account: Manifest = configMap('a', '1', `${app.namespace}-b`);
    expect((await app.commit([account])).outcome).toBe('failed');
    await liveCluster(stage.cluster).create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `${app.namespace}-b` },
    });
    await app.synced();
  });

  for (const [deletionPolicy, prune, left] of [
    ['MirrorPrune', true, []],
    ['MirrorPrune', false, ['stays']],
    ['Delete', false, []],
    ['Orphan', true, ['stays']],
    ['WaitForTermination', true, []],
  ] as const)
    it(`deletionPolicy: ${deletionPolicy} with prune: ${prune} leaves ${left.length === 0 ? 'nothing' : 'everything'} behind`, async () => {
      const app = await stage.flux({ spec: { deletionPolicy, prune } });
      await app.commit([STAYS]);
      expect((await app.remove()).outcome).toBe('removed');
      expect(await app.names('ConfigMap')).toEqual(left);
      if (left.length > 0) expect((await app.live('ConfigMap/stays'))?.metadata.labels).toBeUndefined();
    });

  it('deletionPolicy: WaitForTermination stays until its objects are really gone', async () => {
    const app = await stage.flux({ spec: { deletionPolicy: 'WaitForTermination' } });
    await app.commit([STAYS]);
    await app.patch('ConfigMap/stays', { metadata: { finalizers: ['example.com/hold'] } });
    await app.publish(undefined, { removed: true });
    await app.waits('example.com/hold');
    const isRemoved = () => stage.worker.receipts.some((receipt) => receipt.app === app.id && receipt.outcome === 'removed');
    expect(isRemoved()).toBe(false);
    await app.patch('ConfigMap/stays', { metadata: { finalizers: null } });
    await stage.worker.until('it is removed', isRemoved);
  });

  it('serviceAccountName: is applied as that ServiceAccount, and no more than it may', async () => {
    const app = await stage.flux({ spec: { serviceAccountName: 'deployer' } });
    const refused = await app.commit([STAYS]);
    expect([refused.outcome, codesOf(refused)]).toEqual(['failed', ['apply.forbidden']]);
    await allowConfigMaps(app, 'deployer');
    expect((await app.commit([configMap('stays', '2')])).outcome).toBe('synced');
    const both = await app.commit([
      configMap('stays', '3'),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'no' } },
    ]);
    expect(codesOf(both)).toEqual(['apply.forbidden']);
    const log = await readFile(stage.cluster.auditLog, 'utf8');
    const writes = log
      .split('\n')
      .filter((line) => line.includes(`${app.path('ConfigMap/stays')}?`) && line.includes('"verb":"patch"'));
    expect(writes.length).toBeGreaterThan(0);
    for (const write of writes) expect(write).toContain(`system:serviceaccount:${app.namespace}:deployer`);
  });

  it('ignore: a field of others is left to them', async () => {
    const app = await stage.flux({ spec: { ignore: [{ paths: ['/data/value'], target: { kind: 'ConfigMap' } }] } });
    await app.commit([configMap('a', 'git')]);
    await app.patch('ConfigMap/a', { data: { value: 'somebody' } });
    await app.sync();
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: 'somebody' });
  });

  it('postBuild.substitute: fills variables, with defaults', async () => {
    const app = await stage.flux({ spec: { postBuild: { substitute: { name: 'filled' } } } });
    await app.commit([configMap('a', `\${name}-\${other:=default}-$\${kept}`)]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: `filled-default-\${kept}` });
  });

  it('postBuild.substituteFrom: takes ConfigMaps and Secrets of the cluster, the later wins, inline wins over all; a change is followed', async () => {
    const substituteFrom = [
      { kind: 'ConfigMap', name: 'vars' },
      { kind: 'Secret', name: 'secret-vars' },
      { kind: 'ConfigMap', name: 'absent', optional: true },
    ];
    const app = await stage.flux({ spec: { postBuild: { substitute: { c: 'inline' }, substituteFrom } } });
    await app.create('ConfigMap', { ...configMap('vars', ''), data: { a: 'map', b: 'map', c: 'map' } });
    await app.create('Secret', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'secret-vars' },
      stringData: { b: 'canary-variable' },
    });
    await app.commit([configMap('filled', `\${a} \${b} \${c}`)]);
    expect((await app.live('ConfigMap/filled'))?.data).toEqual({ value: 'map canary-variable inline' });
    await app.patch('ConfigMap/vars', { data: { a: 'changed' } });
    await eventually(
      'the change arrives',
      async () => (await app.live('ConfigMap/filled'))?.data?.['value'] === 'changed canary-variable inline',
    );
    expect(
      JSON.stringify([stage.worker.receipts, [...stage.worker.statuses.values()], stage.worker.agentOutput()]),
    ).not.toContain('canary-variable');
  });

  it('postBuild.substituteFrom: one that is missing fails the App by name, and what runs stays', async () => {
    const app = await stage.flux();
    await app.commit([STAYS]);
    app.writeFlux({ spec: { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'absent' }] } } });
    await app.publish([configMap('other', `\${a}`)]);
    await app.until('it is told', ({ problems }) =>
      problems.some(({ where, message }) => `${where} ${message}`.includes('absent')),
    );
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('decryption: a Secret that SOPS encrypted is opened with the key in the cluster', async () => {
    const app = await stage.flux({ spec: { decryption: { provider: 'sops', secretRef: { name: 'age' } } } });
    const key = await newAgeKey();
    await app.create('Secret', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'age' },
      stringData: { 'a.agekey': key.identity },
    });
    const plain = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'canary-sops-value' } };
    const options = { recipients: [key.recipient], isEncrypted: (path: readonly string[]) => path[0] === 'stringData' };
    // Its apiVersion, kind and metadata are as they were.
    await app.commit([(await sopsEncrypt(plain, options)) as unknown as Manifest]);
    expect((await app.live('Secret/db'))?.data).toEqual({ password: btoa('canary-sops-value') });
    expect(stage.worker.agentOutput()).not.toContain('canary-sops-value');
  });

  it('decryption: without the key nothing is written, and nothing that runs goes', async () => {
    const app = await stage.flux({ spec: { decryption: { provider: 'sops', secretRef: { name: 'nowhere' } } } });
    const key = await newAgeKey();
    const plain = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'x' } };
    const options = { recipients: [key.recipient], isEncrypted: (path: readonly string[]) => path[0] === 'stringData' };
    await app.publish([STAYS, (await sopsEncrypt(plain, options)) as unknown as Manifest]);
    await app.until('it is told', ({ problems }) => problems.some(({ code }) => code.startsWith('sops.')));
    expect(await app.live('Secret/db')).toBeUndefined();
  });
});

describe.concurrent('the stages of Flux', () => {
  it('a definition, its Namespace and its object come in one commit, in that order', async () => {
    const app = await stage.flux();
    const group = `${app.namespace}.example.com`;
    const definition: Manifest = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${app.namespace}-x` } };
    const widget: Manifest = {
      apiVersion: `${group}/v1`,
      kind: 'Widget',
      metadata: { name: 'w', namespace: `${app.namespace}-x` },
    };
    const receipt = await app.commit([widget, namespace, definition]);
    expect([receipt.outcome, Object.values(done(receipt))]).toEqual(['synced', ['created', 'created', 'created']]);
    await stage.cluster.call({
      method: 'DELETE',
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`,
    });
  });

  it('an object that fails: what comes after it is not written, nor anything pruned (F44)', async () => {
    const app = await stage.flux();
    await app.commit([STAYS, configMap('old', '1')]);
    const bad: Manifest = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'bad' },
      spec: { ports: [{ port: 99_999_999 }] },
    };
    const receipt = await app.commit([STAYS, bad, deployment('web')]);
    expect([receipt.outcome, done(receipt)['Service/bad']]).toEqual(['failed', 'failed']);
    expect([await app.names('ConfigMap'), await app.names('Deployment')]).toEqual([['old', 'stays'], []]);
    await app.until('it is not called Synced', ({ sync }) => sync === 'OutOfSync');
  });
});

/** A ServiceAccount that may do what is needed with ConfigMaps of its namespace. */
async function allowConfigMaps(app: StagedApp, name: string): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const live = liveCluster(stage.cluster);
  await app.create('ServiceAccount', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  await live.create(`/apis/${rbac}/v1/namespaces/${app.namespace}/roles`, {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name },
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] },
    ],
  });
  await live.create(`/apis/${rbac}/v1/namespaces/${app.namespace}/rolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: app.namespace }],
  });
}
