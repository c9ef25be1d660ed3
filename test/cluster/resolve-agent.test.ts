// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import { type AgeKey, newAgeKey, sopsEncrypt } from '../agent/resolve/sops-encrypt.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { AgentProcess, configMap } from './agent-process.ts';
import { FakeWorker } from './fake-worker.ts';
import { actionsOf, configPath, eventually, type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  const worker = new FakeWorker();
  await worker.start();
  agent = new AgentProcess(worker);
  await agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await agent.worker.stop();
});

/** Everything that left the cluster, or was printed. */
const told = (): string =>
  JSON.stringify([agent.worker.receipts, [...agent.worker.statuses.values()], agent.worker.problems, agent.worker.drifts]) +
  agent.output;

const secretPath = (namespace: string, name = '') => `/api/v1/namespaces/${namespace}/secrets${name === '' ? '' : `/${name}`}`;
const createSecret = (namespace: string, name: string, stringData: object) =>
  live.create(secretPath(namespace), { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });

/** A Flux App whose own namespace is the one that it is applied to. */
const policy = (namespace: string, changes: Partial<AppPolicy>): Partial<AppPolicy> => ({
  dialect: 'flux',
  name: namespace,
  namespace,
  targetNamespace: namespace,
  ...changes,
});
const fromSecret = { values: {}, from: [{ kind: 'Secret', name: 'vars', optional: false }], always: false } as const;

