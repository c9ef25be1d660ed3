import { describe, expect, it } from 'vitest';
import { type Json, type Manifest, refOf } from '../../../core/objects/object.ts';
import { normalise } from '../../../core/plan/normalise.ts';

const run = (manifest: Record<string, Json>) => {
  const made = { apiVersion: 'v1', metadata: { name: 'x', namespace: 'shop' }, ...manifest } as Manifest; // test values are manifests
  return normalise(made, refOf(made));
};
const codes = (manifest: Record<string, Json>) => run(manifest).warnings.map(({ code }) => code);

describe('a Secret', () => {
  it('has its stringData in data, which wins over what data says', () => {
    const { manifest, warnings } = run({ kind: 'Secret', data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'é' } });
    expect(manifest).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x', namespace: 'shop' },
      data: { a: 'w6k=', b: 'Yg==' },
    });
    expect(warnings).toEqual([]);
  });

  it('of another API group keeps its stringData', () => {
    const manifest = { apiVersion: 'example.com/v1', kind: 'Secret', stringData: { a: 'b' } };
    expect(run(manifest).manifest).toHaveProperty('stringData');
  });

  const wrong: readonly (readonly [string, Json])[] = [
    ['a list', { a: ['b'] }],
    ['a number', { a: 1 }],
    ['nothing at all', { a: null }],
    ['no map', 'b'],
  ];
  for (const [name, stringData] of wrong)
    it(`S11: with ${name} in stringData is left for the API server to refuse`, () =>
      expect(run({ kind: 'Secret', stringData }).manifest['stringData']).toEqual(stringData));
});

describe('a list that is a map to server-side apply', () => {
  it('keeps the last of host aliases, secrets of a ServiceAccount and finalizers', () => {
    const hostAliases = [
      { ip: '10.0.0.1', hostnames: ['a'] },
      { ip: '10.0.0.1', hostnames: ['b'] },
    ];
    expect(run({ kind: 'Pod', spec: { hostAliases } }).manifest).toMatchObject({ spec: { hostAliases: [hostAliases[1]] } });
    expect(codes({ kind: 'ServiceAccount', secrets: [{ name: 'a' }, { name: 'a' }] })).toEqual(['apply.normalised']);
    const metadata = { name: 'x', finalizers: ['a.b/c', 'a.b/c'] };
    expect(run({ kind: 'ConfigMap', metadata }).manifest.metadata['finalizers']).toEqual(['a.b/c']);
  });
});

describe('what belongs to others', () => {
  it('kubectl’s own annotation is left out with a warning', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const only = run({ kind: 'ConfigMap', metadata: { name: 'x', annotations } });
    expect(only.manifest.metadata).toEqual({ name: 'x' });
    expect(only.warnings.map(({ code }) => code)).toEqual(['apply.normalised']);
    const both = run({ kind: 'ConfigMap', metadata: { name: 'x', annotations: { ...annotations, mine: 'y' } } });
    expect(both.manifest.metadata.annotations).toEqual({ mine: 'y' });
  });

  it('rules that the control plane aggregates are left out, with a warning when there are some', () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      aggregationRule: { clusterRoleSelectors: [] },
    };
    expect(run({ ...role, rules: [] }).manifest).not.toHaveProperty('rules');
    expect(codes({ ...role, rules: [] })).toEqual([]);
    expect(codes({ ...role, rules: [{ verbs: ['get'] }] })).toEqual(['apply.normalised']);
    expect(run({ apiVersion: role.apiVersion, kind: 'ClusterRole', rules: [] }).manifest).toHaveProperty('rules');
  });

  const definition = (caBundle: string) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { caBundle, service: { name: 's' } } } } },
  });

  it('a placeholder for the certificates of a definition’s webhook is left out with a warning', () => {
    const { manifest, warnings } = run(definition('Cg=='));
    expect(manifest).toMatchObject({ spec: { conversion: { webhook: { clientConfig: { service: { name: 's' } } } } } });
    expect(JSON.stringify(manifest)).not.toContain('caBundle');
    expect(warnings).toHaveLength(1);
  });

  it('real certificates stay', () => {
    const bundle = Buffer.from('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n').toString('base64');
    expect(JSON.stringify(run(definition(bundle)).manifest)).toContain(bundle);
  });
});

it('a manifest without any of this is given back as it is', () => {
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'b' } };
  expect(run(manifest).manifest).toEqual(manifest);
  expect(run(manifest).warnings).toEqual([]);
});
