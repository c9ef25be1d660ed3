import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentWrites, describeEvent, succeeded } from '../support/audit-log.ts';
import { configMap, deployment } from '../support/cluster-objects.ts';
import { argoApp, configMapYaml, deploymentYaml, fluxApp, fluxSource, yaml } from '../support/definitions.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { waitFor } from '../support/wait-for.ts';

let journey: Journey;
let main: Repository;

beforeAll(async () => {
  journey = await startJourney();
  main = await journey.repository('main');
  await main.push({
    'fleet/witness.yaml': argoApp(main.url, { name: 'witness', path: 'apps/witness' }),
    'apps/witness/config.yaml': configMapYaml('config', '0'),
  });
  await journey.addFleet(main);
  await journey.waitForApp('witness', { sync: 'Synced' });
});
afterAll(() => journey?.stop());

/** Pushes files of one App, with its definition the first time. */
async function push(name: string, files: Readonly<Record<string, string | null>>): Promise<string> {
  const paths = Object.fromEntries(Object.entries(files).map(([file, text]) => [`apps/${name}/${file}`, text]));
  const known = (await journey.app(name)) !== undefined;
  return main.push({ ...(known ? {} : { [`fleet/${name}.yaml`]: argoApp(main.url, { name, path: `apps/${name}` }) }), ...paths });
}

