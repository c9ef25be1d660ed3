import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configMap } from '../support/cluster-objects.ts';
import { argoApp, configMapYaml, yaml } from '../support/definitions.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { restartAgent } from '../support/through-proxy.ts';
import { createValueApp, type ValueApp } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
/** A Service that nobody made. */
const NOWHERE = { namespace: 'default', name: 'nowhere' };

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

/** Whatever happens to one kind, the next push to another App arrives, and its drift is healed (I7). */
async function othersGoOn(): Promise<void> {
  await witness.converged(await witness.push({ one: String(++pushes) }));
  await witness.edit('one', 'wrong');
  await witness.healed();
}

/** Pushes files of one App, with its definition. */
function push(name: string, files: Readonly<Record<string, string | null>>): Promise<string> {
  const paths = Object.fromEntries(Object.entries(files).map(([file, text]) => [`apps/${name}/${file}`, text]));
  return repository.push({ [`fleet/${name}.yaml`]: argoApp(repository.url, { name, path: `apps/${name}` }), ...paths });
}

/** Patches an object that has no strategic merge. */
async function patch(path: string, body: unknown): Promise<void> {
  const [, group = '', version = '', plural = '', name = ''] = /^\/apis\/([^/]+)\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const resource = `${plural}.${version}.${group}`;
  const patched = await journey.cluster.kubectl(['patch', resource, name, '--type=merge', '-p', JSON.stringify(body)]);
  if (patched.code !== 0) throw new Error(patched.stderr);
}

describe('F11: an API group whose server is down', () => {
  test('from the beginning costs the objects of its kinds, and nothing is pruned for them', async () => {
    await journey.objects.create(API_SERVICES, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.dead.example.com' },
      spec: {
        group: 'dead.example.com',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: NOWHERE,
      },
    });
    await restartAgent(journey);
    await push('dead', { 'a.yaml': configMapYaml('a', '1'), 'old.yaml': configMapYaml('old', '1') });
    await journey.waitForApp('dead', { sync: 'Synced', clear: true });
    const thing = yaml({ apiVersion: 'dead.example.com/v1', kind: 'Thing', metadata: { name: 'first' } });
    const revision = await push('dead', { 'a.yaml': configMapYaml('a', '2'), 'old.yaml': null, 'thing.yaml': thing });
    await journey.waitForApp('dead', { revision, sync: 'OutOfSync', problem: 'apply.kind_unknown' });
    await waitFor('the rest of the App', async () => (await valueIn('dead', 'a')) === '2');
    expect(await valueIn('dead', 'old')).toBe('1');
    await othersGoOn();
    await push('dead', { 'thing.yaml': null });
    await journey.waitForApp('dead', { sync: 'Synced', clear: true });
    await journey.objects.delete(`${API_SERVICES}/v1.dead.example.com`);
  });

  test('all of a sudden keeps what left Git in mind, until it can be deleted', async () => {
    await journey.objects.create(DEFINITIONS, definition('turned.example.com', 'gadgets', ['v1']));
    const gadget = (name: string) => yaml({ apiVersion: 'turned.example.com/v1', kind: 'Gadget', metadata: { name } });
    await push('turned', { 'one.yaml': gadget('one'), 'two.yaml': gadget('two'), 'a.yaml': configMapYaml('a', '1') });
    await journey.waitForApp('turned', { sync: 'Synced', clear: true });
    const live = '/apis/turned.example.com/v1/namespaces/turned/gadgets';
    const path = `${API_SERVICES}/v1.turned.example.com`;
    const managed = 'kube-aggregator.kubernetes.io/automanaged';
    await patch(path, { metadata: { labels: { [managed]: null } }, spec: { service: NOWHERE, insecureSkipTLSVerify: true } });
    await waitFor('the group to be down', () => isRefused(live));
    await restartAgent(journey);
    await push('turned', { 'two.yaml': null, 'a.yaml': configMapYaml('a', '2') });
    await waitFor('the rest of the App', async () => (await valueIn('turned', 'a')) === '2');
    const { status } = await journey.waitForApp('turned', { problem: 'apply.kind_unknown' });
    expect(status?.sync).not.toBe('Synced');
    await othersGoOn();
    // Made again by the API server, for the definition is still there.
    await journey.objects.delete(path);
    await waitFor('the group to be back', async () => !(await isRefused(live)));
    await journey.waitForApp('turned', { sync: 'Synced', clear: true });
    expect(await journey.objects.get(`${live}/one`)).toBeDefined();
    expect(await journey.objects.get(`${live}/two`)).toBeUndefined();
  });
});

