/** What people see of a cluster while it lives: trees, streams, objects and logs, and what they do to objects. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityEvent } from '../../../core/api/activity.ts';
import type { AppTree, ObjectView, ResourceAction, TreeDelta, TreeNode } from '../../../core/api/tree.ts';
import type { HistoryEntry } from '../../../core/api/views.ts';
import { type ClusterObjects, createClusterObjects } from '../../journey/support/cluster-objects.ts';
import { application } from './support/application.ts';
import { readEvents } from './support/event-reader.ts';
import { livelyManifests } from './support/live-app.ts';
import { need } from './support/lone-worker.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { waitFor } from './support/wait-for.ts';

const CANARY = 'c4nary-of-a-tree-9';
const NAME = 'lively';

/** An App that acts as somebody who may do nothing, and names an object of somebody else. */
const TENANT = (url: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: lively, namespace: flux-system }
spec: { url: '${url}', interval: 1m, ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: tenant, namespace: flux-system }
spec:
  sourceRef: { kind: GitRepository, name: lively }
  path: ./tenant
  interval: 1m
  prune: true
  serviceAccountName: nobody
`;
const FOREIGN = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: foreign, namespace: kube-system }\ndata: { a: b }\n';

let system: RunningSystem;
let objects: ClusterObjects;

const api = <T>(path: string) => system.api.get<T>(`/apps/${system.clusterName}/${NAME}${path}`);
const tree = async () => need(await api<AppTree>('/tree'));
const byKind = (of: AppTree, kind: string): TreeNode[] => of.nodes.filter(({ key }) => key.split('/')[1] === kind);
const treeUntil = (what: string, holds: (of: AppTree) => boolean) =>
  waitFor(
    what,
    async () => {
      const found = await tree();
      return holds(found) ? found : undefined;
    },
    { ms: 30_000, seen: tree },
  );
const path = (kind: string, name = NAME) => `/apis/apps/v1/namespaces/${NAME}/${kind}/${name}`;
const act = (key: string, action: string, parameters?: object) =>
  system.api.send<{ id: string }>('POST', `/apps/${system.clusterName}/${NAME}/actions`, {
    key,
    action,
    reason: 'a test',
    ...(parameters === undefined ? {} : { parameters }),
  });
const log = async () =>
  need(await api<{ history: readonly HistoryEntry[] }>('/history?limit=200')).history.map(({ message }) => message);
const untilLogged = (text: string) =>
  waitFor(`the ledger to say ${text}`, async () => ((await log()).some((one) => one.includes(text)) ? true : undefined), {
    ms: 30_000,
    seen: log,
  });
const events = async () => need(await system.api.get<{ events: readonly ActivityEvent[] }>('/activity?limit=200')).events;

beforeAll(async () => {
  system = await startRunningSystem();
  objects = createClusterObjects(system.cluster);
  const { git } = system;
  const url = await git.createRepository('lively');
  const files = Object.fromEntries(Object.entries(livelyManifests(NAME)).map(([file, text]) => [`app/${file}`, text]));
  await objects.create('/api/v1/namespaces/kube-system/configmaps', {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign', namespace: 'kube-system' } },
    data: { a: CANARY },
  });
  const apps = { 'fleet/app.yaml': application({ name: NAME, repoURL: url, path: 'app' }), 'fleet/tenant.yaml': TENANT(url) };
  await git.pushFiles('lively', { ...files, ...apps, 'tenant/foreign.yaml': FOREIGN }, 'first');
  need(await system.api.send('POST', '/fleet', { url, revision: 'main', path: 'fleet', cluster: system.clusterName }));
  await system.untilApp(NAME, isHealthy);
});
afterAll(() => system?.stop());

describe('the tree of an App', () => {
  test('shows what its objects own, down to the Pods, with health, image and owner', async () => {
    const seen = await treeUntil('two Pods', (of) => byKind(of, 'Pod').length === 2 && byKind(of, 'EndpointSlice').length === 1);
    const [pod] = byKind(seen, 'Pod').filter(({ key }) => !key.includes('fixed'));
    const set = seen.nodes.find(({ key }) => key === pod?.parent);
    expect(pod).toMatchObject({
      health: { status: 'Healthy' },
      images: ['example.com/web:1'],
      info: expect.arrayContaining(['1/1 ready']),
    });
    expect(set).toMatchObject({ parent: `apps/Deployment/${NAME}/${NAME}`, info: ['1/1 ready', 'revision 1'] });
    expect(seen.more).toBe(0);
  });

  test('says nothing of a Secret but its name (S10)', async () => {
    const secret = byKind(await tree(), 'Secret');
    expect(Object.keys(secret[0] ?? {}).sort()).toEqual(['createdAt', 'health', 'key', 'uid', 'version']);
  });

  test('says in its stream that people decided something, though the cluster is as before', async () => {
    const reader = await readEvents(`${system.worker().url}/api/apps/${system.clusterName}/${NAME}/stream`, system.apiToken);
    await reader.until(({ event }) => event === 'tree');
    const told = () => reader.seen.filter(({ event }) => event === 'view').length;
    for (const [what, body] of [
      ['rollback', { to: '0', until: 'unpin', reason: 'keep it' }],
      ['unpin', {}],
    ] as const) {
      const before = told();
      need(await system.api.send('POST', `/apps/${system.clusterName}/${NAME}/${what}`, body));
      await waitFor(`${what} in the stream`, () => (told() > before ? true : undefined), { ms: 10_000 });
    }
    await reader.close();
  });

  test('is streamed: the whole first, then what changes, beside the status', async () => {
    const reader = await readEvents(`${system.worker().url}/api/apps/${system.clusterName}/${NAME}/stream`, system.apiToken);
    const first = await reader.until(({ event }) => event === 'tree');
    expect((first.data as TreeDelta).full).toBe(true);
    expect(reader.seen.some(({ event }) => event === 'status')).toBe(true);
    const before = reader.seen.length;
    const [pod] = byKind(await tree(), 'Pod');
    await objects.delete(`/api/v1/namespaces/${NAME}/pods/${pod?.key.split('/')[3]}`);
    const gone = await reader.until(({ event, data }) => event === 'tree' && (data as TreeDelta).gone.includes(pod?.key ?? ''));
    expect((gone.data as TreeDelta).full).toBe(false);
    expect(reader.seen.length).toBeGreaterThan(before);
    await reader.close();
    await treeUntil(
      'the Pods again',
      (of) => byKind(of, 'Pod').length === 2 && of.nodes.every(({ health }) => health.status === 'Healthy'),
    );
  });

  test('shows warnings about its objects without what looks like a secret (S10)', async () => {
    const [pod] = byKind(await tree(), 'Pod');
    await objects.create(`/api/v1/namespaces/${NAME}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'warned', namespace: NAME },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: NAME, name: pod?.key.split('/')[3], uid: pod?.uid },
      type: 'Warning',
      reason: 'FailedMount',
      message: 'cannot mount: password=hunter2hunter2 refused',
      count: 3,
      lastTimestamp: new Date().toISOString(),
    });
    const warned = await treeUntil('the warning', (of) => of.nodes.some(({ events: all }) => all !== undefined));
    const told = warned.nodes.find(({ key }) => key === pod?.key)?.events ?? [];
    expect(told).toMatchObject([
      { type: 'Warning', reason: 'FailedMount', count: 3, message: 'cannot mount: password=[redacted] refused' },
    ]);
  });

  test('comes back whole after the agent was restarted', async () => {
    await system.agent().stop();
    await system.startAgent();
    const reader = await readEvents(`${system.worker().url}/api/apps/${system.clusterName}/${NAME}/stream`, system.apiToken);
    await treeUntil('two Pods', (of) => byKind(of, 'Pod').length === 2);
    await reader.close();
  });
});

