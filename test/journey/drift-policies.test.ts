import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppView } from '../../core/api/views.ts';
import { agentWrites, describeEvent } from './support/audit-log.ts';
import { configMap, deployment } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, deploymentYaml, fluxApp, fluxSource, namespaceYaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

let journey: Journey;
let repository: Repository;

const RULE = { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] };

/** A definition with more in it than the helpers give. */
function changed(definition: string, change: (object: { metadata: object; spec: object }) => object): string {
  return JSON.stringify(change(JSON.parse(definition) as { metadata: object; spec: object })); // the helpers write JSON
}
const annotated = (definition: string, annotations: object) =>
  changed(definition, (object) => ({ ...object, metadata: { ...object.metadata, annotations } }));
const withSpec = (definition: string, spec: object) =>
  changed(definition, (object) => ({ ...object, spec: { ...object.spec, ...spec } }));

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('policies');
  const { url } = repository;
  const flux = (name: string, spec: object = {}) => withSpec(fluxApp({ name, path: `./apps/${name}` }), spec);
  await repository.push({
    'fleet/source.yaml': fluxSource(url),
    'fleet/argo-warn.yaml': argoApp(url, {
      name: 'argo-warn',
      path: 'apps/argo-warn',
      annotations: { 'plumbline.dev/drift': 'warn' },
    }),
    'fleet/argo-adopt.yaml': argoApp(url, {
      name: 'argo-adopt',
      path: 'apps/argo-adopt',
      annotations: { 'plumbline.dev/drift': 'adopt' },
    }),
    'fleet/flux-warn.yaml': annotated(flux('flux-warn'), { 'plumbline.dev/drift': 'warn' }),
    'fleet/flux-adopt.yaml': annotated(flux('flux-adopt'), { 'plumbline.dev/drift': 'adopt' }),
    'fleet/argo-ignore.yaml': withSpec(argoApp(url, { name: 'argo-ignore', path: 'apps/argo-ignore' }), {
      ignoreDifferences: [RULE],
    }),
    'fleet/flux-ignore.yaml': flux('flux-ignore', { ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] }),
    ...Object.fromEntries(
      ['argo-warn', 'argo-adopt', 'flux-warn', 'flux-adopt', 'argo-ignore', 'flux-ignore'].flatMap((app) => [
        ...(app.startsWith('flux') ? [[`apps/${app}/namespace.yaml`, namespaceYaml(app)]] : []),
        [`apps/${app}/config.yaml`, configMapYaml('config', 'right', app)],
        ...(app.endsWith('ignore') ? [[`apps/${app}/web.yaml`, inNamespace(deploymentYaml('web', { replicas: 1 }), app)]] : []),
      ]),
    ),
  });
  await journey.addFleet(repository);
  for (const app of ['argo-warn', 'argo-adopt', 'flux-warn', 'flux-adopt', 'argo-ignore', 'flux-ignore'])
    await journey.waitForApp(app, { sync: 'Synced', clear: true });
});
afterAll(() => journey?.stop());

const inNamespace = (manifest: string, namespace: string) =>
  changed(manifest, (object) => ({ ...object, metadata: { ...object.metadata, namespace } }));

/** The App's report of its one drift. */
async function reported(app: string) {
  const view = await waitFor<AppView>(`${app} to report its drift`, async () => {
    const now = await journey.app(app);
    return (now?.status?.drift.length ?? 0) > 0 && now?.status?.sync === 'OutOfSync' ? now : undefined;
  });
  return view.status?.drift[0];
}

const valueIn = async (namespace: string) =>
  ((await journey.objects.get(configMap(namespace, 'config')))?.['data'] as { value?: string } | undefined)?.value; // a ConfigMap's

for (const app of ['argo-warn', 'flux-warn']) {
  test(`warn: an edit is told with field, owner and time and stays, until a person syncs (${app})`, async () => {
    const mark = await journey.audit.mark();
    await journey.objects.patch(configMap(app, 'config'), { data: { value: 'wrong' } }, 'kubectl-edit');
    expect(await reported(app)).toMatchObject({
      fields: ['/data/value'],
      action: 'reported',
      owners: [{ field: '/data/value', manager: 'kubectl-edit', operation: 'Update', time: expect.stringMatching(/^\d{4}-/) }],
    });
    // A commit that does not touch the object leaves it alone.
    const commit = await repository.push({ [`apps/${app}/other.yaml`]: configMapYaml('other', 'new', app) });
    await journey.waitForApp(app, { revision: commit, sync: 'OutOfSync' });
    await waitFor('the other object', async () => (await journey.objects.get(configMap(app, 'other'))) !== undefined);
    expect(await valueIn(app)).toBe('wrong');
    const writes = agentWrites(await journey.audit.since(mark)).filter((event) => event.namespace === app);
    expect(writes.map(describeEvent).filter((line) => line.includes(`${app}/config `))).toEqual([]);
    expect((await journey.system.api.send('POST', `/apps/demo/${app}/sync`, {})).ok).toBe(true);
    await journey.waitForApp(app, { sync: 'Synced' });
    expect(await valueIn(app)).toBe('right');
  });
}

for (const app of ['argo-adopt', 'flux-adopt']) {
  test(`adopt: the patch that is told makes Git agree with the cluster (${app})`, async () => {
    await journey.objects.patch(configMap(app, 'config'), { data: { value: 'better' } }, 'kubectl-edit');
    expect((await reported(app))?.patch).toEqual({ data: { value: 'better' } });
    const commit = await repository.push({ [`apps/${app}/config.yaml`]: configMapYaml('config', 'better', app) });
    await journey.waitForApp(app, { revision: commit, sync: 'Synced' });
    expect((await journey.app(app))?.status?.drift).toEqual([]);
  });
}

for (const app of ['argo-ignore', 'flux-ignore']) {
  test(`ignored fields stay as they are, and are no drift (${app})`, async () => {
    const mark = await journey.audit.mark();
    await journey.objects.patch(deployment(app, 'web'), { spec: { replicas: 2 } }, 'kubectl-scale');
    // The heal of another object comes after it.
    await journey.objects.patch(configMap(app, 'config'), { data: { value: 'wrong' } }, 'kubectl-edit');
    await waitFor('the heal', async () => (await valueIn(app)) === 'right');
    await journey.waitForApp(app, { sync: 'Synced' });
    expect(await journey.objects.get(deployment(app, 'web'))).toMatchObject({ spec: { replicas: 2 } });
    const writes = agentWrites(await journey.audit.since(mark)).filter((event) => event.namespace === app);
    expect(writes.map(describeEvent).filter((line) => line.includes(`${app}/web `))).toEqual([]);
  });
}

test('all of that broke no invariant but the one that users have asked to break (I9)', async () => {
  const violations = await findViolations(journey, { repositories: [repository] });
  expect(
    violations.filter((text) => !/^I9: (argo|flux)-ignore says Synced, but .* differs at \/spec\/replicas$/.test(text)),
  ).toEqual([]);
});
