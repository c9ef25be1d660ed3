import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppPolicy, ReleasePolicy } from '../../core/app/policy.ts';
import type { Drift } from '../../core/app/status.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { configPath, eventually, type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const FLUX: Partial<AppPolicy> = { dialect: 'flux', namespace: 'flux-system' };
const ACTION = { disableHooks: false, disableWait: false, timeoutSeconds: 60, retries: 0 };
const release = (driftDetection: ReleasePolicy['driftDetection']): Partial<AppPolicy> => ({
  ...FLUX,
  release: {
    name: 'web',
    namespace: 'shop',
    install: ACTION,
    upgrade: { ...ACTION, remediation: 'rollback' },
    rollback: ACTION,
    uninstall: ACTION,
    driftDetection,
  },
});

async function synced(objects: readonly Manifest[], policy: Partial<AppPolicy>): Promise<string> {
  const ns = await cluster.namespace('policy');
  await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, ...policy } }]);
  await receiptOf(agent.worker, ns);
  await agent.worker.synced(ns);
  return ns;
}

const statusOf = (ns: string) => agent.worker.statuses.get(ns);
const healed = (ns: string) => agent.worker.drifts.filter((drift) => drift.key.includes(ns) && drift.action === 'healed');
const dataOf = async (ns: string, name = 'web') => (await live.get(configPath(ns, name)))?.data?.['value'];

/** What the App reports once it has noticed. */
async function reported(ns: string): Promise<Drift> {
  await agent.worker.until('the drift', () => (statusOf(ns)?.drift ?? []).some((drift) => drift.action === 'reported'));
  return statusOf(ns)?.drift.find((drift) => drift.action === 'reported') as Drift; // until has just seen it
}