/** Whatever happened to one App, the next push to another one arrives (I7). */
async function othersGoOn(): Promise<void> {
  const commit = await main.push({ 'apps/witness/config.yaml': configMapYaml('config', String(performance.now())) });
  await journey.waitForApp('witness', { revision: commit, sync: 'Synced', clear: true });
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ANNOTATIONS = 'argocd.argoproj.io';

function definition(plural: string, options: { readonly annotations?: object; readonly scope?: string } = {}): string {
  const kind = `${plural.charAt(0).toUpperCase()}${plural.slice(1, -1)}`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return yaml({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com`, annotations: options.annotations ?? {} },
    spec: {
      group: 'example.com',
      scope: options.scope ?? 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

const widget = (name: string, metadata: object = {}): string =>
  yaml({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, ...metadata }, spec: { size: 1 } });

function hook(name: string, phase: string, behaviour: object): string {
  const template = {
    metadata: { annotations: behaviour },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/main:1' }] },
  };
  const annotations = { [`${ANNOTATIONS}/hook`]: phase };
  return yaml({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec: { backoffLimit: 0, template } });
}

const jobPath = (namespace: string, name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
const SLOWLY = { 'devcluster.plumbline.dev/behaviour': 'succeed', 'devcluster.plumbline.dev/delay': '4s' };

/** How often the agent made an object. */
async function creations(namespace: string, name: string): Promise<number> {
  return agentWrites(await journey.audit.since()).filter(
    (event) => event.namespace === namespace && event.name === name && event.status === 201,
  ).length;
}

test('an agent that is killed while a hook runs takes it up again, and it runs once (F33)', async () => {
  await push('hooked', { 'before.yaml': hook('before', 'PreSync', SLOWLY), 'web.yaml': configMapYaml('web', '1') });
  await waitFor('the hook to run', () => journey.objects.get(jobPath('hooked', 'before')));
  const uid = (await journey.objects.get(jobPath('hooked', 'before')))?.metadata.uid;
  await journey.agents().at(-1)?.stop('SIGKILL');
  expect(await journey.objects.get(configMap('hooked', 'web'))).toBeUndefined();
  await journey.startAgent('second');
  await journey.waitForApp('hooked', { sync: 'Synced', clear: true });
  expect((await journey.objects.get(jobPath('hooked', 'before')))?.metadata.uid).toBe(uid);
  expect([await creations('hooked', 'before'), await creations('hooked', 'web')]).toEqual([1, 1]);
});

test('an agent that is killed in a hook leaves no lock: a new commit goes through, and the old hook is ended (F33)', async () => {
  const never = { ...SLOWLY, 'devcluster.plumbline.dev/delay': '1h' };
  await push('locked', { 'before.yaml': hook('before', 'PreSync', never), 'web.yaml': configMapYaml('web', '1') });
  await waitFor('the hook to run', () => journey.objects.get(jobPath('locked', 'before')));
  await journey.agents().at(-1)?.stop('SIGKILL');
  const commit = await push('locked', { 'before.yaml': null, 'web.yaml': configMapYaml('web', '2') });
  await journey.startAgent('third');
  await journey.waitForApp('locked', { revision: commit, sync: 'Synced', clear: true });
  await waitFor('the old hook to go', async () => (await journey.objects.get(jobPath('locked', 'before'))) === undefined);
  expect(await journey.objects.get(configMap('locked', 'web'))).toMatchObject({ data: { value: '2' } });
});

test('an operator that goes before its object leaves it to its finalizer, which is shown, and others go on (F17)', async () => {
  const files = {
    'crd.yaml': definition('widgets'),
    'operator.yaml': deploymentYaml('operator', { replicas: 1 }),
    'widget.yaml': widget('w', { finalizers: ['operator.example.com/clean-up'] }),
    'stays.yaml': configMapYaml('stays', '1'),
  };
  await push('operated', files);
  await journey.waitForApp('operated', { sync: 'Synced', health: 'Healthy' });
  await push('operated', { 'operator.yaml': null, 'widget.yaml': null, 'stays.yaml': configMapYaml('stays', '2') });
  const path = '/apis/example.com/v1/namespaces/operated/widgets/w';
  const { status } = await journey.waitForApp('operated', { sync: 'OutOfSync', problem: 'apply.finalizer_pending' });
  expect(JSON.stringify(status)).toContain('operator.example.com/clean-up');
  await waitFor('the operator to go', async () => (await journey.objects.get(deployment('operated', 'operator'))) === undefined);
  expect(await journey.objects.get(path)).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } });
  expect(await journey.objects.get(configMap('operated', 'stays'))).toMatchObject({ data: { value: '2' } });
  await othersGoOn();
  const freed = JSON.stringify({ metadata: { finalizers: null } });
  await journey.cluster.kubectl(['patch', 'widgets.example.com', 'w', '-n', 'operated', '--type=merge', '-p', freed]);
  await journey.waitForApp('operated', { sync: 'Synced', clear: true });
});

test('a definition is never force-replaced, whatever its annotation says: its objects live on (F15)', async () => {
  const annotations = { [`${ANNOTATIONS}/sync-options`]: 'Replace=true,Force=true' };
  const gadget = yaml({ apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' } });
  await push('forced', { 'crd.yaml': definition('gadgets', { annotations }), 'gadget.yaml': gadget });
  await journey.waitForApp('forced', { sync: 'Synced' });
  const before = await journey.objects.get(`${CRDS}/gadgets.example.com`);
  const object = await journey.objects.get('/apis/example.com/v1/namespaces/forced/gadgets/g');
  await push('forced', { 'crd.yaml': definition('gadgets', { annotations, scope: 'Cluster' }) });
  await journey.waitForApp('forced', { sync: 'OutOfSync', problem: 'apply.immutable' });
  expect((await journey.objects.get(`${CRDS}/gadgets.example.com`))?.metadata.uid).toBe(before?.metadata.uid);
  const after = await journey.objects.get('/apis/example.com/v1/namespaces/forced/gadgets/g');
  expect(after?.metadata.uid).toBe(object?.metadata.uid);
  await othersGoOn();
});

test('a selector is changed by recreation only where the object asks for it (F16)', async () => {
  const web = (label: string, annotations: object = {}): string => {
    const text = deploymentYaml('web', { replicas: 1 }).replaceAll('"app": "web"', `"app": "${label}"`);
    return text.replace('"name": "web"', `"name": "web", "annotations": ${JSON.stringify(annotations)}`);
  };
  await push('selected', { 'web.yaml': web('one') });
  await journey.waitForApp('selected', { sync: 'Synced', health: 'Healthy' });
  const before = (await journey.objects.get(deployment('selected', 'web')))?.metadata.uid;
  await push('selected', { 'web.yaml': web('two') });
  const { status } = await journey.waitForApp('selected', { sync: 'OutOfSync', problem: 'apply.immutable' });
  expect(JSON.stringify(status)).toContain('Force=true');
  expect((await journey.objects.get(deployment('selected', 'web')))?.metadata.uid).toBe(before);
  await push('selected', { 'web.yaml': web('two', { [`${ANNOTATIONS}/sync-options`]: 'Force=true,Replace=true' }) });
  await journey.waitForApp('selected', { sync: 'Synced', health: 'Healthy' });
  expect((await journey.objects.get(deployment('selected', 'web')))?.metadata.uid).not.toBe(before);
});

test('an overlay whose kustomization.yaml is gone keeps its objects (F29)', async () => {
  const kustomization = yaml({ resources: ['../../bases/overlaid'], namePrefix: 'x-' });
  await main.push({
    'bases/overlaid/kustomization.yaml': yaml({ resources: ['a.yaml'] }),
    'bases/overlaid/a.yaml': configMapYaml('a', '1'),
  });
  await push('overlaid', { 'kustomization.yaml': kustomization, 'README.md': '# text\n' });
  await journey.waitForApp('overlaid', { sync: 'Synced' });
  await push('overlaid', { 'kustomization.yaml': null });
  await journey.waitForApp('overlaid', { problem: 'render.empty' });
  await othersGoOn();
  expect(await journey.objects.get(configMap('overlaid', 'x-a'))).toBeDefined();
  const commit = await push('overlaid', { 'kustomization.yaml': kustomization });
  await journey.waitForApp('overlaid', { revision: commit, sync: 'Synced', clear: true });
});

test('in an Application, an object that fails lets the rest of its wave be written, and no wave after it (F44)', async () => {
  const bad = yaml({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'm' }, spec: { ports: [{ port: 99_999_999 }] } });
  const late = configMapYaml('late', '1').replace(
    '"name": "late"',
    `"name": "late", "annotations": {"${ANNOTATIONS}/sync-wave": "1"}`,
  );
  await push('waved', { 'a.yaml': configMapYaml('a', '1'), 'm.yaml': bad, 'z.yaml': configMapYaml('z', '1'), 'late.yaml': late });
  await journey.waitForApp('waved', { sync: 'OutOfSync', health: 'Missing', problem: 'apply.invalid' });
  await waitFor('the rest of the wave', () => journey.objects.get(configMap('waved', 'z')));
  expect(await journey.objects.get(configMap('waved', 'late'))).toBeUndefined();
  await othersGoOn();
  await push('waved', { 'm.yaml': null });
  await journey.waitForApp('waved', { sync: 'Synced', health: 'Healthy', clear: true });
});

test('in a Kustomization, nothing is pruned after a failure, and the fixed commit leaves no orphan (F30, F44)', async () => {
  const bad = yaml({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'm', namespace: 'staged' },
    spec: { ports: [{ port: 99_999_999 }] },
  });
  const at = (name: string, value: string) => configMapYaml(name, value, 'staged');
  await main.push({
    'fleet/staged.yaml': [fluxSource(main.url), fluxApp({ name: 'staged', path: './apps/staged' })].join('---\n'),
    'apps/staged/namespace.yaml': yaml({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'staged' } }),
    'apps/staged/old.yaml': at('old', '1'),
  });
  await journey.waitForApp('staged', { sync: 'Synced' });
  const mark = await journey.audit.mark();
  for (let i = 0; i < 4; i++)
    await main.push({ 'apps/staged/old.yaml': null, 'apps/staged/m.yaml': bad, 'apps/staged/new.yaml': at(`tried-${i}`, '1') });
  await journey.waitForApp('staged', { sync: 'OutOfSync', problem: 'apply.invalid' });
  const deletes = agentWrites(await journey.audit.since(mark)).filter((event) => event.verb === 'delete' && succeeded(event));
  expect(deletes.map(describeEvent)).toEqual([]);
  const commit = await main.push({ 'apps/staged/m.yaml': null, 'apps/staged/new.yaml': at('new', '1') });
  await journey.waitForApp('staged', { revision: commit, sync: 'Synced', clear: true });
  const { items } = JSON.parse(await journey.objects.text('/api/v1/namespaces/staged/configmaps')) as {
    items: { metadata: { name: string } }[];
  };
  expect(items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt')).toEqual(['new']);
});

test('all of that broke no invariant (I1, I2, I3, I4, I6, I9)', async () => {
  const found = await findViolations(journey, { repositories: [main] });
  // That one was asked for.
  expect(found.filter((violation) => !violation.includes('delete apps/deployments selected/web'))).toEqual([]);
});
