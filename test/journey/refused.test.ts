import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentWrites, describeEvent, succeeded } from './support/audit-log.ts';
import { configMap, deployment, service } from './support/cluster-objects.ts';
import { argoApp, configMapYaml, deploymentYaml, yaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

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

/** Whatever the API server refused one App, the next push to another one arrives (I7). */
async function othersGoOn(): Promise<void> {
  const commit = await main.push({ 'apps/witness/config.yaml': configMapYaml('config', String(performance.now())) });
  await journey.waitForApp('witness', { revision: commit, sync: 'Synced', clear: true });
}

test('a definition and an object of its kind arrive in one commit (F14)', async () => {
  const commit = await push('crd', { 'crd.yaml': definition('gadgets'), 'gadget.yaml': gadget('gadgets', 'first') });
  await journey.waitForApp('crd', { revision: commit, sync: 'Synced', clear: true });
  expect(await journey.objects.get('/apis/example.com/v1/namespaces/crd/gadgets/first')).toBeDefined();
});

test('an object whose kind comes later waits for it, and the rest of its App does not (F14)', async () => {
  await push('later', { 'a.yaml': configMapYaml('a', '1'), 'gizmo.yaml': gadget('gizmos', 'first') });
  await journey.waitForApp('later', { sync: 'OutOfSync', problem: 'apply.kind_unknown' });
  await waitFor('the rest of the App', () => journey.objects.get(configMap('later', 'a')));
  await othersGoOn();
  await journey.objects.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', JSON.parse(definition('gizmos')));
  await journey.waitForApp('later', { sync: 'Synced', clear: true });
  expect(await journey.objects.get('/apis/example.com/v1/namespaces/later/gizmos/first')).toBeDefined();
});

test('a definition that leaves Git is never deleted without a person (F15)', async () => {
  const commit = await push('crd', { 'crd.yaml': null, 'gadget.yaml': gadget('gadgets', 'second') });
  await journey.waitForApp('crd', { revision: commit, sync: 'OutOfSync', problem: 'apply.held_deletion' });
  expect(await journey.objects.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.example.com')).toBeDefined();
  expect(await journey.objects.get('/apis/example.com/v1/namespaces/crd/gadgets/second')).toBeDefined();
});

test('a field that cannot be changed is named, and the old object stays (F16)', async () => {
  await push('fixed', { 'web.yaml': deploymentYaml('web', { replicas: 1 }), 'a.yaml': configMapYaml('a', '1') });
  await journey.waitForApp('fixed', { sync: 'Synced', health: 'Healthy' });
  const before = await journey.objects.get(deployment('fixed', 'web'));
  const other = deploymentYaml('web', { replicas: 1 }).replaceAll('"app": "web"', '"app": "other"');
  await push('fixed', { 'web.yaml': other });
  await journey.waitForApp('fixed', { sync: 'OutOfSync', problem: 'apply.immutable' });
  expect((await journey.objects.get(deployment('fixed', 'web')))?.metadata.uid).toBe(before?.metadata.uid);
  await othersGoOn();
  const commit = await push('fixed', { 'web.yaml': deploymentYaml('web', { replicas: 2 }) });
  await journey.waitForApp('fixed', { revision: commit, sync: 'Synced', health: 'Healthy', clear: true });
});

test('an object that is invalid leaves its App OutOfSync with a truthful status, and nothing is pruned for it (F44)', async () => {
  const port = (name: string, number: number) =>
    yaml({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: number }] } });
  await push('partial', { 'a.yaml': configMapYaml('a', '1'), 'old.yaml': configMapYaml('old', '1'), 'm.yaml': port('m', 80) });
  await journey.waitForApp('partial', { sync: 'Synced' });
  const mark = await journey.audit.mark();
  await push('partial', {
    'a.yaml': configMapYaml('a', '2'),
    'old.yaml': null,
    'm.yaml': port('m', 99_999_999),
    'z.yaml': port('z', 81),
  });
  const { status } = await journey.waitForApp('partial', { sync: 'OutOfSync', problem: 'apply.invalid' });
  const failed = status?.resources.filter((one) => one.problem !== undefined).map((one) => one.key);
  expect(failed).toEqual(['/Service/partial/m']);
  await othersGoOn();
  expect(await journey.objects.get(configMap('partial', 'old'))).toBeDefined();
  expect(await deletesSince(mark)).toEqual([]);
  const commit = await push('partial', { 'm.yaml': port('m', 82) });
  await journey.waitForApp('partial', { revision: commit, sync: 'Synced', clear: true });
  expect(await journey.objects.get(configMap('partial', 'old'))).toBeUndefined();
  expect(await journey.objects.get(service('partial', 'z'))).toBeDefined();
});

