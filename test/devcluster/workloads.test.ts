import { expect, test } from 'vitest';
import { type SharedCluster, sharedCluster } from './shared.ts';

const BEHAVIOUR = 'devcluster.plumbline.dev/behaviour';
const DELAY = 'devcluster.plumbline.dev/delay';

const WAIT = { timeout: 60_000, interval: 100 };

function pod(name: string, options: { readonly annotations?: Record<string, string>; readonly restartPolicy?: string } = {}) {
  const spec = { restartPolicy: options.restartPolicy ?? 'Always', containers: [{ name: 'main', image: 'example.test/main:1' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations: options.annotations ?? {} }, spec };
}

function deployment(name: string, annotations: Record<string, string> = {}) {
  const labels = { app: name };
  const template = { metadata: { labels, annotations }, spec: { containers: [{ name: 'main', image: 'example.test/main:1' }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

async function create(cluster: SharedCluster, namespace: string, object: { readonly kind: string }): Promise<void> {
  const made = await cluster.kubectl(['create', '--namespace', namespace, '-f', '-'], { input: JSON.stringify(object) });
  expect(made.stderr).toBe('');
}

/** Reads one field of an object through kubectl; empty when it is not there. */
async function read(
  cluster: SharedCluster,
  where: { readonly namespace: string; readonly object: string; readonly field: string },
) {
  const args = ['get', where.object, '--namespace', where.namespace, '-o', `jsonpath={${where.field}}`];
  return (await cluster.kubectl(args)).stdout;
}

test('the Node has a lease, so that it is not taken for lost', async () => {
  const args = [
    'get',
    'lease',
    'devcluster-node',
    '--namespace',
    'kube-node-lease',
    '-o',
    'jsonpath={.spec.leaseDurationSeconds}',
  ];
  await expect.poll(async () => (await sharedCluster().kubectl(args)).stdout, WAIT).toBe('40');
});

test('a Deployment becomes ready, and so does its next version', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('rollout');
  await create(cluster, namespace, deployment('web'));
  const rollout = ['rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout', '60s'];
  expect((await cluster.kubectl(rollout)).code).toBe(0);
  await cluster.kubectl(['set', 'image', 'deployment/web', 'main=example.test/main:2', '--namespace', namespace]);
  expect((await cluster.kubectl(rollout)).code).toBe(0);
  const where = { namespace, object: 'pods', field: '.items[*].spec.containers[0].image' };
  await expect.poll(() => read(cluster, where), WAIT).toBe('example.test/main:2 example.test/main:2');
});

test('a Job completes', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('job');
  await cluster.kubectl(['create', 'job', 'migrate', '--image', 'example.test/main:1', '--namespace', namespace]);
  await expect.poll(() => read(cluster, { namespace, object: 'job/migrate', field: '.status.succeeded' }), WAIT).toBe('1');
});

test('a Pod that shall fail ends as Failed when nothing restarts it', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('fail');
  await create(cluster, namespace, pod('hook', { annotations: { [BEHAVIOUR]: 'fail' }, restartPolicy: 'Never' }));
  await expect.poll(() => read(cluster, { namespace, object: 'pod/hook', field: '.status.phase' }), WAIT).toBe('Failed');
  const field = '.status.containerStatuses[0].state.terminated.exitCode';
  expect(await read(cluster, { namespace, object: 'pod/hook', field })).toBe('1');
});

test('a Job whose Pods fail has failed once its retries are used up', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('job-fail');
  const { metadata, spec } = pod('x', { annotations: { [BEHAVIOUR]: 'fail' }, restartPolicy: 'Never' });
  const template = { metadata: { annotations: metadata.annotations }, spec };
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec: { backoffLimit: 0, template } };
  await create(cluster, namespace, job);
  const field = '.status.conditions[?(@.type=="Failed")].reason';
  await expect.poll(() => read(cluster, { namespace, object: 'job/migrate', field }), WAIT).toBe('BackoffLimitExceeded');
});

test('a Deployment whose Pods fail or crash never becomes available, and makes no flood of Pods', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('crash');
  for (const behaviour of ['fail', 'crash-loop']) {
    await create(cluster, namespace, deployment(behaviour, { [BEHAVIOUR]: behaviour }));
    const pods = ['get', 'pods', '--selector', `app=${behaviour}`, '--namespace', namespace];
    const reasons = ['-o', 'jsonpath={.items[*].status.containerStatuses[0].state.waiting.reason}'];
    await expect
      .poll(async () => (await cluster.kubectl([...pods, ...reasons])).stdout, WAIT)
      .toBe('CrashLoopBackOff CrashLoopBackOff');
    const object = `deployment/${behaviour}`;
    expect(await read(cluster, { namespace, object, field: '.status.unavailableReplicas' })).toBe('2');
  }
});

test('a running Pod crashes when it is told to, counts its restarts, and recovers', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('recover');
  const ready = { namespace, object: 'pod/web', field: '.status.conditions[?(@.type=="Ready")].status' };
  const restarts = { namespace, object: 'pod/web', field: '.status.containerStatuses[0].restartCount' };
  await create(cluster, namespace, pod('web'));
  await expect.poll(() => read(cluster, ready), WAIT).toBe('True');
  await cluster.kubectl(['annotate', 'pod/web', `${BEHAVIOUR}=crash-loop`, '--namespace', namespace]);
  await expect.poll(() => read(cluster, ready), WAIT).toBe('False');
  await expect.poll(() => read(cluster, restarts), WAIT).toBe('2');
  await cluster.kubectl(['annotate', 'pod/web', `${BEHAVIOUR}-`, '--namespace', namespace]);
  await expect.poll(() => read(cluster, ready), WAIT).toBe('True');
});

test('a slow Pod runs without being ready until its delay is over', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('slow');
  const ready = (name: string) => ({ namespace, object: `pod/${name}`, field: '.status.conditions[?(@.type=="Ready")].status' });
  await create(cluster, namespace, pod('hour', { annotations: { [BEHAVIOUR]: 'slow', [DELAY]: '1h' } }));
  await create(cluster, namespace, pod('second', { annotations: { [BEHAVIOUR]: 'slow', [DELAY]: '1s' } }));
  await expect.poll(() => read(cluster, ready('second')), WAIT).toBe('True');
  expect(await read(cluster, ready('hour'))).toBe('False');
  expect(await read(cluster, { namespace, object: 'pod/hour', field: '.status.phase' })).toBe('Running');
});

test('a bare Pod succeeds when it is told to', async () => {
  const cluster = sharedCluster();
  const namespace = await cluster.namespace('succeed');
  await create(cluster, namespace, pod('hook', { annotations: { [BEHAVIOUR]: 'succeed' }, restartPolicy: 'Never' }));
  await expect.poll(() => read(cluster, { namespace, object: 'pod/hook', field: '.status.phase' }), WAIT).toBe('Succeeded');
});
