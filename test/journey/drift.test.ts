import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppView } from '../../core/api/views.ts';
import { trackingId } from '../../core/plan/tracking.ts';
import { agentWrites, describeEvent } from './support/audit-log.ts';
import { configMap, deployment } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, deploymentYaml, fluxApp, fluxSource, namespaceYaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

const PROBES = 10;

let journey: Journey;
let repository: Repository;
let probes = 0;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('drift');
  const { url } = repository;
  const files = (app: string) => ({
    [`apps/${app}/config.yaml`]: configMapYaml('config', 'right'),
    [`apps/${app}/web.yaml`]: deploymentYaml('web', app === 'scaled' ? {} : { replicas: 1 }),
  });
  await repository.push({
    'fleet/healing.yaml': argoApp(url, { name: 'healing', path: 'apps/healing' }),
    'fleet/telling.yaml': argoApp(url, { name: 'telling', path: 'apps/telling', automated: { prune: true } }),
    'fleet/manual.yaml': argoApp(url, { name: 'manual', path: 'apps/manual', automated: 'manual' }),
    'fleet/scaled.yaml': argoApp(url, { name: 'scaled', path: 'apps/scaled' }),
    'fleet/flux.yaml': `${fluxSource(url)}---\n${fluxApp({ name: 'flux', path: './apps/flux' })}`,
    'fleet/probed.yaml': argoApp(url, { name: 'probed', path: 'apps/probed' }),
    ...Object.fromEntries(
      Array.from({ length: PROBES }, (_, i) => [`apps/probed/${i}.yaml`, configMapYaml(`probe-${i}`, 'right')]),
    ),
    ...files('healing'),
    ...files('telling'),
    ...files('manual'),
    ...files('scaled'),
    'apps/flux/namespace.yaml': namespaceYaml('flux'),
    'apps/flux/config.yaml': configMapYaml('config', 'right', 'flux'),
  });
  await journey.addFleet(repository);
  for (const app of ['healing', 'telling', 'scaled', 'flux', 'probed'])
    await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy', clear: true });
  await journey.waitForApp('manual', { sync: 'OutOfSync' });
  await journey.system.api.send('POST', '/apps/demo/manual/sync', {});
  await journey.waitForApp('manual', { sync: 'Synced', health: 'Healthy' });
});
afterAll(() => journey?.stop());

/** Waits until an object's value is the right one again. */
async function awaitHealed(namespace: string): Promise<void> {
  await waitFor(`${namespace}/config to be healed`, async () => {
    const live = await journey.objects.get(configMap(namespace, 'config'));
    return (live?.['data'] as { value?: string } | undefined)?.value === 'right'; // a ConfigMap's
  });
}

/** Waits until the App reports a drift of its object. */
function awaitDrift(app: string, kind: 'changed' | 'deleted' | 'extra', action: 'healed' | 'reported'): Promise<AppView> {
  return waitFor(
    `${app} to report ${kind} as ${action}`,
    async () => {
      const view = await journey.app(app);
      return view?.status?.drift.some((drift) => drift.kind === kind && drift.action === action) === true ? view : undefined;
    },
    { describe: async () => (await journey.app(app))?.status },
  );
}

for (const app of ['healing', 'flux']) {
  test(`an edited object is healed when the App heals itself, and told of (${app})`, async () => {
    await journey.objects.patch(configMap(app, 'config'), { data: { value: 'wrong' } }, 'kubectl-edit');
    await awaitHealed(app);
    const { status } = await awaitDrift(app, 'changed', 'healed');
    expect(status?.drift).toContainEqual(
      expect.objectContaining({ kind: 'changed', fields: ['/data/value'], manager: 'kubectl-edit', action: 'healed' }),
    );
    await journey.waitForApp(app, { sync: 'Synced' });
  });

  test(`a deleted object is made again when the App heals itself (${app})`, async () => {
    const before = await journey.objects.get(configMap(app, 'config'));
    await journey.objects.delete(configMap(app, 'config'));
    await awaitHealed(app);
    expect((await journey.objects.get(configMap(app, 'config')))?.metadata.uid).not.toBe(before?.metadata.uid);
    await awaitDrift(app, 'deleted', 'healed');
    await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy' });
  });
}

