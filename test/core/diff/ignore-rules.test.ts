import { describe, expect, it } from 'vitest';
import type { AppPolicy, IgnoreRule } from '../../../core/app/policy.ts';
import { findDifferences } from '../../../core/diff/changed-fields.ts';
import { compileIgnoreRules, compileUpdateRules, namedPaths, pointedPaths } from '../../../core/diff/ignore-rules.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { deployment, deploymentFields, owned } from './objects.ts';

type Rules = Pick<AppPolicy, 'dialect' | 'ignore' | 'sync' | 'release'>;
const argo = (...ignore: readonly IgnoreRule[]): Rules => ({ dialect: 'argo', ignore });

/** What differs and counts under an App's rules. */
function differing(policy: Rules, live: JsonObject, wanted: JsonObject) {
  const rules = compileIgnoreRules(policy, undefined).rules.filter((rule) => rule.selection.matches(wanted));
  return findDifferences(live, wanted, namedPaths(rules, live, wanted)).fields;
}

const ours = { manager: 'plumbline', fields: deploymentFields(['web']) };
const wanted = owned(deployment(1), [ours]);
/** An autoscaler took the replicas. */
const live = owned(deployment(5), [
  { manager: 'plumbline', fields: deploymentFields(['web'], false) },
  { manager: 'kube-controller-manager', operation: 'Update', fields: { 'f:spec': { 'f:replicas': {} } } },
]);
const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };

describe('ignored fields', () => {
  it('count without a rule', () => expect(differing(argo(), live, wanted)).toEqual(['/spec/replicas']));

  it.each<[string, Rules]>([
    ['a pointer', argo({ ...DEPLOYMENT, pointers: ['/spec/replicas'] })],
    ['globs and a pointer', argo({ group: '*', kind: '*', pointers: ['/spec/replicas'] })],
    ['a name', argo({ ...DEPLOYMENT, name: 'web', namespace: 'shop', pointers: ['/spec/replicas'] })],
    ['a manager', argo({ ...DEPLOYMENT, managers: ['kube-controller-manager'] })],
    ['Flux', { dialect: 'flux', ignore: [{ kind: 'Deploy.*', pointers: ['/spec/replicas'] }] }],
    ['Flux without a target', { dialect: 'flux', ignore: [{ pointers: ['/spec/replicas'] }] }],
  ])('do not count, neither their values nor their ownership: %s', (_, policy) =>
    expect(differing(policy, live, wanted)).toEqual([]),
  );

  it.each<[string, IgnoreRule]>([
    ['another kind', { group: 'apps', kind: 'StatefulSet', pointers: ['/spec/replicas'] }],
    ['the core group, which a missing group means', { kind: 'Deployment', pointers: ['/spec/replicas'] }],
    ['another name', { ...DEPLOYMENT, name: 'api', pointers: ['/spec/replicas'] }],
    ['a field that does not exist', { ...DEPLOYMENT, pointers: ['/spec/nothing/0/here'] }],
    ['another manager', { ...DEPLOYMENT, managers: ['somebody'] }],
  ])('count when the rule is about something else: %s', (_, rule) =>
    expect(differing(argo(rule), live, wanted)).toEqual(['/spec/replicas']),
  );

  it('hide no other field', () => {
    const other = owned(deployment(5, { web: 'evil:1' }), [ours]);
    expect(differing(argo({ ...DEPLOYMENT, pointers: ['/spec/replicas'] }), other, wanted)).toEqual([
      '/spec/template/spec/containers/0/image',
    ]);
  });

  it('of a manager are those that applying would change, not those that it would add', () => {
    const taken = owned(deployment(undefined), [{ manager: 'somebody', operation: 'Update', fields: deploymentFields(['web']) }]);
    expect(differing(argo({ ...DEPLOYMENT, managers: ['somebody'] }), taken, wanted)).toEqual(['/spec/replicas']);
  });

  it('of an aggregated ClusterRole are its rules, always', () => {
    const role = (rules: readonly string[]): JsonObject => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'all' },
      aggregationRule: {},
      rules,
    });
    expect(differing(argo(), role(['controller']), role([]))).toEqual([]);
    const { aggregationRule: _, ...plain } = role(['controller']);
    expect(differing(argo(), plain, { ...role([]), aggregationRule: undefined })).toEqual(['/rules']);
  });

  it('of the settings hold for Argo CD’s Apps', () => {
    const settings = { ignore: [{ group: '*', kind: '*', pointers: ['/spec/replicas'] }] };
    const { rules } = compileIgnoreRules(argo(), settings);
    expect(pointedPaths(rules.slice(0, 1), live)).toEqual([['spec', 'replicas']]);
    expect(compileIgnoreRules({ dialect: 'flux' }, settings).rules).toHaveLength(1);
    expect(compileUpdateRules({ ignoreUpdates: settings.ignore }).rules).toHaveLength(1);
  });
});

describe('rules that are not valid', () => {
  it.each<[Rules, string]>([
    [argo({ ...DEPLOYMENT, pointers: ['spec/replicas', '/spec/replicas'] }), 'ignore rule 1 (apps/Deployment): "spec/replicas"'],
    [argo({ ...DEPLOYMENT, pointers: [''] }), '""'],
    [{ dialect: 'flux', ignore: [{ kind: '(' }] }, 'kind "("'],
    [{ dialect: 'flux', ignore: [{ labelSelector: 'a in b' }] }, 'labelSelector "a in b"'],
  ])('are named, and the rest holds: %j', (policy, text) => {
    const { problems } = compileIgnoreRules(policy, undefined);
    expect(problems).toMatchObject([{ code: 'diff.ignore_invalid' }]);
    expect(problems[0]?.message).toContain(text);
  });

  it('hide nothing', () => {
    expect(differing(argo({ ...DEPLOYMENT, pointers: ['spec/replicas'] }), live, wanted)).toEqual(['/spec/replicas']);
    expect(differing({ dialect: 'flux', ignore: [{ kind: '(', pointers: ['/spec/replicas'] }] }, live, wanted)).toEqual([
      '/spec/replicas',
    ]);
  });
});

describe('what a write does with ignored fields', () => {
  const keepOf = (policy: Rules) => compileIgnoreRules({ ...policy, ignore: [{}] }, undefined).rules[0]?.keep;
  it('is Git’s value in Argo CD, live’s with RespectIgnoreDifferences, the other manager’s in Flux', () => {
    expect(keepOf({ dialect: 'argo' })).toBe('none');
    expect(keepOf({ dialect: 'argo', sync: { respectIgnoreDifferences: true } })).toBe('live');
    expect(keepOf({ dialect: 'flux' })).toBe('unowned');
  });
});
