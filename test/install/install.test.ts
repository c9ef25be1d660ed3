/** The installation as its user does it: a manifest by URL, applied by kubectl, and what it brings, run with its own rights. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readSeed } from '../../cli/demo/seed-files.ts';
import type { ClusterAdded, ClusterView } from '../../core/api/views.ts';
import { application, configMap } from '../contract/system/support/application.ts';
import { type Answer, call, codeOf } from '../contract/system/support/call-worker.ts';
import { newSigner } from '../contract/system/support/forged-snapshot.ts';
import { need } from '../contract/system/support/lone-worker.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from '../contract/system/support/running-system.ts';
import { waitFor } from '../contract/system/support/wait-for.ts';
import { objectsOf, programFiles } from './manifest-objects.ts';
import { type Container, runAsContainer } from './run-as-container.ts';

const MEBIBYTE = 1024 * 1024;
const SEEDED = ['guestbook', 'store', 'flux-system_shop-dev', 'flux-system_shop-staging', 'flux-system_shop-prod'];

let system: RunningSystem;
let installUrl: string;

beforeAll(async () => {
  system = await startRunningSystem();
  installUrl = `${system.worker().url}/install/${system.install.env['PLUMBLINE_TOKEN']}`;
  await system.git.createRepository('demo');
  await system.git.pushFiles('demo', await readSeed(system.git.url('demo')), 'the demo');
  need(
    await system.api.send('POST', '/fleet', {
      url: system.git.url('demo'),
      revision: 'main',
      path: 'fleet',
      cluster: system.clusterName,
    }),
  );
});
afterAll(() => system?.stop());

const kubectl = (...args: string[]) => system.cluster.kubectl(args);
const applyText = (text: string) =>
  system.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: text });

describe('the manifest', () => {
  test('fetched again, even after it was used, is the same and consumes nothing', async () => {
    const answers: readonly Answer[] = [await call(installUrl), await call(installUrl)];
    for (const { status, text, headers } of answers) {
      expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([200, 'no-store', 'application/yaml']);
      expect(text).toBe(system.manifest);
    }
  });

  test('is not found under a token that was not made', async () => {
    const answer = await call(`${system.worker().url}/install/${'0'.repeat(32)}`);
    expect([answer.status, codeOf(answer), answer.headers.get('cache-control')?.includes('public') ?? false]).toEqual([
      404,
      'api.not_found',
      false,
    ]);
  });

  test('holds ConfigMaps that each fit into one object of Kubernetes', () => {
    const maps = objectsOf(system.manifest).filter(({ kind }) => kind === 'ConfigMap');
    expect(maps.length).toBeGreaterThan(0);
    for (const map of maps) expect(JSON.stringify(map).length).toBeLessThan(MEBIBYTE);
  });

  test('is applied by kubectl, server-side, any number of times', async () => {
    for (let i = 0; i < 2; i++) {
      const applied = await kubectl('apply', '--server-side', '-f', installUrl);
      expect([applied.code, applied.stderr]).toEqual([0, '']);
    }
    for (const { kind, metadata } of objectsOf(system.manifest)) {
      const namespace = metadata.namespace === undefined ? [] : ['-n', metadata.namespace];
      expect([kind, (await kubectl('get', kind, metadata.name, ...namespace)).code]).toEqual([kind, 0]);
    }
  });

  test('brings the whole program: what lies in the cluster is what the Worker serves', async () => {
    const { stdout } = await kubectl('get', 'configmaps', '-n', 'plumbline-system', '-o', 'json');
    const { items } = JSON.parse(stdout) as { items: readonly { binaryData?: Record<string, string> }[] }; // as the API server answers
    const stored = items.flatMap(({ binaryData }) => Object.entries(binaryData ?? {}));
    const served = programFiles(system.manifest).map(([name, content]) => [name, content.toString('base64')]);
    expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(served));
  });
});

test('with the rights of the manifest the agent deploys every kind of App of the demo', async () => {
  const apps = await waitFor(
    'every seeded App is healthy',
    async () => {
      const all = await system.apps();
      return all.length === SEEDED.length &&
        all.every(({ status }) => status?.sync === 'Synced' && status.health.status === 'Healthy')
        ? all
        : undefined;
    },
    {
      ms: 110_000,
      seen: async () =>
        (await system.apps()).map(({ app, status, problems }) => [app, status?.sync, status?.health, status?.problems, problems]),
    },
  );
  expect(apps.map(({ problems }) => problems)).toEqual(SEEDED.map(() => []));
});

describe('P40: the enrolment token', () => {
  const enrol = (changes: object) => {
    const body = {
      token: system.install.env['PLUMBLINE_TOKEN'],
      publicKey: newSigner().publicKey,
      cluster: 'another',
      kubernetesVersion: 'v1',
      agentVersion: '1',
      ...changes,
    };
    return call(`${system.worker().url}/enrol`, { method: 'POST', body });
  };

  test('serves no other key, in this cluster or in another', async () => {
    const { uid } = need(await system.api.get<{ clusters: readonly ClusterView[] }>('/clusters')).clusters[0] ?? {};
    for (const cluster of [uid, 'another']) {
      const answer = await enrol({ cluster });
      expect([answer.status, answer.json]).toMatchObject([403, { code: 'enrol.token', rule: 'P40' }]);
      expect(answer.text).not.toContain('payload');
    }
  });

  test('costs the agent that used it nothing when somebody tries', async () => {
    const after = await system.git.pushFiles('demo', { 'apps/guestbook/extra.yaml': configMap('extra') }, 'extra');
    await system.untilApp('guestbook', (view) => isHealthy(view) && view.status?.revision === after);
  });

  test('that is new replaces the one before, which is then not found', async () => {
    const first = need(await system.api.send<ClusterAdded>('POST', '/clusters', { name: 'spare' }));
    const second = need(await system.api.send<ClusterAdded>('POST', '/clusters', { name: 'spare' }));
    expect([(await call(first.install)).status, (await call(second.install)).status]).toEqual([404, 200]);
    need(await system.api.send('DELETE', '/clusters/spare'));
    expect((await call(second.install)).status).toBe(404);
  });
});

describe('the command of the Deployment', () => {
  let container: Container | undefined;
  const env = () => ({ ...system.install.env, KUBECONFIG: join(system.dir, 'agent.kubeconfig') });
  afterAll(async () => {
    container?.child.kill();
    await container?.ended;
  });

  test.each([
    ['a changed byte', (content: Buffer) => Buffer.concat([content.subarray(0, -1), Buffer.from([(content.at(-1) ?? 0) ^ 1])])],
    ['a byte more', (content: Buffer) => Buffer.concat([content, Buffer.from([0])])],
    ['nothing in it', () => Buffer.alloc(0)],
  ])('starts no program with %s', async (what, change) => {
    const refused = await runAsContainer(system.manifest, {
      dir: join(system.dir, what.replaceAll(' ', '-')),
      env: env(),
      change,
    });
    expect(await refused.ended).not.toBe('0');
    expect(refused.output()).not.toMatch(/agent \d/);
  });

  test('starts the program, which goes on where the agent before it ended', async () => {
    await system.agent().stop();
    container = await runAsContainer(system.manifest, { dir: join(system.dir, 'container'), env: env() });
    const after = await system.git.pushFiles(
      'demo',
      { 'apps/guestbook/extra.yaml': configMap('extra', { by: 'the container' }) },
      'again',
    );
    await system.untilApp('guestbook', (view) => isHealthy(view) && view.status?.revision === after);
    container.child.kill();
    expect(await container.ended).toBe('0');
    await system.startAgent();
  });
});

describe('with a narrower role', () => {
  const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]) => ({
    apiGroups: [apiGroup],
    resources,
    verbs,
  });
  const read = ['get', 'list', 'watch'];
  const NARROW = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'plumbline-agent' },
    rules: [
      rule('', ['namespaces', 'configmaps'], [...read, 'create', 'patch', 'delete']),
      rule('', ['secrets'], [...read, 'create', 'patch', 'delete']),
      rule('apps', ['deployments', 'statefulsets'], read),
      rule('', ['services'], read),
    ],
  };
  const deployment = stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web' }] } },
    },
  });

  test('what is forbidden is a problem of the App that needs it, with the verb and the kind; the agent lives on', async () => {
    const { pid } = system.agent();
    expect((await applyText(JSON.stringify(NARROW))).code).toBe(0);
    const { git } = system;
    await git.pushFiles(
      'demo',
      {
        'narrow/a.yaml': configMap('allowed'),
        'narrow/b.yaml': deployment,
        'hidden/a.yaml':
          'apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: x }\nspec: { schedule: "@daily", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: x, image: x }] } } } } }\n',
        'fleet/narrow.yaml': application({ name: 'narrow', repoURL: git.url('demo'), path: 'narrow' }),
        'fleet/hidden.yaml': application({ name: 'hidden', repoURL: git.url('demo'), path: 'hidden' }),
      },
      'two more Apps',
    );
    const view = await system.untilApp(
      'narrow',
      ({ status }) => status?.resources.some(({ problem }) => problem !== undefined) === true,
    );
    const refused = view.status?.resources.filter(({ problem }) => problem !== undefined) ?? [];
    expect(refused.map(({ key, problem }) => [key, problem?.code])).toEqual([['apps/Deployment/narrow/web', 'apply.forbidden']]);
    // The words are the API server's: they name the verb and the resource that a role has to allow.
    expect(refused[0]?.problem?.message).toMatch(/cannot (patch|create) resource "deployments" in API group "apps"/);
    expect((await kubectl('get', 'configmap', 'allowed', '-n', 'narrow')).code).toBe(0);
    const hidden = await system.untilApp(
      'hidden',
      ({ status }) =>
        status?.problems.concat(status.resources.flatMap(({ problem }) => problem ?? [])).length !== 0 && status !== undefined,
    );
    const codes = [
      ...(hidden.status?.problems ?? []),
      ...(hidden.status?.resources.flatMap(({ problem }) => problem ?? []) ?? []),
    ].map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['apply.forbidden']));
    expect(system.agent().pid).toBe(pid);
  });

  test('an App that needs no more than that goes on', async () => {
    const after = await system.git.pushFiles(
      'demo',
      { 'apps/guestbook/extra.yaml': configMap('extra', { by: 'a narrow role' }) },
      'narrow',
    );
    await system.untilApp('guestbook', (view) => view.status?.sync === 'Synced' && view.status.revision === after);
  });

  test('and as soon as the right is there, the App that lacked it is deployed', async () => {
    const wide = objectsOf(system.manifest).find(({ kind }) => kind === 'ClusterRole');
    expect((await applyText(JSON.stringify(wide))).code).toBe(0);
    need(await system.api.send('POST', `/apps/${system.clusterName}/narrow/sync`, { actor: 'test' }));
    await system.untilApp('narrow', ({ status }) => status?.sync === 'Synced');
  });
});

test('a cluster that is removed keeps its workloads, and its agent is not known any more', async () => {
  need(await system.api.send('DELETE', `/clusters/${system.clusterName}`));
  expect(await system.apps()).toEqual([]);
  expect((await kubectl('get', 'deployment', 'guestbook', '-n', 'guestbook')).code).toBe(0);
});
