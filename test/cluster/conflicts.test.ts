import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeObject } from '../../agent/apply/object/write-object.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { problem } from '../../core/problem/problem.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { configPath, liveCluster } from './live.ts';
import { appIn, codeOf, gotten, type ObjectBench, objectBench } from './one-object.ts';

let cluster: SharedCluster;
let bench: ObjectBench;
let ns: string;

beforeAll(async () => {
  cluster = sharedCluster();
  bench = await objectBench();
});
beforeEach(async () => {
  ns = await cluster.namespace('conflicts');
});

const configMap = (data: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: ns },
  data,
});

async function applyAs(manager: string, object: Manifest): Promise<void> {
  const answer = await cluster.call({
    method: 'PATCH',
    path: `${configPath(ns, 'c')}?fieldManager=${manager}&force=true`,
    body: object,
    contentType: 'application/apply-patch+yaml',
  });
  if (answer.status >= 300) throw new Error(answer.text);
}

describe('F38: a field that another manager owns', () => {
  it('is taken by force, and the warning names field and manager but no value', async () => {
    gotten((await bench.sync(configMap({ size: '1', mine: 'x' }), appIn(ns))).written);
    await applyAs('scaler', configMap({ size: '77' }));
    const { compared, written } = await bench.sync(configMap({ size: '1', mine: 'x' }), appIn(ns));
    expect(gotten(compared)).toMatchObject({
      state: 'differs',
      fields: ['/data/size'],
      conflicts: [{ manager: 'scaler', operation: 'Apply', fields: ['/data/size'] }],
    });
    const { warnings = [] } = gotten(written);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['apply.conflict_forced', 'took /data/size from scaler'],
    ]);
    expect((await liveCluster(cluster).get(configPath(ns, 'c')))?.data).toEqual({ size: '1', mine: 'x' });
  });

  it('is named each time that it is taken back, so that a fight is seen', async () => {
    gotten((await bench.sync(configMap({ size: '1' }), appIn(ns))).written);
    for (const size of ['2', '3']) {
      await applyAs('scaler', configMap({ size }));
      expect(gotten((await bench.sync(configMap({ size: '1' }), appIn(ns))).written).warnings).toMatchObject([
        { code: 'apply.conflict_forced' },
      ]);
    }
  });

  it('is no conflict when both say the same', async () => {
    gotten((await bench.sync(configMap({ size: '1' }), appIn(ns))).written);
    await applyAs('scaler', configMap({ size: '1' }));
    expect((await bench.sync(configMap({ size: '1' }), appIn(ns))).written).toBeUndefined();
  });

  it('is no conflict when the other hands over', async () => {
    await applyAs('kustomize-controller', configMap({ size: '1' }));
    const { written } = await bench.sync(configMap({ size: '2' }), appIn(ns));
    expect(gotten(written).warnings).toBeUndefined();
  });

  it('stays the other’s when Git does not speak of it', async () => {
    gotten((await bench.sync(configMap({ mine: 'x' }), appIn(ns))).written);
    await applyAs('scaler', configMap({ size: '2' }));
    expect((await bench.sync(configMap({ mine: 'x' }), appIn(ns))).written).toBeUndefined();
    gotten((await bench.sync(configMap({ mine: 'y' }), appIn(ns))).written);
    expect((await liveCluster(cluster).get(configPath(ns, 'c')))?.data).toEqual({ mine: 'y', size: '2' });
  });
});

describe('an aggregated ClusterRole', () => {
  it('is not fought for with the control plane, which fills in its rules', async () => {
    const name = uniqueName('aggregated');
    const labels = { [`example.com/${name}`]: 'yes' };
    const role = (parts: Record<string, unknown>): Manifest =>
      ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', ...parts }) as Manifest;
    const aggregated = role({
      metadata: { name },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
      rules: [],
    });
    gotten((await bench.sync(aggregated, appIn(ns))).written);
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    gotten((await bench.sync(role({ metadata: { name: `${name}-part`, labels }, rules }), appIn(ns))).written);
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
    await expect
      .poll(async () => JSON.stringify(await liveCluster(cluster).get(path)), { timeout: 20_000 })
      .toContain('"resources":["pods"]');
    expect((await bench.sync(aggregated, appIn(ns))).written).toBeUndefined();
  });
});

describe('F34: a write on old knowledge', () => {
  it('is not repeated on newer knowledge when another agent has gone on', async () => {
    const policy = appIn(ns);
    gotten((await bench.sync(configMap({ by: 'the new one' }), policy)).written);
    const object = bench.prepare(configMap({ by: 'the old one' }), policy);
    const behind = { ok: false, error: problem('apply.conflict', 'another agent already applies generation 7') } as const;
    const tools = { ...bench.tools(policy), mayStillWrite: async () => behind };
    const stale = { uid: 'of-another-object', resourceVersion: '1' };
    expect(codeOf(await writeObject(tools, object, stale))).toBe('apply.conflict');
    expect(codeOf(await writeObject(tools, object, undefined))).toBe('apply.conflict');
    expect((await liveCluster(cluster).get(configPath(ns, 'c')))?.data).toEqual({ by: 'the new one' });
    expect(gotten(await writeObject(bench.tools(policy), object, undefined)).action).toBe('configured');
  });
});
