import { describe, expect, it } from 'vitest';
import type { AppPolicy } from '../../../core/app/policy.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import { bodyWith, ONLY_IF_ABSENT, prepareBundle, type ScopeOf } from '../../../core/plan/prepare.ts';
import { policyOf } from './policy.ts';

const scopeOf: ScopeOf = (_, kind) =>
  kind === 'ClusterRole' || kind === 'ClusterRoleBinding' || kind === 'Namespace' ? 'cluster' : 'namespaced';

function prepare(objects: readonly Manifest[], policy: Partial<AppPolicy> = {}, scopes = scopeOf) {
  const agent = { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' };
  return prepareBundle(
    { format: 1, salt: '0'.repeat(64), objects },
    { policy: policyOf(policy), agent, scopeOf: scopes, hash: (text) => text },
  );
}

const config = (metadata: Partial<Manifest['metadata']> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', ...metadata },
});
const bodyOf = (objects: readonly Manifest[], policy: Partial<AppPolicy> = {}) =>
  JSON.parse(prepare(objects, policy).objects[0]?.body ?? 'null');

describe('namespaces', () => {
  it('are the App’s where the object names none, and default where neither does', () => {
    expect(bodyOf([config()], { targetNamespace: 'shop' }).metadata.namespace).toBe('shop');
    expect(bodyOf([config()]).metadata.namespace).toBe('default');
    expect(bodyOf([config({ namespace: 'own' })], { targetNamespace: 'shop' }).metadata.namespace).toBe('own');
  });

  it('are dropped from kinds that live in none', () => {
    const role: Manifest = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'r', namespace: 'shop' },
    };
    expect(bodyOf([role]).metadata.namespace).toBeUndefined();
  });

  it('make two definitions one: the last is used, with a warning', () => {
    const prepared = prepare([config(), { ...config({ namespace: 'shop' }), data: { last: 'yes' } }], {
      targetNamespace: 'shop',
    });
    expect(prepared.objects.map(({ body }) => JSON.parse(body).data)).toEqual([{ last: 'yes' }]);
    expect(prepared.warnings.map(({ code }) => code)).toEqual(['manifest.duplicate']);
  });
});

describe('tracking', () => {
  it('of Argo CD is an annotation that names the object itself', () =>
    expect(bodyOf([config({ namespace: 'shop' })]).metadata.annotations).toEqual({
      'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:shop/web',
    }));

  it('of Flux is two labels, beside those that are there', () =>
    expect(
      bodyOf([config({ labels: { app: 'web' } })], { dialect: 'flux', name: 'apps', namespace: 'flux-system' }).metadata.labels,
    ).toEqual({
      app: 'web',
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }));
});

describe('bodies', () => {
  it('hold neither status nor what the API server writes by itself', () => {
    const body = bodyOf([
      { ...config({ uid: 'u', resourceVersion: '7', managedFields: [], creationTimestamp: null }), status: { ready: true } },
    ]);
    expect(Object.keys(body).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(Object.keys(body.metadata).sort()).toEqual(['annotations', 'name', 'namespace']);
  });

  it('take preconditions at their end', () => {
    const [object] = prepare([config()]).objects;
    if (object === undefined) throw new Error('nothing was prepared');
    expect(JSON.parse(bodyWith(object, { uid: 'u-1', resourceVersion: '7' })).metadata).toMatchObject({
      uid: 'u-1',
      resourceVersion: '7',
      name: 'web',
    });
    expect(JSON.parse(bodyWith(object, { resourceVersion: ONLY_IF_ABSENT })).metadata.uid).toBeUndefined();
  });

  it('are the same for the same object, so that nothing is applied twice', () =>
    expect(prepare([config()]).objects[0]?.hash).toBe(prepare([config()]).objects[0]?.hash));
});

describe('kinds', () => {
  it('that the cluster does not serve block their objects only', () => {
    const prepared = prepare(
      [config(), { apiVersion: 'x.example.com/v1', kind: 'Widget', metadata: { name: 'w' } }],
      {},
      (_, kind) => (kind === 'ConfigMap' ? 'namespaced' : undefined),
    );
    expect(prepared.objects).toHaveLength(1);
    expect(prepared.blocked.map(({ problem }) => problem.code)).toEqual(['apply.kind_unknown']);
  });

  it('F14: that a definition of the same bundle defines are known', () => {
    const definition: Manifest = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.x.example.com' },
      spec: { group: 'x.example.com', scope: 'Cluster', names: { kind: 'Widget' }, versions: [{ name: 'v1' }] },
    };
    const widget: Manifest = { apiVersion: 'x.example.com/v1', kind: 'Widget', metadata: { name: 'w' } };
    const prepared = prepare([widget, definition], {}, (_, kind) =>
      kind === 'CustomResourceDefinition' ? 'cluster' : undefined,
    );
    expect(prepared.blocked).toEqual([]);
    expect(prepared.objects.map(({ key }) => key)).toContain('x.example.com/Widget//w');
  });
});

