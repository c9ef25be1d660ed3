import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSeed } from '../../cli/demo/seed-files.ts';
import { sendWebhook } from '../../cli/demo/start-system.ts';
import { pushFiles } from '../../cli/git-server/push-files.ts';
import { agentRequests, agentWrites, describeEvent } from './support/audit-log.ts';
import { configMap, deployment, namespacePath, service } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, fluxApp, fluxSource, namespaceYaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';
import { readWrites, writesBetween } from './support/write-metrics.ts';

const CANARY = 'Y2FuYXJ5LW9mLXB1c2g';
const SEEDED = ['guestbook', 'shop-dev', 'shop-staging', 'shop-prod', 'store'];

let journey: Journey;
let demo: Repository;

beforeAll(async () => {
  journey = await startJourney();
  demo = await journey.repository('demo');
  await demo.push(await readSeed(demo.url), 'seed');
  await journey.addFleet(demo);
});
afterAll(() => journey?.stop());

/** Adds an App with its files in one push, and gives the commit. */
function add(definition: string, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  return demo.push({ [`fleet/${name}.yaml`]: definition, ...files }, `add ${name}`);
}

/** Waits until the Worker has brought a commit, whatever it changed. */
async function awaitCommit(commit: string): Promise<void> {
  await waitFor(`the Worker to settle ${commit}`, async () => (await journey.fleet(demo))?.commit === commit);
}