test('a deleted Deployment comes back and is Healthy again', async () => {
  await journey.objects.delete(deployment('healing', 'web'));
  await waitFor('the Deployment to be ready again', async () => {
    const live = await journey.objects.get(deployment('healing', 'web'));
    return (live?.['status'] as { readyReplicas?: number } | undefined)?.readyReplicas === 1; // a Deployment's
  });
  await journey.waitForApp('healing', { sync: 'Synced', health: 'Healthy' });
});

test('an extra object that carries the tracking of an App is pruned when the App prunes', async () => {
  await createExtra('healing');
  await waitFor('the extra object to go', async () => (await journey.objects.get(configMap('healing', 'extra'))) === undefined);
  await journey.waitForApp('healing', { sync: 'Synced' });
});

test('an extra object is reported, and left alone, when the App does not prune', async () => {
  const mark = await journey.audit.mark();
  await createExtra('manual');
  await journey.waitForApp('manual', { sync: 'OutOfSync' });
  const { status } = await awaitDrift('manual', 'extra', 'reported');
  expect(status?.resources).toContainEqual(expect.objectContaining({ key: '/ConfigMap/manual/extra', sync: 'OutOfSync' }));
  expect(await writesSince(mark)).toEqual([]);
  await journey.objects.delete(configMap('manual', 'extra'));
  await journey.waitForApp('manual', { sync: 'Synced' });
});

test("an operator's copy of a tracking annotation names another object, so the copy is nobody's to prune (F20)", async () => {
  const id = trackingId({ group: '', kind: 'ConfigMap', namespace: 'healing', name: 'config' }, 'healing');
  await journey.objects.create('/api/v1/namespaces/healing/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'copy', annotations: { 'argocd.argoproj.io/tracking-id': id } },
  });
  await flush();
  expect(await journey.objects.get(configMap('healing', 'copy'))).toBeDefined();
  await journey.waitForApp('healing', { sync: 'Synced' });
});

for (const app of ['telling', 'manual']) {
  test(`without self-heal an edit is reported with field and manager, and nothing is written (${app})`, async () => {
    const mark = await journey.audit.mark();
    await journey.objects.patch(configMap(app, 'config'), { data: { value: 'wrong' } }, 'somebody');
    await journey.waitForApp(app, { sync: 'OutOfSync' });
    const { status } = await awaitDrift(app, 'changed', 'reported');
    expect(status?.drift).toEqual([
      expect.objectContaining({ kind: 'changed', fields: ['/data/value'], manager: 'somebody', action: 'reported' }),
    ]);
    await flush();
    expect(await writesSince(mark, app)).toEqual([]);
    expect(await journey.objects.get(configMap(app, 'config'))).toMatchObject({ data: { value: 'wrong' } });
    await journey.objects.patch(configMap(app, 'config'), { data: { value: 'right' } }, 'somebody');
    await journey.waitForApp(app, { sync: 'Synced' });
  });

  test(`without self-heal a deletion is reported, and nothing is written (${app})`, async () => {
    const mark = await journey.audit.mark();
    await journey.objects.delete(configMap(app, 'config'));
    await journey.waitForApp(app, { sync: 'OutOfSync', health: 'Missing' });
    await awaitDrift(app, 'deleted', 'reported');
    await flush();
    expect(await writesSince(mark, app)).toEqual([]);
    expect((await journey.system.api.send('POST', `/apps/demo/${app}/sync`, {})).ok).toBe(true);
    await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy' });
    await awaitHealed(app);
  });
}

