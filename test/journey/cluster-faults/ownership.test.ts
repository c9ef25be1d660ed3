import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentRequests, agentWrites, describeEvent, succeeded } from '../support/audit-log.ts';
import { configMap, namespacePath } from '../support/cluster-objects.ts';
import { argoApp, configMapYaml, fluxApp, fluxSource, namespaceYaml, yaml } from '../support/definitions.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { createValueApp, type ValueApp } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

let journey: Journey;
let repository: Repository;
let witness: ValueApp;
let pushes = 0;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('main');
  witness = createValueApp(journey, repository, 'witness');
  const revision = await witness.push({ one: '0' });
  await journey.addFleet(repository);
  await witness.converged(revision);
});
afterAll(() => journey?.stop());

afterEach(async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

async function othersGoOn(): Promise<void> {
  await witness.converged(await witness.push({ one: String(++pushes) }));
}

async function deletesSince(mark: number): Promise<string[]> {
  const deletes = agentWrites(await journey.audit.since(mark)).filter((event) => event.verb === 'delete' && succeeded(event));
  return deletes.map(describeEvent);
}

test('F18: a namespace that does not get away is waited for without a fight, and everything comes back when it is gone', async () => {
  const app = createValueApp(journey, repository, 'going');
  await app.converged(await app.push({ a: '1', b: '1' }));
  await journey.objects.create('/api/v1/namespaces/going/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'stuck', finalizers: ['example.com/hold'] },
  });
  const mark = await journey.audit.mark();
  await journey.objects.delete(namespacePath('going'));
  const revision = await app.push({ a: '2', b: '2', c: '2' });
  await journey.waitForApp('going', { revision, problem: 'apply.namespace_terminating' });
  await othersGoOn();
  await sleep(3_000);
  const asked = agentRequests(await journey.audit.since(mark), 'going');
  expect(asked.length).toBeLessThan(100);
  await journey.objects.patch('/api/v1/namespaces/going/secrets/stuck', { metadata: { finalizers: null } });
  await app.healed();
  await app.converged();
});

describe('F19: what two Apps share', () => {
  test('is one App’s, the other is told, and it is handed on instead of deleted when its owner goes', async () => {
    const { url } = repository;
    const shared = { 'namespace.yaml': namespaceYaml('shared'), 'both.yaml': configMapYaml('both', 'same', 'shared') };
    const files = (app: string) =>
      Object.fromEntries(Object.entries(shared).map(([file, text]) => [`apps/${app}/${file}`, text]));
    await repository.push({
      'fleet/first.yaml': argoApp(url, { name: 'first', path: 'apps/first', namespace: 'shared' }),
      ...files('first'),
      'apps/first/own.yaml': configMapYaml('first', '1'),
    });
    await journey.waitForApp('first', { sync: 'Synced', clear: true });
    await repository.push({
      'fleet/second.yaml': argoApp(url, { name: 'second', path: 'apps/second', namespace: 'shared' }),
      ...files('second'),
      'apps/second/own.yaml': configMapYaml('second', '1'),
    });
    await journey.waitForApp('second', { sync: 'OutOfSync', problem: 'apply.shared' });
    await waitFor('what is the second one’s alone', () => journey.objects.get(configMap('shared', 'second')));
    const before = await journey.objects.get(configMap('shared', 'both'));
    const mark = await journey.audit.mark();
    await repository.push({ 'fleet/first.yaml': null });
    await journey.waitForGone('first');
    await journey.waitForApp('second', { sync: 'Synced', clear: true });
    expect(await deletesSince(mark)).toEqual(['delete /configmaps shared/first 200']);
    expect((await journey.objects.get(configMap('shared', 'both')))?.metadata.uid).toBe(before?.metadata.uid);
    expect((await journey.objects.get(namespacePath('shared')))?.metadata['deletionTimestamp']).toBeUndefined();
  });
});

describe('F20: what an operator copies to the objects that it makes', () => {
  test.each(['argo', 'flux'])('is not taken for ours, when the original goes and when the App goes (%s)', async (dialect) => {
    const name = `copied-${dialect}`;
    const { url } = repository;
    const isArgo = dialect === 'argo';
    const path = `apps/${name}`;
    await repository.push({
      [`fleet/${name}.yaml`]: isArgo ? argoApp(url, { name, path }) : `${fluxSource(url)}---\n${fluxApp({ name, path })}`,
      ...(isArgo ? {} : { [`${path}/namespace.yaml`]: namespaceYaml(name) }),
      [`${path}/parent.yaml`]: configMapYaml('parent', '1', name),
      [`${path}/other.yaml`]: configMapYaml('other', '1', name),
    });
    await journey.waitForApp(name, { sync: 'Synced' });
    const parent = await journey.objects.get(configMap(name, 'parent'));
    await journey.objects.create(`/api/v1/namespaces/${name}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'child', labels: parent?.metadata['labels'], annotations: parent?.metadata['annotations'] },
      data: { value: 'of the operator' },
    });
    const mark = await journey.audit.mark();
    await repository.push({ [`apps/${name}/parent.yaml`]: null });
    await waitFor('the original to be pruned', async () => (await journey.objects.get(configMap(name, 'parent'))) === undefined);
    expect(await journey.objects.get(configMap(name, 'child'))).toBeDefined();
    await repository.push({ [`fleet/${name}.yaml`]: null });
    await waitFor('the rest to be pruned', async () => (await journey.objects.get(configMap(name, 'other'))) === undefined);
    expect(await journey.objects.get(configMap(name, 'child'))).toBeDefined();
    expect((await deletesSince(mark)).filter((line) => line.includes('child'))).toEqual([]);
  });
});

test('F21: a targetNamespace that renames the Namespace of its own App deletes neither it nor what is in it', async () => {
  const flux = (targetNamespace?: string) =>
    `${fluxSource(repository.url)}---\n${yaml({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'renamed', namespace: 'flux-system' },
      spec: {
        interval: '1m',
        retryInterval: '1s',
        sourceRef: { kind: 'GitRepository', name: 'journey' },
        path: './apps/renamed',
        prune: true,
        ...(targetNamespace === undefined ? {} : { targetNamespace }),
      },
    })}`;
  await repository.push({
    'fleet/renamed.yaml': flux(),
    'apps/renamed/namespace.yaml': namespaceYaml('before'),
    'apps/renamed/config.yaml': configMapYaml('config', '1', 'before'),
  });
  await waitFor('the App in its namespace', () => journey.objects.get(configMap('before', 'config')));
  await journey.objects.create('/api/v1/namespaces/before/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs' },
  });
  const mark = await journey.audit.mark();
  await repository.push({ 'fleet/renamed.yaml': flux('after') });
  await waitFor('the App in the other namespace', () => journey.objects.get(configMap('after', 'config')));
  await journey.waitForApp('renamed', { sync: 'OutOfSync', problem: 'apply.held_deletion' });
  await othersGoOn();
  expect((await deletesSince(mark)).filter((line) => line.includes('/namespaces '))).toEqual([]);
  expect(await journey.objects.get(configMap('before', 'theirs'))).toBeDefined();
  expect((await journey.objects.get(namespacePath('before')))?.metadata['deletionTimestamp']).toBeUndefined();
});
