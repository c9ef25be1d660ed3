import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { agentWrites, describeEvent, succeeded } from '../support/audit-log.ts';
import { configMap } from '../support/cluster-objects.ts';
import { argoApp, configMapYaml } from '../support/definitions.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { createValueApp, type ValueApp } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

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

const onlyIn = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });
const configMaps = (operations: readonly string[]) => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations,
  resources: ['configmaps'],
});

test('F13: an admission webhook that does not answer costs the App, which goes on once it does, deletions too', async () => {
  const app = createValueApp(journey, repository, 'hooked');
  await app.converged(await app.push({ a: '1', b: '1' }));
  await journey.objects.create(`${ADMISSION}/validatingwebhookconfigurations`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'nowhere' },
    webhooks: [
      {
        name: 'nowhere.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: 1,
        namespaceSelector: onlyIn('hooked'),
        rules: [configMaps(['CREATE', 'UPDATE', 'DELETE'])],
        clientConfig: { service: { namespace: 'default', name: 'nowhere' } },
      },
    ],
  });
  await waitFor('the webhook to be asked', () => isRefused('hooked'));
  const mark = await journey.audit.mark();
  await app.push({ a: '2' });
  await journey.waitForApp('hooked', { sync: 'OutOfSync', problem: 'apply.unavailable' });
  await othersGoOn();
  await sleep(2_000);
  const attempts = (await journey.audit.since(mark)).filter((event) => event.namespace === 'hooked' && event.name === 'a');
  expect(attempts.length).toBeLessThan(40);
  expect(await app.live()).toEqual({ a: '1', b: '1' });
  await journey.objects.delete(`${ADMISSION}/validatingwebhookconfigurations/nowhere`);
  await app.healed();
  await app.converged();
});

/** True while the API server refuses to make a ConfigMap there; nothing is really made. */
function isRefused(namespace: string): Promise<boolean> {
  const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', namespace } };
  return journey.objects.create(`/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, probe).then(
    () => false,
    () => true,
  );
}

test('F37: somebody who changes an object with each of our writes is not answered for ever, and the difference is shown', async () => {
  const healing = createValueApp(journey, repository, 'counted');
  await healing.converged(await healing.push({ one: '1' }));
  await repository.push({
    'fleet/told.yaml': argoApp(repository.url, { name: 'told', path: 'apps/told', automated: { prune: true } }),
    'apps/told/one.yaml': configMapYaml('one', '1'),
  });
  await journey.waitForApp('told', { sync: 'Synced', clear: true });
  await countWrites(['counted', 'told']);
  const mark = await journey.audit.mark();
  for (const namespace of ['counted', 'told'])
    await journey.objects.patch(configMap(namespace, 'one'), { metadata: { labels: { touched: 'yes' } } });
  const { status } = await journey.waitForApp('told', { sync: 'OutOfSync' });
  expect(status?.drift).toMatchObject([{ key: '/ConfigMap/told/one', fields: ['/data/value'], action: 'reported' }]);
  await waitFor('an answer to the first change', async () => (await writesTo('counted', mark)).length > 0);
  // Again and again, far more often than it may be answered.
  for (let touch = 0; touch < 30; touch++) {
    await journey.objects.patch(configMap('counted', 'one'), { metadata: { labels: { touched: String(touch) } } });
    await sleep(100);
  }
  expect((await writesTo('counted', mark)).length).toBeLessThanOrEqual(6);
  expect(await writesTo('told', mark)).toEqual([]);
  await othersGoOn();
  await journey.objects.delete(`${ADMISSION}/mutatingadmissionpolicybindings/counter`);
  const revision = await healing.push({ one: '2' });
  await journey.waitForApp('counted', { revision, sync: 'Synced', clear: true });
});

async function writesTo(namespace: string, mark: number): Promise<string[]> {
  const writes = agentWrites(await journey.audit.since(mark));
  return writes.filter((event) => event.namespace === namespace && succeeded(event)).map(describeEvent);
}

/** A policy that counts the updates of each ConfigMap in the field that Git sets, also in dry-runs: so that no write ever leaves what it should. */
async function countWrites(namespaces: readonly string[]): Promise<void> {
  const before = "'value' in oldObject.data ? int(oldObject.data['value']) : 0";
  const expression = `[JSONPatch{op: "add", path: "/data/value", value: string((${before}) + 1)}]`;
  await journey.objects.create(`${ADMISSION}/mutatingadmissionpolicies`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'counter' },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: { resourceRules: [configMaps(['UPDATE'])] },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
  });
  const values = [...namespaces];
  await journey.objects.create(`${ADMISSION}/mutatingadmissionpolicybindings`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'counter' },
    spec: {
      policyName: 'counter',
      matchResources: {
        namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }] },
      },
    },
  });
  // Asked by dry-run of an object that is there in each of these namespaces and nobody's.
  await waitFor('the policy to be in force', async () => {
    const patch = JSON.stringify({ metadata: { labels: { try: String(performance.now()) } } });
    const answer = await journey.cluster.kubectl([
      ...['-n', namespaces[0] ?? '', 'patch', 'configmap', 'kube-root-ca.crt', '--type=merge', '-p', patch],
      ...['--dry-run=server', '-o', 'jsonpath={.data.value}'],
    ]);
    return answer.stdout !== '';
  });
}