describe('a push', () => {
  test('of plain manifests, overlays and a chart makes them Synced and Healthy', async () => {
    for (const app of SEEDED) await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy', clear: true });
    expect(await journey.objects.get(deployment('guestbook', 'guestbook'))).toMatchObject({ status: { readyReplicas: 2 } });
    expect(await journey.objects.get(deployment('shop-prod', 'shop'))).toBeDefined();
    expect(await journey.objects.get(deployment('store', 'store'))).toMatchObject({ spec: { replicas: 2 } });
  });

  test('is found by webhook: a plain App is updated in place', async () => {
    const before = await journey.objects.get(configMap('guestbook', 'guestbook'));
    const commit = await demo.push({ 'apps/guestbook/configmap.yaml': configMapYaml('guestbook', 'by webhook') });
    await journey.waitForApp('guestbook', { revision: commit, sync: 'Synced', health: 'Healthy' });
    const after = await journey.objects.get(configMap('guestbook', 'guestbook'));
    expect(after).toMatchObject({ data: { value: 'by webhook' }, metadata: { uid: before?.metadata.uid } });
    expect(after?.['data']).not.toHaveProperty('greeting');
  });

  test('whose webhook is lost is found by cron (F28)', async () => {
    const silent = (value: string) =>
      pushFiles(
        join(journey.system.git.directory, 'demo.git'),
        { 'apps/guestbook/configmap.yaml': configMapYaml('guestbook', value) },
        value,
      );
    const { after } = await silent('by cron');
    await journey.system.worker().tick();
    await journey.waitForApp('guestbook', { revision: after, sync: 'Synced' });
    expect(await journey.objects.get(configMap('guestbook', 'guestbook'))).toMatchObject({ data: { value: 'by cron' } });
  });

  test('whose webhook comes twice, late and before the commit is deployed once (F28, F24)', async () => {
    const { secret } = await webhook();
    const hook = (after: string) =>
      sendWebhook(journey.system.worker().url, secret, { repository: demo.url, ref: 'refs/heads/main', after });
    const old = (await journey.app('guestbook'))?.revision ?? '';
    await hook('e'.repeat(40));
    const commit = await demo.push({ 'apps/guestbook/configmap.yaml': configMapYaml('guestbook', 'many webhooks') });
    await Promise.all([hook(commit), hook(old), hook(commit)]);
    await journey.waitForApp('guestbook', { revision: commit, sync: 'Synced', clear: true });
    await hook(old);
    await journey.system.worker().tick();
    const deploys = (await journey.history('guestbook')).filter(({ message }) =>
      message.startsWith(`guestbook: deploy ${commit.slice(0, 7)}`),
    );
    expect(deploys).toHaveLength(1);
    expect((await journey.app('guestbook'))?.revision).toBe(commit);
  });

  test('to an overlay changes that overlay, to its base all of them', async () => {
    const overlay = { 'apps/shop/overlays/dev/extra.yaml': configMapYaml('extra', '1', 'shop-dev') };
    const kustomization = (await readSeed(demo.url))['apps/shop/overlays/dev/kustomization.yaml'] ?? '';
    const more = kustomization.replace('resources:', 'resources:\n  - extra.yaml');
    const one = await demo.push({ ...overlay, 'apps/shop/overlays/dev/kustomization.yaml': more });
    await journey.waitForApp('shop-dev', { revision: one, sync: 'Synced', health: 'Healthy' });
    expect((await journey.app('shop-prod'))?.revision).not.toBe(one);
    const base = (await readSeed(demo.url))['apps/shop/base/service.yaml'] ?? '';
    const all = await demo.push({ 'apps/shop/base/service.yaml': `${base}---\n${configMapYaml('shop-extra', 'base')}` });
    for (const app of ['shop-dev', 'shop-staging', 'shop-prod'])
      await journey.waitForApp(app, { revision: all, sync: 'Synced', health: 'Healthy' });
  });

  test('of new values changes a chart', async () => {
    const values = (await readSeed(demo.url))['fleet/store.yaml'] ?? '';
    await demo.push({ 'fleet/store.yaml': values.replace('replicas: 2', 'replicas: 3') });
    await waitFor('three replicas', async () => {
      const live = await journey.objects.get(deployment('store', 'store'));
      return (live?.['spec'] as { replicas?: number } | undefined)?.replicas === 3; // a Deployment's
    });
    await journey.waitForApp('store', { sync: 'Synced', health: 'Healthy', clear: true });
  });

  test('that deletes a file prunes its object, and only that', async () => {
    expect(await journey.objects.get(service('guestbook', 'guestbook'))).toBeDefined();
    const commit = await demo.push({ 'apps/guestbook/service.yaml': null });
    await journey.waitForApp('guestbook', { revision: commit, sync: 'Synced', health: 'Healthy' });
    expect(await journey.objects.get(service('guestbook', 'guestbook'))).toBeUndefined();
    expect(await journey.objects.get(deployment('guestbook', 'guestbook'))).toBeDefined();
  });

  test('that touches no App writes nothing at all to the cluster', async () => {
    const generation = (await journey.view()).generation;
    await settled();
    const [counted, mark] = [await readWrites(journey.objects), await journey.audit.mark()];
    const commit = await demo.push({ 'README.md': `# ${'changed '.repeat(3)}\n` }, 'docs only');
    await awaitCommit(commit);
    await journey.system.worker().tick();
    expect(writesBetween(counted, await readWrites(journey.objects))).toEqual({});
    expect(agentWrites(await journey.audit.since(mark)).map(describeEvent)).toEqual([]);
    expect((await journey.view()).generation).toBe(generation);
  });

  test('to one App neither renders nor looks at another', async () => {
    await settled();
    const before = await journey.history('store');
    const mark = await journey.audit.mark();
    const commit = await demo.push({ 'apps/guestbook/configmap.yaml': configMapYaml('guestbook', 'only this') });
    await journey.waitForApp('guestbook', { revision: commit, sync: 'Synced' });
    const events = await journey.audit.since(mark);
    expect(agentWrites(events).map(describeEvent)).toEqual(['patch /configmaps guestbook/guestbook 200']);
    for (const other of ['store', 'shop-prod']) expect(agentRequests(events, other).map(describeEvent)).toEqual([]);
    expect(await journey.history('store')).toEqual(before);
  });
});

