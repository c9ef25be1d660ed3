import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { warningsOf } from '../../agent/apply/object/send-object.ts';
import type { Manifest } from '../../core/objects/object.ts';
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
  ns = await cluster.namespace('refusals');
});

const messageOf = (result: Awaited<ReturnType<ObjectBench['sync']>>['compared']) =>
  result.ok ? '' : result.error.problem.message;

function configMap(data: Record<string, string>, annotations: Record<string, string> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: ns, annotations }, data };
}

function deployment(env: string): Manifest {
  const labels = { app: 'd' };
  const containers = [{ name: 'c', image: 'example.com/c:1', env: [{ name: 'A', value: env }] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: ns },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** An admission policy for one kind in the test's namespace; resolves once it holds. */
async function deny(resource: string, group: string, expression: string, message: string): Promise<string> {
  const name = uniqueName('deny');
  const rule = { apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: [resource] };
  await liveCluster(cluster).create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression, messageExpression: message }],
    },
  });
  await liveCluster(cluster).create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } } },
    },
  });
  return name;
}

describe('F31: an object that is too large', () => {
  const cases: readonly (readonly [string, () => Manifest])[] = [
    ['for the API server’s limit of a ConfigMap', () => configMap({ a: 'x'.repeat(1_100_000) })],
    ['for a request', () => configMap({ a: 'x'.repeat(4_000_000) })],
    ['for etcd', () => deployment('x'.repeat(1_600_000))],
    ['for a message to etcd', () => deployment('x'.repeat(2_400_000))],
    ['in its annotations', () => configMap({}, { big: 'x'.repeat(262_145) })],
  ];
  for (const [name, manifest] of cases)
    it(`${name} is told so, and not tried again by itself`, async () => {
      const { compared, written } = await bench.sync(manifest(), appIn(ns));
      expect(codeOf(written ?? compared)).toBe('apply.too_large');
    });

  it('has annotations of 262,144 bytes, which client-side apply could not repeat in its own, and is applied', async () => {
    const used = 'argocd.argoproj.io/tracking-id'.length + `${ns}:/ConfigMap:${ns}/c`.length + 'big'.length;
    const manifest = configMap({ a: '1' }, { big: 'x'.repeat(262_144 - used) });
    expect(gotten((await bench.sync(manifest, appIn(ns))).written).action).toBe('created');
  });

  it('never carries the annotation of client-side apply, also when Git repeats it', async () => {
    const manifest = configMap({ a: '1' }, { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"0"}}' });
    expect(bench.prepareAll([manifest], appIn(ns)).warnings.map(({ code }) => code)).toEqual(['apply.normalised']);
    gotten((await bench.sync(manifest, appIn(ns))).written);
    const annotations = (await liveCluster(cluster).get(configPath(ns, 'c')))?.metadata.annotations;
    expect(Object.keys(annotations ?? {})).toEqual(['argocd.argoproj.io/tracking-id']);
  });
});

describe('F13: an object that admission refuses', () => {
  it('says by which policy and why, and is written once the policy is satisfied', async () => {
    const policy = await deny('configmaps', '', "object.data['size'] != 'big'", "'no big ones'");
    await expect
      .poll(async () => codeOf((await bench.sync(configMap({ size: 'big' }), appIn(ns))).compared), { timeout: 20_000 })
      .toBe('apply.admission');
    const { compared } = await bench.sync(configMap({ size: 'big' }), appIn(ns));
    expect(messageOf(compared)).toContain(policy);
    expect(messageOf(compared)).toContain('no big ones');
    expect(gotten((await bench.sync(configMap({ size: 'small' }), appIn(ns))).written).action).not.toBe('unchanged');
  });
});

describe('an object with several mistakes', () => {
  it('is told all of them at once, each with its field', async () => {
    const spec = { replicas: -1, minReadySeconds: -2 };
    const manifest = deployment('x');
    const broken = { ...manifest, spec: { ...(manifest['spec'] as object), ...spec } };
    const { compared } = await bench.sync(broken, appIn(ns));
    expect(codeOf(compared)).toBe('apply.invalid');
    expect(messageOf(compared)).toContain('spec.replicas: ');
    expect(messageOf(compared)).toContain('spec.minReadySeconds: ');
  });
});

