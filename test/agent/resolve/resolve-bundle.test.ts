// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { describe, expect, it } from 'vitest';
import { type ResolvedBundle, resolveBundle } from '../../../agent/resolve/resolve-bundle.ts';
import type { AppPolicy } from '../../../core/app/policy.ts';
import type { Bundle } from '../../../core/bundle/bundle.ts';
import type { Json, Manifest } from '../../../core/objects/object.ts';
import { policyOf } from '../../core/plan/policy.ts';
import { type ClusterInputs, clusterInputs } from './cluster-inputs.ts';

const bundleOf = (...objects: readonly Manifest[]): Bundle => ({ format: 1, salt: '00'.repeat(32), objects });
const policy = (changes: Partial<AppPolicy>): AppPolicy => policyOf({ dialect: 'flux', namespace: 'team', ...changes });
const configMap = (name: string, data: Record<string, Json>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const fromSecret = { values: {}, from: [{ kind: 'Secret', name: 'vars', optional: false }], always: false } as const;

async function resolved(bundle: Bundle, changes: Partial<AppPolicy>, cluster: ClusterInputs): Promise<ResolvedBundle> {
  const result = await resolveBundle(bundle, policy(changes), cluster);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

async function refused(bundle: Bundle, changes: Partial<AppPolicy>, cluster: ClusterInputs): Promise<string> {
  const result = await resolveBundle(bundle, policy(changes), cluster);
  return result.ok ? 'resolved' : result.error.code;
}

describe('with nothing to do', () => {
  const bundle = bundleOf(configMap('a', { a: '${x}' }), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'b' },
    data: { a: 'eA==' },
  });

  it.each<[string, Partial<AppPolicy>]>([
    ['no policy', {}],
    ['no values', { substitute: { values: {}, from: [], always: false } }],
    ['no common metadata', { commonMetadata: { labels: {} } }],
    ['nothing encrypted', { decryption: { secret: 'age' } }],
  ])('%s: the bundle is given back and the cluster is not asked', async (_name, changes) => {
    const cluster = clusterInputs();
    const result = await resolved(bundle, changes, cluster);
    expect(result.bundle).toBe(bundle);
    expect(result.redact('a')).toBe('a');
    expect(cluster.asked).toEqual([]);
  });
});