describe('an App', () => {
  test('with a Secret brings its value to the cluster and nowhere else (I6)', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token' }, data: { token: `${CANARY}=` } };
    await add(argoApp(demo.url, { name: 'secretive', path: 'apps/secretive' }), 'secretive', {
      'apps/secretive/secret.yaml': `${JSON.stringify(secret)}\n`,
    });
    await journey.waitForApp('secretive', { sync: 'Synced', health: 'Healthy' });
    expect(await journey.objects.get('/api/v1/namespaces/secretive/secrets/token')).toMatchObject({
      data: { token: `${CANARY}=` },
    });
  });

  test('deleted from the fleet path with the finalizer takes its objects along', async () => {
    await add(argoApp(demo.url, { name: 'gone', path: 'apps/gone' }), 'gone', { 'apps/gone/a.yaml': configMapYaml('a', '1') });
    await journey.waitForApp('gone', { sync: 'Synced' });
    await demo.push({ 'fleet/gone.yaml': null });
    await journey.waitForGone('gone');
    expect(await journey.objects.get(configMap('gone', 'a'))).toBeUndefined();
    expect(await journey.objects.get(namespacePath('gone'))).toBeDefined();
  });

  test('deleted from the fleet path without the finalizer leaves its objects', async () => {
    const definition = argoApp(demo.url, { name: 'left', path: 'apps/left', finalizer: false });
    await add(definition, 'left', { 'apps/left/a.yaml': configMapYaml('a', '1') });
    await journey.waitForApp('left', { sync: 'Synced' });
    const mark = await journey.audit.mark();
    await demo.push({ 'fleet/left.yaml': null });
    await journey.waitForGone('left');
    // It is handed back: its value stays, what made it the App's does not.
    const left = await journey.objects.get(configMap('left', 'a'));
    expect(left).toMatchObject({ data: { value: '1' } });
    expect(JSON.stringify(left)).not.toContain('tracking-id');
    const writes = agentWrites(await journey.audit.since(mark)).map(describeEvent);
    expect(writes).toEqual(['patch /configmaps left/a 200']);
  });

  test('from Flux with prune: false keeps what its path no longer has, and says OutOfSync', async () => {
    const files = {
      'apps/keeper/namespace.yaml': namespaceYaml('keeper'),
      'apps/keeper/a.yaml': configMapYaml('a', '1', 'keeper'),
      'apps/keeper/b.yaml': configMapYaml('b', '1', 'keeper'),
    };
    const definition = `${fluxSource(demo.url)}---\n${fluxApp({ name: 'keeper', path: './apps/keeper', prune: false })}`;
    await add(definition, 'keeper', files);
    await journey.waitForApp('keeper', { sync: 'Synced', health: 'Healthy' });
    const commit = await demo.push({ 'apps/keeper/b.yaml': null });
    await journey.waitForApp('keeper', { revision: commit, sync: 'OutOfSync' });
    expect(await journey.objects.get(configMap('keeper', 'b'))).toBeDefined();
  });

  test('that is suspended changes nothing until it is resumed', async () => {
    const define = (suspend: boolean) => fluxApp({ name: 'paused', path: './apps/paused', suspend });
    await add(define(true), 'paused', {
      'apps/paused/namespace.yaml': namespaceYaml('paused'),
      'apps/paused/a.yaml': configMapYaml('a', '1', 'paused'),
    });
    const mark = await journey.audit.mark();
    await journey.waitForApp('paused', { sync: 'OutOfSync', health: 'Missing' });
    expect(agentWrites(await journey.audit.since(mark)).map(describeEvent)).toEqual([]);
    await demo.push({ 'fleet/paused.yaml': define(false) });
    await journey.waitForApp('paused', { sync: 'Synced', health: 'Healthy' });
    await demo.push({ 'fleet/paused.yaml': define(true), 'apps/paused/a.yaml': configMapYaml('a', '2', 'paused') });
    await journey.waitForApp('paused', { sync: 'OutOfSync' });
    expect(await journey.objects.get(configMap('paused', 'a'))).toMatchObject({ data: { value: '1' } });
  });

  test('without CreateNamespace waits for its namespace, and goes on when it is there', async () => {
    const definition = argoApp(demo.url, { name: 'homeless', path: 'apps/homeless', syncOptions: [] });
    await add(definition, 'homeless', { 'apps/homeless/a.yaml': configMapYaml('a', '1') });
    await journey.waitForApp('homeless', { sync: 'OutOfSync', problem: 'apply.namespace_missing' });
    expect(await journey.objects.get(namespacePath('homeless'))).toBeUndefined();
    await journey.objects.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'homeless' } });
    await journey.waitForApp('homeless', { sync: 'Synced', health: 'Healthy', clear: true });
  });

  test('that is manual is applied when somebody asks, and the receipt answers the request', async () => {
    const definition = argoApp(demo.url, { name: 'manual', path: 'apps/manual', automated: 'manual' });
    await add(definition, 'manual', { 'apps/manual/a.yaml': configMapYaml('a', '1') });
    await journey.waitForApp('manual', { sync: 'OutOfSync', health: 'Missing' });
    expect(await journey.objects.get(namespacePath('manual'))).toBeUndefined();
    const asked = await journey.system.api.send('POST', '/apps/demo/manual/sync', { actor: 'ana' });
    expect(asked.ok).toBe(true);
    await journey.waitForApp('manual', { sync: 'Synced', health: 'Healthy' });
    expect(await journey.objects.get(configMap('manual', 'a'))).toBeDefined();
    await waitFor('the request to be answered', async () => (await journey.app('manual'))?.requests.length === 0);
    const commit = await demo.push({ 'apps/manual/a.yaml': configMapYaml('a', '2') });
    await journey.waitForApp('manual', { revision: commit, sync: 'OutOfSync' });
    expect(await journey.objects.get(configMap('manual', 'a'))).toMatchObject({ data: { value: '1' } });
  });

  test('that claims the object of another App is told so, and inherits it without a deletion (F19)', async () => {
    const shared = configMapYaml('shared', '1', 'owner');
    await add(argoApp(demo.url, { name: 'owner', path: 'apps/owner' }), 'owner', {
      'apps/owner/shared.yaml': shared,
      'apps/owner/own.yaml': configMapYaml('own', '1'),
    });
    await journey.waitForApp('owner', { sync: 'Synced' });
    const before = await journey.objects.get(configMap('owner', 'shared'));
    await add(argoApp(demo.url, { name: 'rival', path: 'apps/rival', namespace: 'owner' }), 'rival', {
      'apps/rival/shared.yaml': shared.replace('"1"', '"2"'),
    });
    await journey.waitForApp('rival', { sync: 'OutOfSync', problem: 'apply.shared' });
    expect(await journey.objects.get(configMap('owner', 'shared'))).toMatchObject({ data: { value: '1' } });
    expect(await journey.app('owner')).toMatchObject({ status: { sync: 'Synced' } });
    await demo.push({ 'fleet/owner.yaml': null });
    await journey.waitForGone('owner');
    await journey.waitForApp('rival', { sync: 'Synced', clear: true });
    const after = await journey.objects.get(configMap('owner', 'shared'));
    expect(after).toMatchObject({ data: { value: '2' }, metadata: { uid: before?.metadata.uid } });
    expect(await journey.objects.get(configMap('owner', 'own'))).toBeUndefined();
  });
});

test('all of that broke no invariant (I1, I2, I3, I4, I6, I9)', async () => {
  expect(
    await findViolations(journey, { repositories: [demo], canaries: [CANARY, Buffer.from(CANARY, 'base64').toString()] }),
  ).toEqual([]);
});

/** Waits until nobody has written anything for a moment: controllers finish roll-outs, the agent stores what it knows. */
async function settled(): Promise<void> {
  let before = await readWrites(journey.objects);
  let since = performance.now();
  await waitFor('the cluster to be quiet', async () => {
    const now = await readWrites(journey.objects);
    if (Object.keys(writesBetween(before, now)).length > 0) since = performance.now();
    before = now;
    return performance.now() - since > 2_000;
  });
}

async function webhook(): Promise<{ readonly secret: string }> {
  const got = await journey.system.api.send<{ readonly secret: string }>('POST', '/webhook');
  if (!got.ok) throw new Error(got.error.message);
  return got.value;
}