describe('the agent’s own things are protected', () => {
  const binding = (subject: Record<string, string>): Manifest => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'grant' },
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [subject],
  });
  const cases: readonly (readonly [string, Manifest])[] = [
    ['its namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'plumbline-system' } }],
    ['an object in its namespace', config({ namespace: 'plumbline-system' })],
    [
      'its ClusterRole',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'plumbline-agent' } },
    ],
    [
      'its ClusterRoleBinding',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'plumbline-agent' } },
    ],
    [
      'a binding of its ServiceAccount',
      binding({ kind: 'ServiceAccount', name: 'plumbline-agent', namespace: 'plumbline-system' }),
    ],
    ['a binding of its user', binding({ kind: 'User', name: 'system:serviceaccount:plumbline-system:plumbline-agent' })],
    ['a binding of its group', binding({ kind: 'Group', name: 'system:serviceaccounts:plumbline-system' })],
    ['a binding of all ServiceAccounts', binding({ kind: 'Group', name: 'system:serviceaccounts' })],
  ];
  for (const [name, manifest] of cases)
    it(name, () => {
      const prepared = prepare([manifest, config()]);
      expect(prepared.blocked.map(({ problem }) => problem.code)).toEqual(['apply.protected']);
      expect(prepared.objects).toHaveLength(1);
    });

  it('its namespace is not a target either', () => {
    const prepared = prepare([config()], { targetNamespace: 'plumbline-system', createNamespace: true });
    expect(prepared.objects).toEqual([]);
    expect(prepared.blocked).toHaveLength(1);
  });

  it('a binding of somebody else is not', () =>
    expect(prepare([binding({ kind: 'ServiceAccount', name: 'plumbline-agent', namespace: 'elsewhere' })]).blocked).toEqual([]));
});

describe('lists that server-side apply takes for maps', () => {
  const pod = (container: Record<string, unknown>): Manifest =>
    ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', ...container }] } }) as Manifest; // test values are JSON

  it('keep the last of each environment variable, in its place', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'B', value: '$(A)' },
      { name: 'A', value: '2' },
    ];
    const prepared = prepare([pod({ env })]);
    expect(JSON.parse(prepared.objects[0]?.body ?? '').spec.containers[0].env).toEqual([
      { name: 'B', value: '$(A)' },
      { name: 'A', value: '2' },
    ]);
    expect(prepared.warnings.map(({ code }) => code)).toEqual(['apply.normalised']);
  });

  it('tell ports apart by protocol, of which TCP is the default', () => {
    const ports = [
      { containerPort: 53 },
      { containerPort: 53, protocol: 'UDP' },
      { containerPort: 53, protocol: 'TCP', name: 'dns' },
    ];
    const prepared = prepare([pod({ ports })]);
    expect(JSON.parse(prepared.objects[0]?.body ?? '').spec.containers[0].ports).toEqual([ports[1], ports[2]]);
  });

  it('are left as they are when nothing stands twice', () =>
    expect(prepare([pod({ env: [{ name: 'A' }, { name: 'B' }] })]).warnings).toEqual([]));
});