describe('an agent', () => {
  it('fills in variables, applies again when a source changes, and tells nobody their values (S10, S12)', async () => {
    const ns = await cluster.namespace('fill');
    await createSecret(ns, 'vars', { password: 'canary-one' });
    const objects = [configMap('web', 'pw=${password}'), configMap('plain', 'a')];
    await agent.worker.publish([{ id: ns, objects, policy: policy(ns, { substitute: fromSecret }) }]);
    expect(actionsOf(await receiptOf(agent.worker, ns))).toEqual({
      [`/ConfigMap/${ns}/web`]: 'created',
      [`/ConfigMap/${ns}/plain`]: 'created',
    });
    expect((await live.get(configPath(ns, 'web')))?.data).toEqual({ value: 'pw=canary-one' });

    await live.patch(secretPath(ns, 'vars'), { stringData: { password: 'canary-two' } });
    const isNew = async () => (await live.get(configPath(ns, 'web')))?.data?.['value'] === 'pw=canary-two';
    await eventually('the new value is applied', isNew, 60_000);

    await live.patch(configPath(ns, 'web'), { data: { value: 'pw=canary-three' } });
    await eventually('drift is healed', isNew);
    await agent.worker.synced(ns);
    expect(told()).not.toContain('canary');
  });

  it('waits for a source that is missing, and prunes nothing meanwhile (I2)', async () => {
    const ns = await cluster.namespace('wait');
    const app = (objects: readonly Manifest[]) => [{ id: ns, objects, policy: policy(ns, { substitute: fromSecret }) }];
    await createSecret(ns, 'vars', { password: 'canary-four' });
    await agent.worker.publish(app([configMap('web', '${password}')]));
    await receiptOf(agent.worker, ns);
    await live.remove(secretPath(ns, 'vars'));
    await agent.worker.publish(app([configMap('web', '${password}-2')]));
    await agent.worker.until('the missing source is told', () =>
      (agent.worker.statuses.get(ns)?.problems ?? []).some((found) => found.code === 'substitute.missing'),
    );
    expect((await live.get(configPath(ns, 'web')))?.data).toEqual({ value: 'canary-four' });
    await createSecret(ns, 'vars', { password: 'canary-five' });
    await eventually(
      'the App goes on',
      async () => (await live.get(configPath(ns, 'web')))?.data?.['value'] === 'canary-five-2',
      60_000,
    );
  });

  it('blocks what it cannot fill without pruning it, and applies the rest', async () => {
    const ns = await cluster.namespace('block');
    const substitute = { values: { x: '1' }, from: [], always: false };
    const app = (text: string, more: readonly Manifest[]) => [
      { id: ns, objects: [configMap('web', text), ...more], policy: policy(ns, { substitute }) },
    ];
    await agent.worker.publish(app('a${x}', []));
    await receiptOf(agent.worker, ns);
    await agent.worker.publish(app('a${x', [configMap('more', 'b')]));
    const receipt = await receiptOf(agent.worker, ns);
    expect(actionsOf(receipt)[`/ConfigMap/${ns}/more`]).toBe('created');
    expect(receipt.problems.map((found) => found.code)).toContain('substitute.invalid');
    expect((await live.get(configPath(ns, 'web')))?.data).toEqual({ value: 'a1' });
  });

  it('does not prune what it cannot fill when its namespace is a default', async () => {
    const ns = await cluster.namespace('default');
    const substitute = { values: { x: '1' }, from: [], always: false };
    const { targetNamespace: _, ...own } = policy(ns, { substitute });
    const name = `${ns}-blocked`;
    const fine = configMap(`${name}-fine`, 'b');
    const app = (text: string) => [{ id: ns, objects: [configMap(name, text), fine], policy: own }];
    await agent.worker.publish(app('a${x}'));
    await receiptOf(agent.worker, ns);
    await agent.worker.publish(app('a${x'));
    const receipt = await receiptOf(agent.worker, ns);
    expect(receipt.problems.map((found) => found.code)).toContain('substitute.invalid');
    expect((await live.get(configPath('default', name)))?.data).toEqual({ value: 'a1' });
    await live.remove(configPath('default', name));
  });

  it('S11 says what is wrong with an object that holds a value of a Secret, without the value', async () => {
    const ns = await cluster.namespace('refused');
    await createSecret(ns, 'vars', { password: `canary-${'x'.repeat(80)}` });
    const object: Manifest = { ...configMap('web', 'a'), metadata: { name: 'web', labels: { injected: '${password}' } } };
    const retry = { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 };
    await agent.worker.publish([{ id: ns, objects: [object], policy: policy(ns, { substitute: fromSecret, retry }) }]);
    const receipt = await receiptOf(agent.worker, ns);
    expect(receipt.problems.map((found) => found.code)).toEqual(['apply.invalid']);
    expect(told()).not.toContain('canary-x');
  });

  it('decrypts SOPS, and applies nothing that it cannot decrypt', async () => {
    const ns = await cluster.namespace('sops');
    const [mine, other]: [AgeKey, AgeKey] = [await newAgeKey(), await newAgeKey()];
    await createSecret(ns, 'age', { 'a.agekey': mine.identity });
    const sealed = async (name: string, { recipient }: AgeKey): Promise<Manifest> => {
      const plain: JsonObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { password: 'canary-sops' } };
      // Its apiVersion, kind and metadata stay as they are.
      return (await sopsEncrypt(plain, {
        recipients: [recipient],
        isEncrypted: (path) => path[0] === 'stringData',
      })) as unknown as Manifest;
    };
    const objects = [await sealed('mine', mine), await sealed('theirs', other)];
    await agent.worker.publish([{ id: ns, objects, policy: policy(ns, { decryption: { secret: 'age' } }) }]);
    await eventually('it is applied', async () => (await live.get(secretPath(ns, 'mine'))) !== undefined);
    expect((await live.get(secretPath(ns, 'mine')))?.data).toEqual({ password: btoa('canary-sops') });
    await agent.worker.until('the problem is told', () => told().includes('sops.no_key'));
    expect(await live.get(secretPath(ns, 'theirs'))).toBeUndefined();
    expect(told()).not.toContain('canary-sops');
    expect(told()).not.toContain(btoa('canary-sops'));
    expect(told()).not.toContain(mine.identity);
  });

  it('S14 applies as the ServiceAccount of the App, and says on the object what that may not do', async () => {
    const ns = await cluster.namespace('as');
    await live.create(`/api/v1/namespaces/${ns}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'weak' },
    });
    const retry = { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 };
    const serviceAccount = { namespace: ns, name: 'weak' };
    await agent.worker.publish([{ id: ns, objects: [configMap('web', 'a')], policy: policy(ns, { serviceAccount, retry }) }]);
    const receipt = await receiptOf(agent.worker, ns);
    expect(receipt.problems.map((found) => found.code)).toEqual(['apply.forbidden']);
    expect(receipt.problems[0]?.message).toContain(`system:serviceaccount:${ns}:weak`);
    expect(await live.get(configPath(ns, 'web'))).toBeUndefined();
  });
});
