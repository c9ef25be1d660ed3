import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentWrites } from './support/audit-log.ts';
import { configMap } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, fluxApp, fluxSource, yaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';

let journey: Journey;
let repository: Repository;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('ordered');
  await repository.push({
    'fleet/seed.yaml': argoApp(repository.url, { name: 'seed', path: 'seed' }),
    'seed/a.yaml': configMapYaml('a', '1'),
  });
  await journey.addFleet(repository);
  await journey.waitForApp('seed', { sync: 'Synced' });
});
afterAll(() => journey?.stop());

const annotated = (kind: 'ConfigMap' | 'Job', name: string, annotations: Record<string, string>): string => {
  const container = { name: 'main', image: 'example.com/main:1' };
  const spec = { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } };
  const content = kind === 'Job' ? { apiVersion: 'batch/v1', spec } : { apiVersion: 'v1', data: { value: '1' } };
  return yaml({ ...content, kind, metadata: { name, annotations } });
};
const wave = (number: number) => ({ 'argocd.argoproj.io/sync-wave': String(number) });
const hook = (phase: string) => ({ 'argocd.argoproj.io/hook': phase });

/** The names of what the agent made in a namespace, in the order in which it made it. */
async function created(namespace: string, since: number): Promise<readonly string[]> {
  const names = agentWrites(await journey.audit.since(since))
    .filter((event) => event.namespace === namespace && event.verb === 'patch' && event.status === 201)
    .map((event) => event.name);
  return [...new Set(names)];
}

test('an Application is synced in phases and waves, from Git to the cluster', async () => {
  const mark = await journey.audit.mark();
  await repository.push({
    'fleet/ordered.yaml': argoApp(repository.url, { name: 'ordered', path: 'ordered' }),
    'ordered/last.yaml': annotated('ConfigMap', 'last', wave(5)),
    'ordered/first.yaml': annotated('ConfigMap', 'first', wave(-5)),
    'ordered/middle.yaml': configMapYaml('middle', '1'),
    'ordered/after.yaml': annotated('Job', 'after', hook('PostSync')),
    'ordered/before.yaml': annotated('Job', 'before', hook('PreSync')),
  });
  await journey.waitForApp('ordered', { sync: 'Synced', health: 'Healthy' });
  expect(await created('ordered', mark)).toEqual(['before', 'first', 'middle', 'last', 'after']);
});

test('a Kustomization takes no notice of waves, and waits for the one that it depends on', async () => {
  const mark = await journey.audit.mark();
  const dependent = fluxApp({ name: 'flux-app', path: './flux-app' }).replace(
    '"spec": {',
    '"spec": { "targetNamespace": "flux-app", "dependsOn": [{"name": "flux-base"}],',
  );
  await repository.push({
    'fleet/flux.yaml': [fluxSource(repository.url), fluxApp({ name: 'flux-base', path: './flux-base' }), dependent].join('---\n'),
    'flux-base/namespace.yaml': yaml({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-app' } }),
    'flux-app/a.yaml': annotated('ConfigMap', 'a', wave(5)),
    'flux-app/b.yaml': annotated('ConfigMap', 'b', wave(-5)),
  });
  await journey.waitForApp('flux-app', { sync: 'Synced' });
  expect([...(await created('flux-app', mark))].sort()).toEqual(['a', 'b']);
});

test('F42: a project and its App that go in one commit both go, and take the objects along', async () => {
  const project = yaml({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'team', namespace: 'argocd' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  });
  const definition = argoApp(repository.url, { name: 'owned', path: 'owned' }).replace(
    '"project": "default"',
    '"project": "team"',
  );
  await repository.push({ 'fleet/team.yaml': project, 'fleet/owned.yaml': definition, 'owned/a.yaml': configMapYaml('a', '1') });
  await journey.waitForApp('owned', { sync: 'Synced' });
  await repository.push({ 'fleet/team.yaml': null, 'fleet/owned.yaml': null });
  await journey.waitForGone('owned');
  expect(await journey.objects.get(configMap('owned', 'a'))).toBeUndefined();
});

test('all of that broke no invariant (I1, I2, I3, I4, I6, I9)', async () => {
  expect(await findViolations(journey, { repositories: [repository], canaries: [] })).toEqual([]);
});
