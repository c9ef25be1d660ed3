import { describe, expect, it } from 'vitest';
import type { AppPolicy } from '../../../core/app/policy.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import { computePlan } from '../../../core/plan/plan.ts';
import type { KnownObject, PlanInput } from '../../../core/plan/plan-types.ts';
import { type PreparedBundle, prepareBundle } from '../../../core/plan/prepare.ts';
import { policyOf } from './policy.ts';

const SCOPES: Readonly<Record<string, 'namespaced' | 'cluster'>> = {
  'v1/ConfigMap': 'namespaced',
  'v1/Secret': 'namespaced',
  'v1/Service': 'namespaced',
  'v1/Namespace': 'cluster',
  'apps/v1/Deployment': 'namespaced',
  'rbac.authorization.k8s.io/v1/RoleBinding': 'namespaced',
};

const object = (kind: string, name: string, apiVersion = 'v1'): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
});

/** The bundle of these objects, prepared. */
function prepare(objects: readonly Manifest[], policy: Partial<AppPolicy> = {}): PreparedBundle {
  return prepareBundle(
    { format: 1, salt: '0'.repeat(64), objects },
    {
      policy: policyOf(policy),
      agent: { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' },
      scopeOf: (apiVersion, kind) => SCOPES[`${apiVersion}/${kind}`],
      hash: (text) => text,
    },
  );
}

const owned = (...keys: string[]): Map<string, KnownObject> =>
  new Map(keys.map((key) => [key, { hash: undefined, current: false }]));

/** The plan of these objects, with everything else as it usually is. */
function plan(
  objects: readonly Manifest[],
  changes: Partial<Omit<PlanInput, 'policy'>> & { readonly policy?: Partial<AppPolicy> } = {},
) {
  const { policy, ...rest } = changes;
  return computePlan({
    bundle: prepare(objects, policy),
    inventory: new Map(),
    ownedByOther: () => undefined,
    wantedByOther: () => false,
    removed: false,
    confirmed: false,
    expired: false,
    ...rest,
    policy: policyOf(policy),
  });
}

type Planned = ReturnType<typeof plan>;

const stagesOf = (planned: Planned) => planned.steps.flatMap((step) => step.stages);
const keysOf = (planned: Planned) => stagesOf(planned).map((stage) => stage.map(({ object: { key } }) => key));
const prunesOf = (planned: Planned) => planned.steps.flatMap((step) => step.prunes);

describe('what is written', () => {
  it('goes from what others need to what needs them', () => {
    const objects = [
      object('Deployment', 'web', 'apps/v1'),
      object('RoleBinding', 'web', 'rbac.authorization.k8s.io/v1'),
      object('ConfigMap', 'web'),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ];
    expect(keysOf(plan(objects))).toEqual([
      ['/Namespace//shop'],
      ['/ConfigMap/shop/web'],
      ['rbac.authorization.k8s.io/RoleBinding/shop/web'],
      ['apps/Deployment/shop/web'],
    ]);
  });

  it('is created when nobody owns it, compared when it may have changed, and left alone when it is known to be right', () => {
    const { objects } = prepare([object('ConfigMap', 'known')]);
    const hash = objects[0]?.hash ?? '';
    const inventory = new Map<string, KnownObject>([
      ['/ConfigMap/shop/known', { hash, current: true }],
      ['/ConfigMap/shop/moved', { hash: 'what it was', current: true }],
      ['/ConfigMap/shop/touched', { hash: prepare([object('ConfigMap', 'touched')]).objects[0]?.hash, current: false }],
    ]);
    const planned = plan(
      ['known', 'moved', 'touched', 'new'].map((name) => object('ConfigMap', name)),
      { inventory },
    );
    expect(
      stagesOf(planned)
        .flat()
        .map(({ object: { ref }, first }) => [ref.name, first]),
    ).toEqual([
      ['known', 'nothing'],
      ['moved', 'update'],
      ['touched', 'compare'],
      ['new', 'create'],
    ]);
  });

  it('F19: is not what another App owns', () => {
    const planned = plan([object('ConfigMap', 'shared')], { ownedByOther: () => 'other' });
    expect(stagesOf(planned)).toEqual([]);
    expect(planned.shared.map((entry) => entry.problem.code)).toEqual(['apply.shared']);
    expect(planned.refusals).toEqual([]);
    const strict = plan([object('ConfigMap', 'shared')], {
      ownedByOther: () => 'other',
      policy: { sync: { failOnSharedResource: true } },
    });
    expect(strict.refusals.map(({ code }) => code)).toEqual(['apply.shared']);
  });

  it('gets the namespace of CreateNamespace first, without owning it', () => {
    const planned = plan([object('ConfigMap', 'web')], { policy: { targetNamespace: 'shop', createNamespace: true } });
    expect(stagesOf(planned)[0]).toMatchObject([{ object: { key: '/Namespace//shop', ensureOnly: true }, first: 'create' }]);
  });
});

describe('what is pruned', () => {
  it('goes the other way round', () => {
    const inventory = owned('/ConfigMap/shop/a', 'apps/Deployment/shop/a', '/Service/shop/a');
    expect(prunesOf(plan([], { inventory, policy: { allowEmpty: true } }))).toEqual([
      ['apps/Deployment/shop/a'],
      ['/ConfigMap/shop/a', '/Service/shop/a'],
    ]);
  });

  it('is nothing when the policy does not prune, unless a person says so', () => {
    const inventory = owned('/ConfigMap/shop/a', '/ConfigMap/shop/b');
    const objects = [object('ConfigMap', 'a')];
    const kept = plan(objects, { inventory, policy: { prune: false } });
    expect(kept.kept).toEqual(['/ConfigMap/shop/b']);
    expect(prunesOf(kept)).toEqual([]);
    expect(prunesOf(plan(objects, { inventory, policy: { prune: false }, confirmed: true }))).toEqual([['/ConfigMap/shop/b']]);
  });

  it('I2: is nothing when the snapshot has expired', () => {
    const planned = plan([object('ConfigMap', 'a')], {
      inventory: owned('/ConfigMap/shop/a', '/ConfigMap/shop/b'),
      expired: true,
    });
    expect(planned.kept).toEqual(['/ConfigMap/shop/b']);
    expect(prunesOf(planned)).toEqual([]);
    expect(planned.problems.map(({ code }) => code)).toEqual(['apply.expired']);
  });

  it('I2: is nothing while a kind is unknown, because its objects may be the ones that seem to be gone', () => {
    const unknown = { apiVersion: 'x.example.com/v1', kind: 'Widget', metadata: { name: 'a' } };
    const planned = plan([unknown], { inventory: owned('x.example.com/Widget/shop/a') });
    expect(planned.kept).toEqual(['x.example.com/Widget/shop/a']);
    expect(prunesOf(planned)).toEqual([]);
  });

  it('F29: is held when the App turned empty', () => {
    const inventory = owned('/ConfigMap/shop/a', '/ConfigMap/shop/b');
    const planned = plan([], { inventory });
    expect(prunesOf(planned)).toEqual([]);
    expect(planned.held.map(({ key, problem }) => [key, problem.code])).toEqual([
      ['/ConfigMap/shop/a', 'apply.held_deletion'],
      ['/ConfigMap/shop/b', 'apply.held_deletion'],
    ]);
    expect(prunesOf(plan([], { inventory, confirmed: true })).flat()).toHaveLength(2);
  });

  it('F29: is held too when only the namespace of CreateNamespace is left', () => {
    const planned = plan([], {
      inventory: owned('/ConfigMap/shop/a'),
      policy: { targetNamespace: 'shop', createNamespace: true },
    });
    expect(planned.held).toHaveLength(1);
  });

  it('is held above the count or the percentage of the budget', () => {
    const inventory = owned(...['a', 'b', 'c', 'd'].map((name) => `/ConfigMap/shop/${name}`));
    const left = (count: number, percent: number) =>
      plan([object('ConfigMap', 'a'), object('ConfigMap', 'b')], { inventory, policy: { budget: { count, percent } } });
    expect(left(2, 50).held).toEqual([]);
    expect(left(1, 100).held).toHaveLength(2);
    expect(left(10, 49).held).toHaveLength(2);
  });

  it('is held for definitions, namespaces and claims, even when the App itself is removed', () => {
    const precious = [
      '/Namespace//shop',
      '/PersistentVolumeClaim/shop/data',
      'apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com',
    ];
    const planned = plan([], { inventory: owned(...precious, '/ConfigMap/shop/a'), removed: true });
    expect(planned.held.map(({ key }) => key)).toEqual(precious);
    expect(prunesOf(planned)).toEqual([['/ConfigMap/shop/a']]);
  });

  it('is everything when the App is removed, whatever the budget says, or nothing when it leaves its objects', () => {
    const inventory = owned('/ConfigMap/shop/a', '/ConfigMap/shop/b');
    const policy = { budget: { count: 0, percent: 0 } };
    expect(prunesOf(plan([], { inventory, removed: true, policy })).flat()).toHaveLength(2);
    const left = plan([], { inventory, removed: true, policy: { ...policy, onDelete: 'orphan' } });
    expect(left.orphaned).toEqual(['/ConfigMap/shop/a', '/ConfigMap/shop/b']);
    expect(prunesOf(left)).toEqual([]);
  });

  it('is not what another App wants now: that is handed over', () => {
    const planned = plan([object('ConfigMap', 'a')], {
      inventory: owned('/ConfigMap/shop/a', '/ConfigMap/shop/b'),
      wantedByOther: (key) => key.endsWith('/b'),
    });
    expect(planned).toMatchObject({ held: [], orphaned: [], moved: ['/ConfigMap/shop/b'] });
    expect(prunesOf(planned)).toEqual([]);
  });
});

it('five thousand objects are planned in one go', () => {
  const objects = Array.from({ length: 5_000 }, (_, i) => object('ConfigMap', `c${i}`));
  const planned = plan(objects, {
    inventory: owned(...Array.from({ length: 5_000 }, (_, i) => `/ConfigMap/shop/old${i}`)),
    policy: { budget: { count: 10_000, percent: 100 } },
  });
  expect(stagesOf(planned).flat()).toHaveLength(5_000);
  expect(prunesOf(planned).flat()).toHaveLength(5_000);
});
