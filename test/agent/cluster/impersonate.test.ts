import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterApi, Target } from '../../../agent/cluster/cluster-api.ts';
import { createImpersonation, type WithIdentity } from '../../../agent/cluster/impersonate.ts';
import { createKubernetesApi } from '../../../agent/cluster/kubernetes-api.ts';
import { systemClock } from '../../../agent/platform/clock.ts';
import { createHttpClient, type HttpClient } from '../../../agent/platform/http.ts';

const target: Target = {
  kind: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  namespace: 'shop',
  name: 'a',
};

let server: Server;
let client: HttpClient;
let api: ClusterApi;
let withIdentity: WithIdentity;
/** Whom each request was for: its impersonation header, or the empty string. */
let users: string[];

beforeEach(async () => {
  users = [];
  server = createServer((request, response) => {
    users.push(String(request.headers['impersonate-user'] ?? ''));
    const groups = Object.keys(request.headers).filter((name) => /^impersonate-(?!user)/.test(name));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ metadata: { uid: 'u', resourceVersion: '1' }, groups }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createHttpClient({ maxSockets: 2 });
  const connection = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // It listens on a port.
    client,
    version: 0,
    headers: async () => ({ Authorization: 'Bearer agent' }),
    reload: async () => false,
  };
  const clock = systemClock();
  api = createKubernetesApi(connection, clock);
  withIdentity = createImpersonation({ api, connection, clock });
});
afterEach(() => {
  client.close();
  server.close();
});

describe('a client with an identity', () => {
  const account = { namespace: 'team', name: 'deployer' };
  const user = 'system:serviceaccount:team:deployer';

  it('S14 sends the ServiceAccount with every request, and no other header of its kind', async () => {
    const as = withIdentity(account);
    const got = await as.get(target);
    await as.apply(target, '{}', { dryRun: false, secret: false });
    await as.remove(target, { uid: 'u', resourceVersion: '1', propagation: 'Background' });
    await as.list(target.kind, { limit: 1, metadataOnly: true });
    await as.watch(target.kind, {
      resourceVersion: '1',
      metadataOnly: true,
      onEvent: () => {},
      signal: AbortSignal.timeout(5_000),
    });
    expect(users).toEqual([user, user, user, user, user]);
    expect(got.ok && got.value?.object['groups']).toEqual([]);
  });

  it('is made once for each ServiceAccount', () => {
    expect(withIdentity(account)).toBe(withIdentity({ ...account }));
    expect(withIdentity({ ...account, name: 'other' })).not.toBe(withIdentity(account));
  });

  it("asks for discovery as the agent, and shares the agent's", async () => {
    expect(withIdentity(account).kindOf).toBe(api.kindOf);
    await withIdentity(account).discover();
    expect(users).toEqual(['', '']);
  });

  it('leaves the agent its own', async () => {
    withIdentity(account);
    await api.get(target);
    expect(users).toEqual(['']);
  });
});

describe('S31 a name that no ServiceAccount can have', () => {
  it.each([
    ['', 'deployer'],
    ['team', ''],
    ['', ''],
    ['team:other', 'deployer'],
    ['team', 'deployer\r\nImpersonate-Group: system:masters'],
    ['team', 'a;b'],
    ['team', 'Deployer'],
    ['team', '../x'],
    ['team', ':'],
  ])('%j %j asks for nothing, and never as the agent', async (namespace, name) => {
    const as = withIdentity({ namespace, name });
    const answers = [
      await as.get(target),
      await as.apply(target, '{}', { dryRun: true, secret: false }),
      await as.remove(target, { uid: 'u', resourceVersion: '1', propagation: 'Background' }),
      await as.list(target.kind, { limit: 1, metadataOnly: true }),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: { problem: { code: 'apply.forbidden' } } });
    const end = await as.watch(target.kind, {
      resourceVersion: '',
      metadataOnly: true,
      onEvent: () => {},
      signal: AbortSignal.abort(),
    });
    expect(end.reason).toBe('failed');
    expect(users).toEqual([]);
  });
});