describe('substitution', () => {
  it('later sources win over earlier ones, and the values of the App over all', async () => {
    const cluster = clusterInputs();
    cluster.put('ConfigMap', 'team/one', { a: '1', b: '1', c: '1' });
    cluster.put('Secret', 'team/two', { b: '2', c: '2' });
    const from = [
      { kind: 'ConfigMap', name: 'one', optional: false },
      { kind: 'Secret', name: 'two', optional: false },
    ] as const;
    const result = await resolved(
      bundleOf(configMap('m', { all: 'x${a}${b}${c}x' })),
      { substitute: { values: { c: '3' }, from, always: false } },
      cluster,
    );
    expect(result.bundle.objects).toEqual([configMap('m', { all: 'x123x' })]);
    expect(result.inputs).toEqual([
      { kind: 'ConfigMap', namespace: 'team', name: 'one', resourceVersion: '1' },
      { kind: 'Secret', namespace: 'team', name: 'two', resourceVersion: '2' },
    ]);
  });

  it('a source that is missing holds the App back, an optional one does not', async () => {
    const bundle = bundleOf(configMap('m', { a: '${a:=none}' }));
    expect(await refused(bundle, { substitute: fromSecret }, clusterInputs())).toBe('substitute.missing');
    const optional = { values: { b: '' }, from: [{ kind: 'Secret', name: 'vars', optional: true }], always: false } as const;
    const result = await resolved(bundle, { substitute: optional }, clusterInputs());
    expect(result.bundle.objects).toEqual([configMap('m', { a: 'none' })]);
    expect(result.inputs).toEqual([{ kind: 'Secret', namespace: 'team', name: 'vars', resourceVersion: '' }]);
  });

  it('without any variable nothing is substituted, unless the App says always', async () => {
    const bundle = bundleOf(configMap('m', { a: '${a:=none}' }));
    const empty = { values: {}, from: [{ kind: 'ConfigMap', name: 'none', optional: true }] } as const;
    expect((await resolved(bundle, { substitute: { ...empty, always: false } }, clusterInputs())).bundle).toEqual(bundle);
    const always = await resolved(bundle, { substitute: { ...empty, always: true } }, clusterInputs());
    expect(always.bundle.objects).toEqual([configMap('m', { a: 'none' })]);
  });

  it('S15 only the namespace of the App is read', async () => {
    const cluster = clusterInputs();
    cluster.put('Secret', 'kube-system/vars', { a: 'stolen' });
    const substitute = {
      values: {},
      from: [{ kind: 'Secret', name: '../kube-system/vars', optional: false }],
      always: false,
    } as const;
    expect(await refused(bundleOf(configMap('m', { a: '${a}' })), { substitute }, cluster)).toBe('substitute.missing');
    expect(cluster.asked).toEqual([]);
  });

  it("S15 an App that names the agent's namespace its own reads nothing there", async () => {
    const cluster = clusterInputs();
    cluster.put('Secret', 'plumbline-system/vars', { a: 'stolen' });
    const bundle = bundleOf(configMap('m', { a: '${a}' }));
    expect(await refused(bundle, { substitute: fromSecret, namespace: 'plumbline-system' }, cluster)).toBe('apply.protected');
    expect(cluster.asked).toEqual([]);
  });

  it('S10 objects that hold a value of a Secret are told, and texts about them are redacted', async () => {
    const cluster = clusterInputs();
    cluster.put('Secret', 'team/vars', { password: 'canary-1' });
    const result = await resolved(
      bundleOf(configMap('open', { a: '${other}' }), configMap('closed', { a: 'pw=${password^^}' })),
      { substitute: { ...fromSecret, values: { other: 'x' } } },
      cluster,
    );
    expect([...result.secretObjects].map((object) => object.metadata.name)).toEqual(['closed']);
    expect(result.bundle.objects.map((object) => result.secretObjects.has(object))).toEqual([false, true]);
    expect(result.redact('got canary-1 and CANARY-1')).toBe('got •••••• and ••••••');
  });

  it('an object that cannot be resolved is blocked, and the others go on', async () => {
    const broken = configMap('broken', { a: '${x' });
    const result = await resolved(
      bundleOf(broken, configMap('fine', { a: '${x}' })),
      { substitute: { values: { x: 'y' }, from: [], always: false } },
      clusterInputs(),
    );
    expect(result.bundle.objects).toEqual([configMap('fine', { a: true })]);
    expect(result.blocked).toMatchObject([
      { manifest: broken, problem: { code: 'substitute.invalid', where: 'ConfigMap broken' } },
    ]);
    expect(result.blocked[0]?.manifest).toBe(broken);
  });

  it('an object whose name is not known holds the App back: what it was called before would be pruned', async () => {
    const bundle = bundleOf(configMap('a-${x}', { a: '${x' }));
    const substitute = { values: { x: 'y' }, from: [], always: false };
    expect(await refused(bundle, { substitute }, clusterInputs())).toBe('substitute.invalid');
  });

  it('a name that is none holds the App back', async () => {
    const cluster = clusterInputs();
    cluster.put('Secret', 'team/vars', { 'tls.crt': 'x' });
    expect(await refused(bundleOf(configMap('m', {})), { substitute: fromSecret }, cluster)).toBe('substitute.invalid');
  });
});

describe('common metadata', () => {
  it("is added to every object's own metadata, over what stands there", async () => {
    const given: Manifest = { ...configMap('m', {}), metadata: { name: 'm', labels: { team: 'x', app: 'a' } } };
    const result = await resolved(
      bundleOf(given),
      { commonMetadata: { labels: { team: 'shop' }, annotations: { owner: 'me' } } },
      clusterInputs(),
    );
    expect(result.bundle.objects[0]?.metadata).toEqual({
      name: 'm',
      labels: { team: 'shop', app: 'a' },
      annotations: { owner: 'me' },
    });
  });
});
