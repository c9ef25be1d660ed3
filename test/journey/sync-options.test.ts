import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentWrites, describeEvent } from './support/audit-log.ts';
import { configMap, deployment } from './support/cluster-objects.ts';
import { type ArgoOptions, argoApp, configMapYaml } from './support/definitions.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';

/** Argo CD's sync options as Applications say them, from the definition in Git to the requests that the API server sees. */
let journey: Journey;
let demo: Repository;

beforeAll(async () => {
  journey = await startJourney();
  demo = await journey.repository('demo');
  const rest = argoApp(demo.url, { name: 'rest', path: 'apps/rest' });
  await demo.push({ 'fleet/rest.yaml': rest, 'apps/rest/a.yaml': configMapYaml('a', '1') }, 'seed');
  await journey.addFleet(demo);
});
afterAll(() => journey?.stop());

/** Adds an App with a sync option and its files; it lives in a namespace of its name. */
async function add(
  name: string,
  option: string,
  files: Readonly<Record<string, string>>,
  more: Partial<ArgoOptions> = {},
): Promise<string> {
  const definition = argoApp(demo.url, { name, path: `apps/${name}`, syncOptions: ['CreateNamespace=true', option], ...more });
  return demo.push({ [`fleet/${name}.yaml`]: definition, ...under(name, files) }, `add ${name}`);
}

const under = (name: string, files: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`apps/${name}/${file}`, text]));
const writesOf = async (mark: number, namespace: string) =>
  agentWrites(await journey.audit.since(mark))
    .map(describeEvent)
    .filter((line) => line.includes(` ${namespace}/`));

const web = (extra: object = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      ...extra,
    },
  });

test('Validate=false: fields that the API server does not know are left out, with a warning', async () => {
  await add('lax', 'Validate=false', { 'web.yaml': web({ replicsa: 3 }) });
  await journey.waitForApp('lax', { sync: 'Synced', health: 'Healthy', problem: 'apply.field_unknown' });
  expect(await journey.objects.get(deployment('lax', 'web'))).toMatchObject({ spec: { replicas: 1 } });
});

test('FailOnSharedResource=true: nothing is written when another App owns one of the objects', async () => {
  await add('owner', 'PruneLast=false', { 'a.yaml': configMapYaml('shared', '1') });
  await journey.waitForApp('owner', { sync: 'Synced' });
  await add(
    'strict',
    'FailOnSharedResource=true',
    { 'a.yaml': configMapYaml('shared', '2'), 'b.yaml': configMapYaml('own', '1') },
    { namespace: 'owner' },
  );
  await journey.waitForApp('strict', { sync: 'OutOfSync', problem: 'apply.shared' });
  expect(await journey.objects.get(configMap('owner', 'own'))).toBeUndefined();
});

test('ApplyOutOfSyncOnly=true: only what differs is written', async () => {
  await add('few', 'ApplyOutOfSyncOnly=true', { 'a.yaml': configMapYaml('a', '1'), 'b.yaml': configMapYaml('b', '1') });
  await journey.waitForApp('few', { sync: 'Synced' });
  const mark = await journey.audit.mark();
  const commit = await demo.push(under('few', { 'b.yaml': configMapYaml('b', '2') }));
  await journey.waitForApp('few', { revision: commit, sync: 'Synced' });
  expect(await writesOf(mark, 'few')).toEqual(['patch /configmaps few/b 200']);
});

test('PruneLast=true: what left Git goes after everything else is applied', async () => {
  await add('last', 'PruneLast=true', { 'a.yaml': configMapYaml('a', '1'), 'old.yaml': configMapYaml('old', '1') });
  await journey.waitForApp('last', { sync: 'Synced' });
  const mark = await journey.audit.mark();
  const commit = await demo.push(
    under('last', { 'a.yaml': configMapYaml('a', '2'), 'new.yaml': configMapYaml('new', '1'), 'old.yaml': null }),
  );
  await journey.waitForApp('last', { revision: commit, sync: 'Synced' });
  const writes = await writesOf(mark, 'last');
  expect(writes).toHaveLength(3);
  expect(writes.at(-1)).toBe('delete /configmaps last/old 200');
});

test('SkipDryRunOnMissingResource=true: an object of a kind that is not there yet does not keep the others waiting', async () => {
  const later = JSON.stringify({ apiVersion: 'later.example.com/v1', kind: 'Later', metadata: { name: 'x' } });
  await add('early', 'SkipDryRunOnMissingResource=true', { 'a.yaml': configMapYaml('a', '1'), 'x.yaml': later });
  await journey.waitForApp('early', { sync: 'OutOfSync', problem: 'apply.kind_unknown' });
  expect(await journey.objects.get(configMap('early', 'a'))).toBeDefined();
});

test('Prune=false: what left Git stays, also when a person syncs with pruning', async () => {
  await add('keep', 'Prune=false', { 'a.yaml': configMapYaml('a', '1'), 'b.yaml': configMapYaml('b', '1') });
  await journey.waitForApp('keep', { sync: 'Synced' });
  const commit = await demo.push(under('keep', { 'b.yaml': null }));
  await journey.waitForApp('keep', { revision: commit, sync: 'OutOfSync' });
  const asked = await journey.system.api.send('POST', '/apps/demo/keep/sync', { actor: 'ana', prune: true });
  expect(asked.ok).toBe(true);
  await journey.waitForApp('keep', { revision: commit, sync: 'OutOfSync' });
  expect(await journey.objects.get(configMap('keep', 'b'))).toBeDefined();
});
