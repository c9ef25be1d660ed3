/**
 * Logs of Pods from the API server's answer to the caller's screen, and what an agent without rights shows. No container runs in the tests' cluster, so a
 * proxy in front of the API server answers for the kubelet.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityEvent } from '../../../core/api/activity.ts';
import type { AppTree, LogMessage } from '../../../core/api/tree.ts';
import { type ClusterObjects, createClusterObjects } from '../../journey/support/cluster-objects.ts';
import { type FaultProxy, startFaultProxy } from '../../journey/support/fault-proxy.ts';
import { application } from './support/application.ts';
import { readEvents } from './support/event-reader.ts';
import { livelyManifests } from './support/live-app.ts';
import { need } from './support/lone-worker.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { waitFor } from './support/wait-for.ts';

const NAME = 'loud';

let system: RunningSystem;
let proxy: FaultProxy;
let objects: ClusterObjects;
let pod: string;

const tree = async () => need(await system.api.get<AppTree>(`/apps/${system.clusterName}/${NAME}/tree`));
const logsUrl = (query: string) => `${system.worker().url}/api/apps/${system.clusterName}/${NAME}/logs?${query}`;
const treeUntil = (what: string, holds: (of: AppTree) => boolean) =>
  waitFor(
    what,
    async () => {
      const found = await tree();
      return holds(found) ? found : undefined;
    },
    { ms: 30_000, seen: tree },
  );
/** Answers for the kubelet. */
const printed = (body: string, status = 200) =>
  proxy.inject((seen) =>
    seen.resource === 'pods' && seen.verb === 'get' && seen.query.has('tailLines')
      ? { answer: { status, headers: { 'content-type': status === 200 ? 'text/plain' : 'application/json' }, body } }
      : undefined,
  );

beforeAll(async () => {
  system = await startRunningSystem();
  objects = createClusterObjects(system.cluster);
  const { git } = system;
  const url = await git.createRepository(NAME);
  const files = Object.fromEntries(Object.entries(livelyManifests(NAME)).map(([file, text]) => [`app/${file}`, text]));
  await git.pushFiles(NAME, { ...files, 'fleet/app.yaml': application({ name: NAME, repoURL: url, path: 'app' }) }, 'first');
  need(await system.api.send('POST', '/fleet', { url, revision: 'main', path: 'fleet', cluster: system.clusterName }));
  await system.untilApp(NAME, isHealthy);
  proxy = await startFaultProxy(system.cluster);
  await system.agent().stop();
  const token = await system.cluster.serviceAccountToken('plumbline-system', 'plumbline-agent');
  await system.startAgent({ env: { KUBECONFIG: await proxy.kubeconfig(system.dir, token) } });
  const seen = await treeUntil('a Pod', (of) => of.nodes.some(({ key }) => key.startsWith('/Pod/')));
  pod = seen.nodes.find(({ key }) => key.startsWith('/Pod/'))?.key ?? '';
});
afterAll(async () => {
  await system?.stop();
  await proxy?.stop();
});

describe('the log of a Pod', () => {
  test('arrives line by line without what looks like a secret, and says that it has ended (S10, S40)', async () => {
    const answer = printed('started\npassword=hunter2hunter2\r\nevent: end\n\ndata: {"forged":true}\n');
    const reader = await readEvents(logsUrl(`pod=${pod}&tail=50&container=web`), system.apiToken);
    await reader.until(({ event }) => event === 'end');
    await reader.ended;
    const messages = reader.seen as LogMessage[];
    const lines = messages.flatMap((message) => (message.event === 'lines' ? message.data.lines : []));
    expect(lines).toEqual(['started', 'password=[redacted]', 'event: end', '', 'data: {"forged":true}']);
    expect(messages.filter(({ event }) => event === 'end')).toEqual([{ event: 'end', data: { reason: 'end' } }]);
    expect(answer.hits[0]?.query.get('container')).toBe('web');
    expect(answer.hits[0]?.query.get('tailLines')).toBe('50');
    answer.lift();
  });

  test('is written down with who opened it', async () => {
    const events = async () => need(await system.api.get<{ events: readonly ActivityEvent[] }>('/activity?limit=200')).events;
    const opened = await waitFor('the event', async () => (await events()).find(({ kind }) => kind === 'logs'));
    expect(opened).toMatchObject({ app: NAME, actor: 'operator' });
  });

  test('asks for no more lines than are allowed', async () => {
    const answer = printed('x\n');
    const reader = await readEvents(logsUrl(`pod=${pod}&tail=999999`), system.apiToken);
    await reader.ended;
    expect(answer.hits[0]?.query.get('tailLines')).toBe('5000');
    answer.lift();
  });

  test('that the API server refuses is a problem, no stream', async () => {
    const answer = printed(JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: 'forbidden' }), 403);
    expect(await system.api.get(`/apps/${system.clusterName}/${NAME}/logs?pod=${pod}`)).toMatchObject({
      ok: false,
      error: { code: 'question.forbidden' },
    });
    answer.lift();
  });

  test('of another App’s Pod, or of something that is no Pod, is not to be had (S14)', async () => {
    for (const [key, code] of [
      ['/Pod/kube-system/etcd', 'question.gone'],
      [`/Secret/${NAME}/${NAME}`, 'api.invalid'],
      ['nonsense', 'api.invalid'],
    ])
      expect(await system.api.get(`/apps/${system.clusterName}/${NAME}/logs?pod=${key}`)).toMatchObject({
        ok: false,
        error: { code },
      });
  });

  test('of an agent that is away is a problem after a while', async () => {
    await system.agent().stop('SIGKILL');
    expect(await system.api.get(`/apps/${system.clusterName}/${NAME}/logs?pod=${pod}`)).toMatchObject({
      ok: false,
      error: { code: 'question.no_answer' },
    });
  });
});

describe('an agent without the right to read Pods and events', () => {
  test('shows what it may read, says what it may not, and goes on syncing', async () => {
    await objects.patch('/apis/rbac.authorization.k8s.io/v1/clusterroles/plumbline-agent', {
      rules: [
        { apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['*'] },
        { apiGroups: ['batch'], resources: ['*'], verbs: ['*'] },
        { apiGroups: [''], resources: ['configmaps', 'secrets', 'services', 'namespaces', 'serviceaccounts'], verbs: ['*'] },
        { apiGroups: ['apiextensions.k8s.io'], resources: ['*'], verbs: ['*'] },
        { nonResourceURLs: ['*'], verbs: ['get'] },
      ],
    });
    await system.startAgent();
    const seen = await treeUntil('what cannot be read', (of) => of.unread !== undefined && of.unread.length >= 2);
    expect(seen.unread).toEqual(expect.arrayContaining(['/Event', '/Pod']));
    expect(seen.nodes.some(({ key }) => key.startsWith('apps/ReplicaSet/'))).toBe(true);
    const commit = await system.git.pushFiles(
      NAME,
      { 'app/more.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n' },
      'more',
    );
    await system.untilApp(NAME, ({ status }) => status?.revision === commit && status.sync === 'Synced');
  });
});