test('an admission policy that says no costs the object, and a deletion that it refuses is not forgotten (F13)', async () => {
  await push('guarded', { 'a.yaml': configMapYaml('a', '1'), 'b.yaml': configMapYaml('b', '1') });
  await journey.waitForApp('guarded', { sync: 'Synced' });
  await guard();
  await push('guarded', { 'c.yaml': configMapYaml('denied', '1') });
  await journey.waitForApp('guarded', { sync: 'OutOfSync', problem: 'apply.admission' });
  await othersGoOn();
  await push('guarded', { 'c.yaml': null, 'b.yaml': null });
  await journey.waitForApp('guarded', { sync: 'OutOfSync', problem: 'apply.admission' });
  expect(await journey.objects.get(configMap('guarded', 'b'))).toBeDefined();
  await journey.objects.delete(`${BINDINGS}/guard`);
  await journey.waitForApp('guarded', { sync: 'Synced', clear: true });
  expect(await journey.objects.get(configMap('guarded', 'b'))).toBeUndefined();
});

test('a deletion that a finalizer holds up is shown, and everything else goes on (F17)', async () => {
  const held = configMapYaml('held', '1').replace('"name": "held"', '"name": "held", "finalizers": ["example.com/hold"]');
  await push('stuck', { 'a.yaml': configMapYaml('a', '1'), 'held.yaml': held });
  await journey.waitForApp('stuck', { sync: 'Synced' });
  await push('stuck', { 'held.yaml': null, 'a.yaml': configMapYaml('a', '2') });
  await journey.waitForApp('stuck', { sync: 'OutOfSync' });
  expect(await journey.objects.get(configMap('stuck', 'held'))).toMatchObject({
    metadata: { deletionTimestamp: expect.any(String) },
  });
  expect(await journey.objects.get(configMap('stuck', 'a'))).toMatchObject({ data: { value: '2' } });
  await othersGoOn();
  await journey.objects.patch(configMap('stuck', 'held'), { metadata: { finalizers: null } });
  await journey.waitForApp('stuck', { sync: 'Synced', clear: true });
});

test('an App is not allowed to change the agent, whatever Git says', async () => {
  const mark = await journey.audit.mark();
  await push('greedy', { 'agent.yaml': configMapYaml('agent', '1', 'plumbline-system'), 'a.yaml': configMapYaml('a', '1') });
  await journey.waitForApp('greedy', { sync: 'OutOfSync', problem: 'apply.protected' });
  await othersGoOn();
  expect(await journey.objects.get(configMap('plumbline-system', 'agent'))).toBeUndefined();
  const writes = (await journey.audit.since(mark)).filter(
    (event) => event.resource === 'configmaps' && event.namespace === 'plumbline-system',
  );
  expect(writes.filter((event) => event.verb !== 'get' && event.verb !== 'list' && event.verb !== 'watch')).toEqual([]);
});

test('all of that broke no invariant (I1, I2, I3, I4, I9)', async () => {
  expect(await findViolations(journey, { repositories: [main] })).toEqual([]);
});

async function deletesSince(mark: number): Promise<string[]> {
  return agentWrites(await journey.audit.since(mark))
    .filter((event) => event.verb === 'delete' && succeeded(event))
    .map(describeEvent);
}

/** A CustomResourceDefinition of the group example.com. */
function definition(plural: string): string {
  const kind = kindOf(plural);
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return yaml({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

function gadget(plural: string, name: string): string {
  return yaml({ apiVersion: 'example.com/v1', kind: kindOf(plural), metadata: { name }, spec: { size: 1 } });
}

function kindOf(plural: string): string {
  return `${plural.charAt(0).toUpperCase()}${plural.slice(1, -1)}`;
}

/** A policy for the namespace `guarded`: nothing named `denied` is made, and nothing is deleted. */
async function guard(): Promise<void> {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] };
  const validations = [{ expression: "request.operation != 'DELETE' && object.metadata.name != 'denied'" }];
  await journey.objects.create(POLICIES, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'guard' },
    spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: [rule] }, validations },
  });
  const only = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'guarded' } } };
  await journey.objects.create(BINDINGS, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'guard' },
    spec: { policyName: 'guard', validationActions: ['Deny'], matchResources: only },
  });
  const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'denied', namespace: 'guarded' } };
  await waitFor('the policy to be in force', () =>
    journey.objects.create('/api/v1/namespaces/guarded/configmaps?dryRun=All', probe).then(
      () => false,
      () => true,
    ),
  );
}