describe('a Secret', () => {
  const CANARY = 'c4n4ryc4n4ry';
  const secret = (parts: Record<string, unknown>): Manifest =>
    ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: ns }, ...parts }) as Manifest;

  const broken: readonly (readonly [string, () => Manifest])[] = [
    ['S11: with data that is no base64', () => secret({ data: { password: `${CANARY}!` } })],
    ['S11: with a list in stringData', () => secret({ stringData: { password: [CANARY] } })],
    ['S11: with a map in data', () => secret({ data: { password: { inner: CANARY } } })],
    ['S11: with a number in stringData', () => secret({ stringData: { password: 4_242_424_242 } })],
    ['S11: with a misspelled field', () => secret({ stringdata: { password: CANARY } })],
    ['S11: with a key that is not allowed', () => secret({ stringData: { [`${CANARY} key`]: 'x' } })],
  ];
  for (const dialect of ['argo', 'flux'] as const)
    for (const [name, manifest] of broken)
      it(`${name} is refused or written without a word of what it holds (${dialect})`, async () => {
        const { compared, written, object } = await bench.sync(manifest(), appIn(ns, { dialect }));
        const shown = [compared, written].map((result) => (result?.ok === false ? result.error : undefined));
        expect(JSON.stringify(shown)).not.toMatch(/c4n4ry|4242424242/);
        expect(JSON.stringify(warningsOf(object))).not.toMatch(/c4n4ry/);
      });

  it('S11: that admission refuses with its value in the message is not quoted', async () => {
    const policy = await deny(
      'secrets',
      '',
      "!has(object.data) || !('password' in object.data)",
      "'weak: ' + string(object.data['password'])",
    );
    const manifest = secret({ stringData: { password: CANARY } });
    await expect
      .poll(async () => codeOf((await bench.sync(manifest, appIn(ns))).compared), { timeout: 20_000 })
      .toBe('apply.admission');
    const { compared } = await bench.sync(manifest, appIn(ns));
    expect(messageOf(compared)).toContain(policy);
    expect(messageOf(compared)).not.toContain(Buffer.from(CANARY).toString('base64'));
    expect(messageOf(compared)).not.toContain(CANARY);
  });

  it('S10: that differs tells fields, managers and no values, also for stringData, client-side apply and a second manager', async () => {
    const manifest = (value: string) => secret({ stringData: { password: value } });
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest(`${CANARY}-1`)) });
    const first = await bench.sync(manifest(`${CANARY}-2`), appIn(ns));
    const answer = await cluster.call({
      method: 'PATCH',
      path: `/api/v1/namespaces/${ns}/secrets/s?fieldManager=second&force=true`,
      body: secret({ data: { password: Buffer.from(`${CANARY}-3`).toString('base64') } }),
      contentType: 'application/apply-patch+yaml',
    });
    expect(answer.status).toBe(200);
    const second = await bench.sync(manifest(`${CANARY}-2`), appIn(ns));
    for (const { compared, written } of [first, second]) {
      const found = gotten(compared);
      const told = found.state === 'differs' ? { ...found, live: undefined, wanted: undefined, how: undefined } : found.state;
      const shown = JSON.stringify([told, gotten(written).warnings]);
      expect(shown).toContain('/data/password');
      expect(shown).not.toContain(CANARY);
      for (const n of [1, 2, 3]) expect(shown).not.toContain(Buffer.from(`${CANARY}-${n}`).toString('base64'));
    }
    expect((await bench.sync(manifest(`${CANARY}-2`), appIn(ns))).written).toBeUndefined();
  });

  it('drifts visibly when only stringData is in Git: what is stored is what is compared', async () => {
    const manifest = secret({ stringData: { password: 'a' } });
    gotten((await bench.sync(manifest, appIn(ns))).written);
    await liveCluster(cluster).patch(`/api/v1/namespaces/${ns}/secrets/s`, { data: { password: 'Yg==' } });
    const { compared } = await bench.sync(manifest, appIn(ns));
    expect(gotten(compared)).toMatchObject({ state: 'differs', fields: ['/data/password'] });
  });
});