describe.each<[string, Partial<AppPolicy>]>([
  ['an Application', {}],
  ['a Kustomization', FLUX],
  ['a HelmRelease', release('enabled')],
])('the drift policy of %s', (_, dialect) => {
  it('warn: an edit is reported with field, manager, operation and time, and stays', async () => {
    const ns = await synced([configMap('web', 'right')], { ...dialect, drift: 'warn' });
    await live.patch(configPath(ns, 'web'), { data: { value: 'wrong' } });
    const drift = await reported(ns);
    expect(drift).toMatchObject({ kind: 'changed', fields: ['/data/value'], manager: 'somebody' });
    expect(drift.owners).toMatchObject([{ field: '/data/value', manager: 'somebody', operation: 'Update' }]);
    expect(drift.owners?.[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(drift).not.toHaveProperty('patch');
    expect(statusOf(ns)?.sync).toBe('OutOfSync');
    expect(await dataOf(ns)).toBe('wrong');
    expect(healed(ns)).toEqual([]);
  });

  it('warn: a deletion is reported, and a person’s sync puts everything right', async () => {
    const policy = { ...dialect, drift: 'warn' as const };
    const objects = [configMap('web', 'right'), configMap('gone', 'right')];
    const ns = await synced(objects, policy);
    await live.patch(configPath(ns, 'web'), { data: { value: 'wrong' } });
    await live.remove(configPath(ns, 'gone'));
    await agent.worker.until('both', () => (statusOf(ns)?.drift ?? []).length === 2);
    expect(
      statusOf(ns)
        ?.drift.map((drift) => drift.kind)
        .sort(),
    ).toEqual(['changed', 'deleted']);
    expect(await live.get(configPath(ns, 'gone'))).toBeUndefined();
    await agent.worker.publish([
      {
        id: ns,
        objects,
        policy: { targetNamespace: ns, ...policy },
        requests: [{ id: `s-${ns}`, kind: 'sync', actor: 'alice' }],
      },
    ]);
    await agent.worker.synced(ns);
    expect([await dataOf(ns), await dataOf(ns, 'gone')]).toEqual(['right', 'right']);
    expect(statusOf(ns)?.drift).toEqual([]);
  });

  it('adopt: the patch that Git would need is told, and nothing is written', async () => {
    const ns = await synced([configMap('web', 'right')], { ...dialect, drift: 'adopt' });
    await live.patch(configPath(ns, 'web'), { data: { value: 'better', other: 'theirs' } });
    expect((await reported(ns)).patch).toEqual({ data: { value: 'better' } });
    expect(await dataOf(ns)).toBe('better');
    expect(statusOf(ns)?.sync).toBe('OutOfSync');
    const adopted = configMap('web', 'better');
    await agent.worker.publish([{ id: ns, objects: [adopted], policy: { targetNamespace: ns, ...dialect, drift: 'adopt' } }]);
    await agent.worker.synced(ns);
    expect(statusOf(ns)?.drift).toEqual([]);
  });

  it('heal: an edit is put right', async () => {
    const ns = await synced([configMap('web', 'right')], { ...dialect, drift: 'heal', selfHeal: false });
    await live.patch(configPath(ns, 'web'), { data: { value: 'wrong' } });
    await eventually('the heal', async () => (await dataOf(ns)) === 'right');
    await agent.worker.until('the report', () => healed(ns).length > 0);
    expect(healed(ns)).toMatchObject([{ fields: ['/data/value'], owners: [{ manager: 'somebody' }] }]);
  });
});

describe('a HelmRelease’s driftDetection', () => {
  it('disabled: nobody looks for drift, and a new version writes all the same', async () => {
    const ns = await synced([configMap('web', 'right'), configMap('other', 'a')], release('disabled'));
    await live.patch(configPath(ns, 'web'), { data: { value: 'theirs' } });
    // An App that heals shows that the event has been dealt with.
    const probe = await synced([configMap('web', 'right')], {});
    await live.patch(configPath(probe, 'web'), { data: { value: 'wrong' } });
    await eventually('the heal of the probe', async () => (await dataOf(probe)) === 'right');
    expect(await dataOf(ns)).toBe('theirs');
    expect(statusOf(ns)).toMatchObject({ sync: 'Synced', drift: [] });
    await agent.worker.publish([
      {
        id: ns,
        objects: [configMap('web', 'newer'), configMap('other', 'a')],
        policy: { targetNamespace: ns, ...release('disabled') },
      },
    ]);
    await eventually('the upgrade', async () => (await dataOf(ns)) === 'newer');
  });

  it('warn: drift is reported and stays', async () => {
    const ns = await synced([configMap('web', 'right')], release('warn'));
    await live.patch(configPath(ns, 'web'), { data: { value: 'wrong' } });
    expect(await reported(ns)).toMatchObject({ fields: ['/data/value'] });
    expect(await dataOf(ns)).toBe('wrong');
  });

  it('enabled with ignored fields: only the others are corrected', async () => {
    const ignore = [{ kind: 'ConfigMap', pointers: ['/data/mine'] }];
    const object = configMap('web', 'right');
    const ns = await synced([{ ...object, data: { value: 'right', mine: 'git' } }], { ...release('enabled'), ignore });
    await live.patch(configPath(ns, 'web'), { data: { value: 'wrong', mine: 'theirs' } });
    await eventually('the heal', async () => (await dataOf(ns)) === 'right');
    expect((await live.get(configPath(ns, 'web')))?.data).toEqual({ value: 'right', mine: 'theirs' });
    await agent.worker.synced(ns);
  });
});

it('an object of a release that says driftDetection: disabled is left alone, the others are healed', async () => {
  const mine: Manifest = {
    ...configMap('mine', 'right'),
    metadata: { name: 'mine', annotations: { 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' } },
  };
  const ns = await synced([mine, configMap('web', 'right')], release('enabled'));
  await live.patch(configPath(ns, 'mine'), { data: { value: 'theirs' } });
  await live.patch(configPath(ns, 'web'), { data: { value: 'wrong' } });
  await eventually('the heal', async () => (await dataOf(ns)) === 'right');
  expect(await dataOf(ns, 'mine')).toBe('theirs');
  await agent.worker.synced(ns);
});

describe('an extra object, where drift is only told', () => {
  const extra = (ns: string, name: string, annotations: object = {}) =>
    live.create(`/api/v1/namespaces/${ns}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        annotations: { 'argocd.argoproj.io/tracking-id': `${ns}:/ConfigMap:${ns}/${name}`, ...annotations },
      },
    });

  it('is reported, and goes when a person syncs', async () => {
    const policy = { drift: 'warn' as const };
    const ns = await synced([configMap('web', 'right')], policy);
    await extra(ns, 'extra');
    expect(await reported(ns)).toMatchObject({ kind: 'extra', key: `/ConfigMap/${ns}/extra` });
    expect(statusOf(ns)?.sync).toBe('OutOfSync');
    expect(await live.get(configPath(ns, 'extra'))).toBeDefined();
    await agent.worker.publish([
      {
        id: ns,
        objects: [configMap('web', 'right')],
        policy: { targetNamespace: ns, ...policy },
        requests: [{ id: `x-${ns}`, kind: 'sync', actor: 'alice' }],
      },
    ]);
    await eventually('the pruning', async () => (await live.get(configPath(ns, 'extra'))) === undefined);
    await agent.worker.synced(ns);
  });

  it('does not make the App OutOfSync when it says IgnoreExtraneous', async () => {
    const ns = await synced([configMap('web', 'right')], { drift: 'warn', prune: false });
    await extra(ns, 'extra', { 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous' });
    await agent.worker.until('the extra object', () =>
      (statusOf(ns)?.resources ?? []).some(({ key }) => key === `/ConfigMap/${ns}/extra`),
    );
    expect(statusOf(ns)?.sync).toBe('Synced');
  });
});

it('S10: the drift of a Secret names its fields and never a value, whatever the policy', async () => {
  const canary = 'canary-7f3a';
  const secret: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'key' },
    stringData: { password: `${canary}-git` },
  };
  const ns = await synced([secret], { drift: 'adopt' });
  const path = `/api/v1/namespaces/${ns}/secrets/key`;
  const encoded = Buffer.from(`${canary}-live`).toString('base64');
  await live.patch(path, {
    data: { password: encoded },
    metadata: {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { password: encoded } }) },
    },
  });
  const drift = await reported(ns);
  expect(drift.fields.length).toBeGreaterThan(0);
  expect(drift).not.toHaveProperty('patch');
  const told =
    JSON.stringify([...agent.worker.statuses.values(), ...agent.worker.receipts, ...agent.worker.drifts]) + agent.output;
  for (const value of [canary, encoded, Buffer.from(`${canary}-git`).toString('base64')]) expect(told).not.toContain(value);
});