test('F12: a definition whose conversion webhook is down makes its own kind unknown, and no other', async () => {
  await journey.objects.create(DEFINITIONS, definition('converted.example.com', 'gadgets', ['v1', 'v2']));
  const gadget = (size: number) =>
    yaml({ apiVersion: 'converted.example.com/v2', kind: 'Gadget', metadata: { name: 'one' }, spec: { size } });
  await push('converted', { 'one.yaml': gadget(1), 'a.yaml': configMapYaml('a', '1') });
  await journey.waitForApp('converted', { sync: 'Synced', clear: true });
  const path = `${DEFINITIONS}/gadgets.converted.example.com`;
  const webhook = { conversionReviewVersions: ['v1'], clientConfig: { service: NOWHERE } };
  await patch(path, { spec: { conversion: { strategy: 'Webhook', webhook } } });
  const live = '/apis/converted.example.com/v2/namespaces/converted/gadgets';
  await waitFor('conversions to fail', () => isRefused(`${live}/one`));
  await restartAgent(journey);
  await push('converted', { 'one.yaml': gadget(2), 'a.yaml': configMapYaml('a', '2') });
  await waitFor('the rest of the App', async () => (await valueIn('converted', 'a')) === '2');
  const { status } = await journey.waitForApp('converted', { problem: 'apply.unavailable' });
  expect(status?.sync).not.toBe('Synced');
  await othersGoOn();
  await journey.objects.patch(configMap('converted', 'a'), { data: { value: 'wrong' } });
  await waitFor('the heal beside it', async () => (await valueIn('converted', 'a')) === '2');
  await patch(path, { spec: { conversion: { strategy: 'None', webhook: null } } });
  await journey.waitForApp('converted', { sync: 'Synced', clear: true });
  expect(await journey.objects.get(`${live}/one`)).toMatchObject({ spec: { size: 2 } });
});

test('F31: objects that are larger than anybody takes cost themselves, and are applied once they are smaller', async () => {
  await journey.objects.create(DEFINITIONS, definition('huge.example.com', 'gadgets', ['v1']));
  const gadget = (bytes: number) =>
    yaml({ apiVersion: 'huge.example.com/v1', kind: 'Gadget', metadata: { name: 'huge' }, spec: { text: 'x'.repeat(bytes) } });
  const noted = (bytes: number) =>
    yaml({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'noted', annotations: { note: 'x'.repeat(bytes) } },
      data: { value: '1' },
    });
  await push('huge', { 'huge.yaml': gadget(1_600_000), 'a.yaml': configMapYaml('a', '1') });
  await push('noted', { 'noted.yaml': noted(262_144), 'a.yaml': configMapYaml('a', '1') });
  for (const [app, key] of [
    ['huge', 'huge.example.com/Gadget/huge/huge'],
    ['noted', '/ConfigMap/noted/noted'],
  ] as const) {
    const { status } = await journey.waitForApp(app, { problem: 'apply.too_large' });
    expect(status?.resources.filter((one) => one.problem?.code === 'apply.too_large').map((one) => one.key)).toEqual([key]);
  }
  expect(await valueIn('huge', 'a')).toBe('1');
  await othersGoOn();
  // Just below: 1.5 MiB of etcd, and 256 KiB of annotations with the one that says whose it is.
  const revision = await push('huge', { 'huge.yaml': gadget(1_400_000) });
  await journey.waitForApp('huge', { revision, sync: 'Synced', clear: true });
  const smaller = await push('noted', { 'noted.yaml': noted(262_000) });
  await journey.waitForApp('noted', { revision: smaller, sync: 'Synced', clear: true });
});

async function valueIn(namespace: string, name: string): Promise<string | undefined> {
  const live = await journey.objects.get(configMap(namespace, name));
  return (live?.['data'] as { value?: string } | undefined)?.value; // a ConfigMap's
}

/** True while the API server cannot answer for a path, whatever it says instead. */
function isRefused(path: string): Promise<boolean> {
  return journey.objects.text(path).then(
    () => false,
    () => true,
  );
}

/** A CustomResourceDefinition that takes anything; the first version is stored. */
function definition(group: string, plural: string, versions: readonly string[]) {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind: 'Gadget', singular: 'gadget' },
      versions: versions.map((name, i) => ({ name, served: true, storage: i === 0, schema })),
    },
  };
}
