import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { callApi } from '../../../devcluster/handle/api-client.ts';
import { agentWrites } from '../support/audit-log.ts';
import { etcdOf } from '../support/etcd.ts';
import { createGate, startFaultProxy } from '../support/fault-proxy.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { restartAgent } from '../support/through-proxy.ts';
import { createValueApp, type ValueApp, version } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

const NAMES = ['a', 'b', 'c'];

let journey: Journey;
let repository: Repository;
let web: ValueApp;
let at = 0;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('main');
  web = createValueApp(journey, repository, 'web');
  const revision = await pushNext();
  await journey.addFleet(repository);
  await web.converged(revision);
});
afterAll(() => journey?.stop());

afterEach(async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

const pushNext = () => web.push(version(NAMES, ++at));

describe('F36: an etcd', () => {
  test('that is full refuses every write: the App says so, nothing loops, and it goes on once there is space', async () => {
    const etcd = await etcdOf(journey.cluster);
    const mark = await journey.audit.mark();
    await etcd.raiseNoSpace();
    try {
      await pushNext();
      await journey.waitForApp('web', { problem: 'apply.unavailable' });
      await sleep(3_000);
      expect(agentWrites(await journey.audit.since(mark)).length).toBeLessThan(60);
    } finally {
      await etcd.clearNoSpace();
    }
    await web.healed();
    await web.converged();
  });

  test('and an API server that are killed while a list is under way cost nothing but time', async () => {
    const proxy = await startFaultProxy(journey.cluster);
    const gate = createGate();
    try {
      const slow = proxy.inject((seen) =>
        seen.verb === 'list' && seen.query.has('continue')
          ? { until: gate.opened }
          : seen.verb === 'list'
            ? { rewrite: (query) => query.set('limit', '1') }
            : undefined,
      );
      await restartAgent(journey, { proxy });
      await waitFor('the second page to be asked for', () => slow.hits.some((seen) => seen.query.has('continue')));
      await journey.cluster.stopApiServer();
      await journey.cluster.stopEtcd();
      const pushed = pushNext();
      await journey.cluster.startEtcd();
      await journey.cluster.startApiServer();
      gate.open();
      slow.lift();
      await web.remove('a').catch(() => undefined);
      await web.converged(await pushed);
      await web.healed();
    } finally {
      await restartAgent(journey);
      await proxy.stop();
    }
  });
});

describe('F36: credentials', () => {
  test('that are revoked (401) are read again from the kubeconfig, and until then nothing loops', async () => {
    // A token that dies with a Secret: what an expired one looks like, without waiting for it.
    const secrets = '/api/v1/namespaces/plumbline-system/secrets';
    await journey.objects.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'lifetime' } });
    const kubeconfig = join(journey.dir, 'revoked.kubeconfig');
    await writeKubeconfig(kubeconfig, await boundToken('lifetime'));
    await restartAgent(journey, { env: { KUBECONFIG: kubeconfig } });
    await web.converged(await pushNext());
    const mark = await journey.audit.mark();
    await journey.objects.delete(`${secrets}/lifetime`);
    await waitFor('the agent to be refused', async () => {
      await web.edit('b', `wrong ${Math.random()}`);
      const refused = (await journey.audit.since(mark)).filter((event) => event.status === 401);
      return refused.length > 0;
    });
    const revision = await pushNext();
    await sleep(3_000);
    const refused = (await journey.audit.since(mark)).filter((event) => event.status === 401);
    expect(refused.length).toBeLessThan(150);
    await writeKubeconfig(kubeconfig, await journey.cluster.serviceAccountToken('plumbline-system', 'plumbline-agent'));
    await web.healed();
    await web.converged(revision);
    await restartAgent(journey);
  });

  test('of the API server that are rotated together with their authority are followed, by an agent that has nothing to do as well', async () => {
    const proxy = await startFaultProxy(journey.cluster);
    try {
      await restartAgent(journey, { proxy });
      await web.converged(await pushNext());
      proxy.rotate();
      proxy.cut();
      await web.edit('a', 'wrong');
      const token = await journey.cluster.serviceAccountToken('plumbline-system', 'plumbline-agent');
      await proxy.kubeconfig(journey.dir, token);
      await web.healed();
      await web.converged(await pushNext());
    } finally {
      await restartAgent(journey);
      await proxy.stop();
    }
  });
});

/** A token of the agent's ServiceAccount that is valid for as long as a Secret is there. */
async function boundToken(secret: string): Promise<string> {
  const { server, ca, adminToken } = journey.cluster;
  const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: secret };
  const answer = await callApi(
    { server, ca, token: adminToken },
    {
      method: 'POST',
      path: '/api/v1/namespaces/plumbline-system/serviceaccounts/plumbline-agent/token',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600, boundObjectRef } },
    },
  );
  // A TokenRequest that was accepted has a token.
  return (JSON.parse(answer.text) as { readonly status: { readonly token: string } }).status.token;
}

function writeKubeconfig(path: string, token: string): Promise<void> {
  const data = Buffer.from(journey.cluster.ca).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'this', cluster: { server: journey.cluster.server, 'certificate-authority-data': data } }],
    users: [{ name: 'agent', user: { token } }],
    contexts: [{ name: 'this', context: { cluster: 'this', user: 'agent' } }],
    'current-context': 'this',
  };
  return writeFile(path, JSON.stringify(config), { mode: 0o600 });
}
