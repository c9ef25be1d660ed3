import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppView } from '../../core/api/views.ts';
import type { AppStatus } from '../../core/app/status.ts';
import { signRequest } from '../../core/protocol/request-signature.ts';
import { makeEd25519, openSigner } from '../../src/platform/ed25519.ts';
import { configMap, namespacePath } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, fluxSource } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

/** What users define besides Apps, from the push to the cluster: projects, settings of Argo CD, Helm releases, and what people ask for. */
let journey: Journey;
let demo: Repository;

beforeAll(async () => {
  journey = await startJourney();
  demo = await journey.repository('demo');
  // One App is always there: a fleet path that turns empty is held.
  const rest = argoApp(demo.url, { name: 'rest', path: 'apps/rest' });
  const files = {
    'fleet/source.yaml': fluxSource(demo.url),
    'fleet/rest.yaml': rest,
    'apps/rest/a.yaml': configMapYaml('a', '1'),
  };
  await demo.push(files, 'a source');
  await journey.addFleet(demo);
});
afterAll(() => journey?.stop());

const project = (spec: object) =>
  JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'team', namespace: 'argocd' },
    spec: { sourceRepos: ['*'], clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }], ...spec },
  });
const inTeam = (definition: string) => definition.replace('"default"', '"team"');

describe('an App of a project', () => {
  test('S14: is deployed where its project allows it, and an object elsewhere is refused by the agent', async () => {
    await demo.push({
      'fleet/project.yaml': project({ destinations: [{ server: '*', namespace: 'team-*' }] }),
      'fleet/web.yaml': inTeam(argoApp(demo.url, { name: 'web', path: 'apps/web', namespace: 'team-web' })),
      'apps/web/a.yaml': configMapYaml('a', '1'),
      'apps/web/elsewhere.yaml': configMapYaml('b', '1', 'default'),
    });
    await journey.waitForApp('web', { sync: 'OutOfSync', problem: 'apply.project' });
    expect(await journey.objects.get(configMap('team-web', 'a'))).toBeDefined();
    expect(await journey.objects.get(configMap('default', 'b'))).toBeUndefined();
    const commit = await demo.push({ 'apps/web/elsewhere.yaml': null });
    await journey.waitForApp('web', { revision: commit, sync: 'Synced', health: 'Healthy', clear: true });
  });

  test('S14: another destination is refused before anything is rendered', async () => {
    await demo.push({
      'fleet/thief.yaml': inTeam(argoApp(demo.url, { name: 'thief', path: 'apps/web', namespace: 'kube-system' })),
    });
    await waitFor('the App to be refused', async () =>
      (await journey.fleet(demo))?.problems.some(({ code, message }) => code === 'app.project' && message.includes('thief')),
    );
    expect(await journey.app('thief')).toBeUndefined();
  });

  test('F42: project and App deleted in one commit: the App goes with its objects', async () => {
    await demo.push({ 'fleet/project.yaml': null, 'fleet/web.yaml': null, 'fleet/thief.yaml': null });
    await journey.waitForGone('web');
    expect(await journey.objects.get(configMap('team-web', 'a'))).toBeUndefined();
  });
});

const RELEASE = (values: object, upgrade: object = {}) =>
  JSON.stringify({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'shop', namespace: 'flux-system' },
    spec: {
      interval: '10m',
      targetNamespace: 'release',
      install: { createNamespace: true },
      chart: { spec: { chart: './charts/shop', sourceRef: { kind: 'GitRepository', name: 'journey' } } },
      values,
      upgrade,
    },
  });