test("a field that Git does not name is its other manager's: replicas of an autoscaler stay (F38)", async () => {
  const mark = await journey.audit.mark();
  const scale = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 4 } };
  await journey.objects.apply(deployment('scaled', 'web'), scale, 'autoscaler');
  await journey.objects.patch(
    configMap('scaled', 'config'),
    { metadata: { annotations: { 'example.com/note': 'mine' } } },
    'annotator',
  );
  await waitFor('four replicas to be ready', async () => {
    const live = await journey.objects.get(deployment('scaled', 'web'));
    return (live?.['status'] as { readyReplicas?: number } | undefined)?.readyReplicas === 4; // a Deployment's
  });
  await flush();
  expect(await journey.app('scaled')).toMatchObject({ status: { sync: 'Synced', drift: [] } });
  expect(await writesSince(mark, 'scaled')).toEqual([]);
  const commit = await repository.push({ 'apps/scaled/web.yaml': deploymentYaml('web', { image: 'nginx:1.30' }) });
  await journey.waitForApp('scaled', { revision: commit, sync: 'Synced', health: 'Healthy' });
  expect(await journey.objects.get(deployment('scaled', 'web'))).toMatchObject({
    spec: { replicas: 4, template: { spec: { containers: [{ image: 'nginx:1.30' }] } } },
  });
  expect(await journey.objects.get(configMap('scaled', 'config'))).toMatchObject({
    metadata: { annotations: { 'example.com/note': 'mine' } },
  });
});

test('a field that leaves Git leaves the object, also when somebody had edited it (F38)', async () => {
  const more = configMapYaml('fields', 'right').replace('"value": "right"', '"value": "right", "more": "from Git"');
  const added = await repository.push({ 'apps/healing/fields.yaml': more });
  await journey.waitForApp('healing', { revision: added, sync: 'Synced' });
  await journey.objects.patch(configMap('healing', 'fields'), { data: { more: 'edited' } });
  await waitFor('the edit to be healed', async () => {
    const live = await journey.objects.get(configMap('healing', 'fields'));
    return (live?.['data'] as { more?: string } | undefined)?.more === 'from Git'; // a ConfigMap's
  });
  const removed = await repository.push({ 'apps/healing/fields.yaml': configMapYaml('fields', 'right') });
  await journey.waitForApp('healing', { revision: removed, sync: 'Synced' });
  expect((await journey.objects.get(configMap('healing', 'fields')))?.['data']).toEqual({ value: 'right' });
});

test('a namespace deleted by hand is made again with everything in it, without a fight while it goes (F18)', async () => {
  const mark = await journey.audit.mark();
  await journey.objects.delete('/api/v1/namespaces/healing');
  await waitFor('the namespace to come back', async () => {
    const live = await journey.objects.get(configMap('healing', 'config'));
    const namespace = await journey.objects.get('/api/v1/namespaces/healing');
    return live !== undefined && (namespace?.['status'] as { phase?: string } | undefined)?.phase === 'Active'; // a Namespace's
  });
  await journey.waitForApp('healing', { sync: 'Synced', health: 'Healthy' });
  // Two objects and a namespace, with retries; a fight would be hundreds.
  const writes = agentWrites(await journey.audit.since(mark));
  expect(writes.length).toBeLessThan(40);
});

test('all of that broke no invariant (I1, I2, I3, I4, I9)', async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

async function writesSince(mark: number, namespace?: string): Promise<string[]> {
  const writes = agentWrites(await journey.audit.since(mark));
  return writes.filter((event) => namespace === undefined || event.namespace === namespace).map(describeEvent);
}

/** Has another object's drift healed: whatever the agent was going to do about an earlier one, it has done by then. A new one each time, for who is edited often is healed slowly. */
async function flush(): Promise<void> {
  const path = configMap('probed', `probe-${probes++}`);
  await journey.objects.patch(path, { data: { value: 'wrong' } });
  await waitFor(`${path} to be healed`, async () => {
    const live = await journey.objects.get(path);
    return (live?.['data'] as { value?: string } | undefined)?.value === 'right'; // a ConfigMap's
  });
}

function createExtra(app: string): Promise<void> {
  const id = trackingId({ group: '', kind: 'ConfigMap', namespace: app, name: 'extra' }, app);
  return journey.objects.create(`/api/v1/namespaces/${app}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extra', annotations: { 'argocd.argoproj.io/tracking-id': id } },
    data: { value: 'left behind' },
  });
}