describe('an object', () => {
  test('is shown as Git wants it and as it lives, with who set what differs', async () => {
    await objects.patch(path('deployments'), { metadata: { annotations: { note: 'token=abcdefghijkl' } } });
    const view = need(await api<ObjectView>(`/object?key=apps/Deployment/${NAME}/${NAME}`));
    expect(view.desired).toContain('image: example.com/web:1');
    expect(view.live).toContain('image: example.com/web:1');
    expect(view.live).not.toContain('managedFields');
    expect(view.live).toContain('token=[redacted]');
  });

  test('that is owned by one of Git’s is shown as it lives', async () => {
    const [pod] = byKind(await tree(), 'Pod');
    const view = need(await api<ObjectView>(`/object?key=${pod?.key}`));
    expect(view.desired).toBeUndefined();
    expect(view.live).toContain('kind: Pod');
  });

  test('a Secret is shown with its keys and without its values (S10)', async () => {
    const view = need(await api<ObjectView>(`/object?key=/Secret/${NAME}/${NAME}`));
    const text = JSON.stringify(view);
    expect(view.live).toContain('password');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(Buffer.from(CANARY).toString('base64'));
  });

  test('of another App, or of nobody, is not shown (S14)', async () => {
    for (const key of ['/ConfigMap/kube-system/kube-root-ca.crt', `/Secret/plumbline-system/plumbline-identity`])
      expect(await api(`/object?key=${key}`)).toMatchObject({ ok: false, error: { code: 'question.gone' } });
  });

  test('that an App only names is not shown through it, when its ServiceAccount may not read it (S14)', async () => {
    const key = '/ConfigMap/kube-system/foreign';
    const { id } = need(
      await waitFor('the tenant', async () => {
        const { apps } = need(await system.api.get<{ apps: readonly { app: string }[] }>('/apps'));
        const found = apps.find(({ app }) => app.includes('tenant'));
        return found === undefined ? undefined : { ok: true as const, value: { id: found.app } };
      }),
    );
    const at = `/apps/${system.clusterName}/${id}`;
    await waitFor(
      'its tree',
      async () => need(await system.api.get<AppTree>(`${at}/tree`)).nodes.some((node) => node.key === key) || undefined,
      { ms: 30_000, seen: () => system.api.get(`${at}/tree`) },
    );
    const looked = await system.api.get(`${at}/object?key=${key}`);
    expect(looked).toMatchObject({ ok: false, error: { code: 'question.forbidden' } });
    expect(JSON.stringify(looked)).not.toContain(CANARY);
  });

  test('looked at is written down with who did', async () => {
    await waitFor('the event', async () => (await events()).find(({ kind, actor }) => kind === 'object' && actor === 'operator'));
  });

  test('a look makes no generation and no ledger entry', async () => {
    const before = await log();
    need(await api<ObjectView>(`/object?key=/Service/${NAME}/${NAME}`));
    expect(await log()).toEqual(before);
  });
});