const DEFINITION = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'goods.shop.example.com' },
  spec: {
    group: 'shop.example.com',
    scope: 'Namespaced',
    names: { plural: 'goods', singular: 'good', kind: 'Good', listKind: 'GoodList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});
const DEFINITION_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/goods.shop.example.com';
const CHART = {
  'charts/shop/crds/goods.yaml': DEFINITION,
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values.yaml': 'greeting: hello\n',
  'charts/shop/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-a\ndata:\n  value: {{ .Values.greeting }}\n',
};

describe('a HelmRelease with its chart in Git', () => {
  test('is installed into its target namespace under the name that Flux gives it, and upgraded', async () => {
    await demo.push({ 'fleet/shop.yaml': RELEASE({ greeting: 'one' }), ...CHART });
    await journey.waitForApp('shop', { sync: 'Synced', health: 'Healthy', clear: true });
    expect(await journey.objects.get(configMap('release', 'release-shop-a'))).toMatchObject({ data: { value: 'one' } });
    const commit = await demo.push({ 'charts/shop/values.yaml': 'greeting: two\n', 'fleet/shop.yaml': RELEASE({}) });
    await journey.waitForApp('shop', { revision: commit, sync: 'Synced', health: 'Healthy' });
    expect(await journey.objects.get(configMap('release', 'release-shop-a'))).toMatchObject({ data: { value: 'two' } });
  });

  test('is uninstalled when it leaves Git, but for its namespace and the definitions of crds/', async () => {
    await demo.push({ 'fleet/shop.yaml': null });
    await journey.waitForGone('shop');
    expect(await journey.objects.get(configMap('release', 'release-shop-a'))).toBeUndefined();
    expect(await journey.objects.get(namespacePath('release'))).toBeDefined();
    expect(await journey.objects.get(DEFINITION_PATH)).toBeDefined();
  });
});

describe('what people ask for', () => {
  const ask = async (body: object) => {
    const asked = await journey.system.api.send<{ readonly id: string }>('POST', '/apps/demo/parts/sync', {
      actor: 'ana',
      ...body,
    });
    if (!asked.ok) throw new Error('the sync was refused');
    await waitFor('the request to be answered', async () => (await journey.app('parts'))?.requests.length === 0);
  };

  test('a dry run writes nothing and does not read like a sync, and chosen objects are synced alone', async () => {
    const definition = argoApp(demo.url, { name: 'parts', path: 'apps/parts', automated: 'manual', namespace: 'default' });
    await demo.push({
      'fleet/parts.yaml': definition,
      'apps/parts/a.yaml': configMapYaml('part-a', '1'),
      'apps/parts/b.yaml': configMapYaml('part-b', '1'),
    });
    await journey.waitForApp('parts', { sync: 'OutOfSync', health: 'Missing' });
    await ask({ dryRun: true });
    expect(await journey.objects.get(configMap('default', 'part-a'))).toBeUndefined();
    const [tried] = await journey.history('parts');
    expect(tried?.message).toContain('without writing');
    await ask({ resources: ['/ConfigMap/default/part-a'] });
    expect(await journey.objects.get(configMap('default', 'part-a'))).toBeDefined();
    expect(await journey.objects.get(configMap('default', 'part-b'))).toBeUndefined();
    await ask({});
    await journey.waitForApp('parts', { sync: 'Synced', health: 'Healthy' });
  });

  test('one sync that somebody asked for is one receipt in the ledger', async () => {
    const count = async () =>
      (await journey.history('parts')).filter(({ message }) => message.startsWith('parts: synced')).length;
    const before = await count();
    await ask({});
    await demo.push({ 'apps/parts/unrelated.txt': 'x' });
    await journey.waitForApp('parts', { sync: 'Synced' });
    expect((await count()) - before).toBe(1);
  });
});

// Before the second cluster comes: the check is of one.
test('all of that broke no invariant (I1, I2, I3, I4, I6, I9)', async () => {
  expect(await findViolations(journey, { repositories: [demo], canaries: [] })).toEqual([]);
});

/** An agent of another cluster that says of its Apps what it is told to say. */
async function enrolOther() {
  const added = await journey.system.api.send<{ readonly token: string }>('POST', '/clusters', { name: 'other' });
  if (!added.ok) throw new Error('the cluster was not added');
  const { seed, publicKey } = await makeEd25519();
  const signer = await openSigner(seed, publicKey);
  const cluster = 'uid-of-the-other-cluster';
  const post = async (path: string, body: object) => {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const nonce = `nonce-${path.replaceAll('/', '')}-${performance.now()}`.replaceAll('.', '-').padEnd(20, '0');
    const headers = await signRequest({ method: 'POST', path, body: bytes, time: Date.now(), nonce }, cluster, signer);
    const response = await fetch(`${journey.system.worker().url}${path}`, { method: 'POST', headers, body: bytes });
    expect(response.status).toBe(200);
  };
  const agent = { version: 'test', rssBytes: 1, startedAt: 1 };
  await post('/enrol', {
    token: added.value.token,
    publicKey: signer.publicKey,
    cluster,
    kubernetesVersion: 'v1.36.0',
    agentVersion: agent.version,
  });
  let reports = 0;
  return async (status: AppStatus) => {
    const id = `report-${++reports}`;
    await post('/agent/report', {
      id,
      cluster,
      generation: status.generation,
      receipts: [],
      statuses: [status],
      problems: [],
      agent,
    });
  };
}

describe('an App that depends on one of another cluster', () => {
  test('waits until that one is in sync and healthy, and begins without anybody asking', async () => {
    const report = await enrolOther();
    const annotations = { 'plumbline.dev/depends-on': 'other/infra' };
    const elsewhere = argoApp(demo.url, { name: 'infra', path: 'apps/infra' });
    await demo.push({
      'fleet/infra.yaml': elsewhere.replace('"server": "https://kubernetes.default.svc"', '"name": "other"'),
      'fleet/waiter.yaml': argoApp(demo.url, { name: 'waiter', path: 'apps/waiter', namespace: 'default', annotations }),
      'apps/infra/a.yaml': configMapYaml('infra', '1'),
      'apps/waiter/a.yaml': configMapYaml('waiter', '1'),
    });
    await waitFor('the App to wait', async () =>
      (await journey.app('waiter'))?.status?.progress?.message.includes('other/infra'),
    );
    expect(await journey.objects.get(configMap('default', 'waiter'))).toBeUndefined();
    const infra = await waitFor('the other App to be rendered', async () => {
      const view = await journey.system.api.get<AppView>('/apps/other/infra');
      return view.ok && view.value.bundle !== undefined ? view.value : undefined;
    });
    await report({
      app: 'infra',
      generation: 1,
      revision: infra.revision,
      bundle: infra.bundle ?? '',
      sync: 'Synced',
      health: { status: 'Healthy' },
      resources: [],
      problems: [],
      drift: [],
      observedAt: Date.now(),
    });
    await journey.waitForApp('waiter', { sync: 'Synced', health: 'Healthy', clear: true });
  });
});
