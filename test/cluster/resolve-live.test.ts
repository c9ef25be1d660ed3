// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterApi, KindInfo } from '../../agent/cluster/cluster-api.ts';
import { type Connection, connectToCluster } from '../../agent/cluster/connection.ts';
import { createImpersonation, type WithIdentity } from '../../agent/cluster/impersonate.ts';
import { createKubernetesApi } from '../../agent/cluster/kubernetes-api.ts';
import { systemClock } from '../../agent/platform/clock.ts';
import { readInputVersions } from '../../agent/resolve/read-input.ts';
import { resolveBundle } from '../../agent/resolve/resolve-bundle.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import { inputsChanged } from '../../core/resolve/resolve-input.ts';
import { newAgeKey, sopsEncrypt } from '../agent/resolve/sops-encrypt.ts';
import { policyOf } from '../core/plan/policy.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { configMaps, configPath, type LiveCluster, liveCluster } from './live.ts';

const CONFIG_MAP: KindInfo = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const agent = { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' };

let cluster: SharedCluster;
let live: LiveCluster;
let connection: Connection;
let api: ClusterApi;
let withIdentity: WithIdentity;

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  const clock = systemClock();
  connection = await connectToCluster({ source: { file: cluster.kubeconfig }, maxSockets: 8, monotonic: clock.monotonic });
  api = createKubernetesApi(connection, clock);
  await api.discover();
  withIdentity = createImpersonation({ api, connection, clock });
});
afterAll(() => connection.client.close());

const bodyOf = (namespace: string, name: string, data: object = { a: 'b' }): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });

/** A ServiceAccount, with the right to write ConfigMaps of its own namespace or with none. */
async function account(namespace: string, name: string, rights: 'none' | 'config-maps'): Promise<void> {
  await live.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name },
  });
  if (rights === 'none') return;
  const rbac = 'rbac.authorization.k8s.io';
  await live.create(`/apis/${rbac}/v1/namespaces/${namespace}/roles`, {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch', 'delete'] }],
  });
  await live.create(`/apis/${rbac}/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
}

async function auditOf(path: string, verb: string): Promise<AuditEvent | undefined> {
  const lines = (await readFile(cluster.auditLog, 'utf8')).split('\n').filter((line) => line.includes(path));
  return lines.map((line) => JSON.parse(line) as AuditEvent).find((event) => event.verb === verb);
}

describe('S14 an App with a ServiceAccount', () => {
  it('is applied as that ServiceAccount, with its groups, which the audit log shows', async () => {
    const ns = await cluster.namespace('as');
    await account(ns, 'deployer', 'config-maps');
    const as = withIdentity({ namespace: ns, name: 'deployer' });
    const target = { kind: CONFIG_MAP, namespace: ns, name: 'mine' };
    const applied = await as.apply(target, bodyOf(ns, 'mine'), { dryRun: false, secret: false });
    expect(applied.ok).toBe(true);
    expect((await as.get(target)).ok).toBe(true);
    await expect.poll(() => auditOf(configPath(ns, 'mine'), 'patch'), { timeout: 30_000 }).toBeDefined();
    const event = await auditOf(configPath(ns, 'mine'), 'patch');
    expect(event?.user.username).not.toContain('serviceaccount');
    expect(event?.impersonatedUser?.username).toBe(`system:serviceaccount:${ns}:deployer`);
    expect([...(event?.impersonatedUser?.groups ?? [])].sort()).toEqual([
      'system:authenticated',
      'system:serviceaccounts',
      `system:serviceaccounts:${ns}`,
    ]);
  });

  it.each(['none', 'config-maps'] as const)('with rights to %s of its own may not touch other namespaces', async (rights) => {
    const [ns, other] = [await cluster.namespace('as'), await cluster.namespace('other')];
    await account(ns, 'deployer', rights);
    const as = withIdentity({ namespace: ns, name: 'deployer' });
    const applied = await as.apply({ kind: CONFIG_MAP, namespace: other, name: 'a' }, bodyOf(other, 'a'), {
      dryRun: false,
      secret: false,
    });
    expect(applied.ok ? '' : applied.error.problem.code).toBe('apply.forbidden');
    expect(applied.ok ? '' : applied.error.problem.message).toContain(`system:serviceaccount:${ns}:deployer`);
    expect(await live.get(configPath(other, 'a'))).toBeUndefined();
  });

  it('that does not exist has no rights', async () => {
    const ns = await cluster.namespace('as');
    const got = await withIdentity({ namespace: ns, name: 'nobody' }).get({ kind: CONFIG_MAP, namespace: ns, name: 'a' });
    expect(got.ok ? '' : got.error.problem.code).toBe('apply.forbidden');
  });

  it.each<[string, object[], boolean]>([
    ["the role of the agent's manifest", [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], true],
    [
      'the right to impersonate it',
      [{ apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['deployer'], verbs: ['impersonate'] }],
      true,
    ],
    ['no such right', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }], false],
  ])('needs of the agent: %s', async (_name, rules, works) => {
    const ns = await cluster.namespace('agent');
    await account(ns, 'agent', 'none');
    await account(ns, 'deployer', 'config-maps');
    const [name, rbac] = [uniqueName('agent'), 'rbac.authorization.k8s.io'];
    await live.create(`/apis/${rbac}/v1/clusterroles`, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules,
    });
    await live.create(`/apis/${rbac}/v1/clusterrolebindings`, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: ns }],
    });
    const token = await cluster.serviceAccountToken(ns, 'agent');
    const own: Connection = {
      server: connection.server,
      client: connection.client,
      version: 0,
      headers: async () => ({ Authorization: `Bearer ${token}` }),
      reload: async () => false,
    };
    const clock = systemClock();
    const as = createImpersonation({ api, connection: own, clock })({ namespace: ns, name: 'deployer' });
    const target = { kind: CONFIG_MAP, namespace: ns, name: 'a' };
    const applied = await as.apply(target, bodyOf(ns, 'a'), { dryRun: false, secret: false });
    expect(applied.ok ? 'applied' : applied.error.problem.code).toBe(works ? 'applied' : 'apply.forbidden');
  });

  it('S31 without a name is applied as nobody', async () => {
    const ns = await cluster.namespace('as');
    const target = { kind: CONFIG_MAP, namespace: ns, name: 'a' };
    const applied = await withIdentity({ namespace: ns, name: '' }).apply(target, bodyOf(ns, 'a'), {
      dryRun: false,
      secret: false,
    });
    expect(applied.ok ? '' : applied.error.problem.code).toBe('apply.forbidden');
    expect(await live.get(configPath(ns, 'a'))).toBeUndefined();
  });
});

describe('a bundle is resolved with what is in the cluster', () => {
  const bundleOf = (...objects: readonly Manifest[]) => ({ format: 1, salt: '00'.repeat(32), objects }) as const;
  const secrets = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;
  const create = (namespace: string, kind: string, name: string, data: object) =>
    live.create(kind === 'Secret' ? secrets(namespace) : configMaps(namespace), {
      apiVersion: 'v1',
      kind,
      metadata: { name },
      ...(kind === 'Secret' ? { stringData: data } : { data }),
    });

  it('variables come from ConfigMaps and Secrets, and a change of one of them is noticed', async () => {
    const ns = await cluster.namespace('vars');
    await create(ns, 'ConfigMap', 'open', { host: 'db.example.com', port: '5432' });
    await create(ns, 'Secret', 'closed', { password: 'canary-live' });
    const policy: AppPolicy = policyOf({
      dialect: 'flux',
      namespace: ns,
      substitute: {
        values: {},
        from: [
          { kind: 'ConfigMap', name: 'open', optional: false },
          { kind: 'Secret', name: 'closed', optional: false },
          { kind: 'Secret', name: 'later', optional: true },
        ],
        always: false,
      },
    });
    const object: Manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: ns },
      data: { url: 'postgres://u:${password}@${host}:${port}' },
    };
    const result = await resolveBundle(bundleOf(object), policy, { api, agent });
    if (!result.ok) throw new Error(result.error.code);
    const [resolved] = result.value.bundle.objects;
    expect(resolved?.['data']).toEqual({ url: 'postgres://u:canary-live@db.example.com:5432' });

    const target = { kind: CONFIG_MAP, namespace: ns, name: 'web' };
    const applied = await api.apply(target, JSON.stringify(resolved), { dryRun: false, secret: true });
    expect(applied.ok).toBe(true);

    const { inputs } = result.value;
    expect(inputsChanged(inputs, await readInputVersions(inputs, api))).toBe(false);
    await create(ns, 'Secret', 'later', { port: '1' });
    expect(inputsChanged(inputs, await readInputVersions(inputs, api))).toBe(true);
    await live.patch(`${secrets(ns)}/closed`, { stringData: { password: 'other' } });
    expect(inputsChanged(inputs.slice(0, 1), await readInputVersions(inputs, api))).toBe(false);
    expect(inputsChanged(inputs.slice(1, 2), await readInputVersions(inputs, api))).toBe(true);
  });

  it('S11 a refusal of an object that holds a value of a Secret does not quote it', async () => {
    const ns = await cluster.namespace('vars');
    await create(ns, 'Secret', 'closed', { password: `canary-${'x'.repeat(80)}` });
    const from = [{ kind: 'Secret', name: 'closed', optional: false }] as const;
    const policy = policyOf({ dialect: 'flux', namespace: ns, substitute: { values: {}, from, always: false } });
    const object: Manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: ns, labels: { injected: '${password}' } },
    };
    const result = await resolveBundle(bundleOf(object), policy, { api, agent });
    if (!result.ok) throw new Error(result.error.code);
    const [resolved] = result.value.bundle.objects;
    const target = { kind: CONFIG_MAP, namespace: ns, name: 'web' };
    const quoting = await api.apply(target, JSON.stringify(resolved), { dryRun: true, secret: false });
    const message = quoting.ok ? '' : quoting.error.problem.message;
    expect(message).toContain('canary');
    expect(result.value.redact(message)).not.toContain('canary');
    const secret = resolved !== undefined && result.value.secretObjects.has(resolved);
    const concealed = await api.apply(target, JSON.stringify(resolved), { dryRun: true, secret });
    expect(concealed.ok ? '' : concealed.error.problem.code).toBe('apply.invalid');
    expect(JSON.stringify(concealed)).not.toContain('canary');
  });

  it('an encrypted Secret is decrypted with the key in the cluster, and the API server takes it', async () => {
    const ns = await cluster.namespace('sops');
    const key = await newAgeKey();
    await create(ns, 'Secret', 'age', { 'plumbline.agekey': `# created: today\n${key.identity}\n` });
    const plain: JsonObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: ns },
      stringData: { password: 'canary-sops' },
    };
    const sealed = await sopsEncrypt(plain, { recipients: [key.recipient], isEncrypted: (path) => path[0] === 'stringData' });
    const policy = policyOf({ dialect: 'flux', namespace: ns, decryption: { secret: 'age' } });
    // Its apiVersion, kind and metadata are as they were.
    const result = await resolveBundle(bundleOf(sealed as unknown as Manifest), policy, { api, agent });
    if (!result.ok) throw new Error(result.error.code);
    expect(result.value.blocked).toEqual([]);
    const kind: KindInfo = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
    const body = JSON.stringify(result.value.bundle.objects[0]);
    expect((await api.apply({ kind, namespace: ns, name: 'db' }, body, { dryRun: false, secret: true })).ok).toBe(true);
    expect((await live.get(`${secrets(ns)}/db`))?.data).toEqual({ password: btoa('canary-sops') });
  });
});