describe('an action', () => {
  const deployment = `apps/Deployment/${NAME}/${NAME}`;
  const fixed = `apps/Deployment/${NAME}/${NAME}-fixed`;
  const actions = async (key: string) => need(await api<{ actions: readonly ResourceAction[] }>(`/actions?key=${key}`)).actions;

  test('is offered by the state of the object; what self-heal would undo says so', async () => {
    expect((await actions(deployment)).map(({ name, disabled }) => [name, disabled === undefined])).toEqual([
      ['restart', true],
      ['pause', true],
      ['resume', false],
      ['scale', true],
    ]);
    expect((await actions(fixed)).find(({ name }) => name === 'scale')?.disabled).toContain('self-heal');
    expect(await actions(`/Service/${NAME}/${NAME}`)).toEqual([]);
  });

  test('restart makes new Pods, stays although the App heals itself, and is in the ledger with actor and reason', async () => {
    const before = byKind(await tree(), 'Pod').map(({ key }) => key);
    need(await act(deployment, 'restart'));
    await untilLogged(`restart of Deployment ${NAME}/${NAME} asked for by operator`);
    await untilLogged(`did restart Deployment ${NAME}/${NAME}`);
    await treeUntil('another Pod', (of) => {
      const pods = byKind(of, 'Pod');
      return pods.length === 2 && pods.filter(({ key }) => before.includes(key)).length === 1;
    });
    const told = (await events()).find(({ kind, reason }) => kind === 'action' && reason === 'a test');
    expect(told).toMatchObject({ app: NAME, actor: 'operator' });
    const live = await objects.get(path('deployments'));
    expect(JSON.stringify(live?.['spec'])).toContain('kubectl.kubernetes.io/restartedAt');
    await system.untilApp(NAME, isHealthy);
  });

  test('scale changes what Git does not set', async () => {
    need(await act(deployment, 'scale', { replicas: 2 }));
    await treeUntil('three Pods', (of) => byKind(of, 'Pod').length === 3);
    await system.untilApp(NAME, isHealthy);
  });

  test('scale of what Git sets is refused by the agent, and the ledger says why', async () => {
    need(await act(fixed, 'scale', { replicas: 3 }));
    await untilLogged(`could not scale Deployment ${NAME}/${NAME}-fixed`);
    expect(await objects.get(path('deployments', `${NAME}-fixed`))).toMatchObject({ spec: { replicas: 1 } });
  });

  test('create-job makes a Job of a CronJob, which the tree shows below it', async () => {
    need(await act(`batch/CronJob/${NAME}/${NAME}`, 'create-job'));
    const seen = await treeUntil('the Job', (of) => byKind(of, 'Job').length === 1);
    expect(byKind(seen, 'Job')[0]?.parent).toBe(`batch/CronJob/${NAME}/${NAME}`);
  });

  test('delete of a Pod makes its owner make another', async () => {
    const [pod] = byKind(await tree(), 'Pod').filter(({ key }) => key.includes('fixed'));
    need(await act(pod?.key ?? '', 'delete'));
    await treeUntil('another Pod', (of) => {
      const pods = byKind(of, 'Pod').filter(({ key }) => key.includes('fixed'));
      return pods.length === 1 && pods[0]?.key !== pod?.key;
    });
  });

  test('that a kind does not have, or on an object of nobody, is refused (S14)', async () => {
    expect(await act(deployment, 'explode')).toMatchObject({ ok: false, error: { code: 'action.unknown' } });
    expect(await act('/Pod/kube-system/etcd', 'delete')).toMatchObject({ ok: false, error: { code: 'question.gone' } });
  });
});
