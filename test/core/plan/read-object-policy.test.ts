import { describe, expect, it } from 'vitest';
import type { AppPolicy, ReleasePolicy } from '../../../core/app/policy.ts';
import type { ObjectPolicy } from '../../../core/plan/object-policy.ts';
import { readObjectPolicy } from '../../../core/plan/read-object-policy.ts';
import { policyOf } from './policy.ts';

interface Metadata {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

const read = (metadata: Metadata, changes: Partial<AppPolicy> = {}) =>
  readObjectPolicy({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', ...metadata } }, policyOf(changes));

/** What annotations make of an object of an Argo CD App. */
const argo = (annotations: Record<string, string>, changes: Partial<AppPolicy> = {}) => read({ annotations }, changes);
const flux = (annotations: Record<string, string>) => read({ annotations }, { dialect: 'flux' });

const action = { disableHooks: false, disableWait: false, timeoutSeconds: 300, retries: 0 };
const release: ReleasePolicy = {
  name: 'web',
  namespace: 'shop',
  install: action,
  upgrade: { ...action, remediation: 'rollback' },
  rollback: action,
  uninstall: action,
  driftDetection: 'disabled',
};
const helm = (annotations: Record<string, string>) => read({ annotations }, { dialect: 'flux', release });

describe('sync options of an object', () => {
  const cases: readonly (readonly [string, Partial<ObjectPolicy>])[] = [
    ['Prune=false', { prune: 'no' }],
    ['Prune=confirm', { prune: 'confirm' }],
    ['Delete=false', { delete: 'no' }],
    ['Delete=confirm', { delete: 'confirm' }],
    ['Validate=false', { validate: false }],
    ['SkipDryRunOnMissingResource=true', { skipDryRunOnMissingResource: true }],
    ['PruneLast=true', { pruneLast: true }],
    ['Replace=true', { write: 'replace' }],
    ['Force=true', { recreate: true }],
    ['ServerSideApply=true', { write: 'apply' }],
    [' Prune=false , Delete=false ', { prune: 'no', delete: 'no' }],
  ];
  it.each(cases)('%s', (option, expected) => {
    const { policy, warnings } = argo({ 'argocd.argoproj.io/sync-options': option });
    expect(policy).toMatchObject(expected);
    expect(warnings).toEqual([]);
  });

  it("win over the App's", () => {
    const annotations = { 'argocd.argoproj.io/sync-options': 'Prune=true,Replace=false,Delete=true' };
    const sync = { confirmPrune: true, replace: true, confirmDelete: true };
    expect(argo(annotations, { sync }).policy).toMatchObject({ prune: 'yes', write: 'apply', delete: 'yes' });
  });

  it("leave the App's where they say nothing", () =>
    expect(argo({}, { sync: { confirmPrune: true, pruneLast: true, validate: false } }).policy).toMatchObject({
      prune: 'confirm',
      pruneLast: true,
      validate: false,
    }));

  it('that nobody knows are told with what is accepted', () => {
    const { warnings } = argo({ 'argocd.argoproj.io/sync-options': 'Prune=false,Prnue=false' });
    expect(warnings).toMatchObject([{ code: 'object.annotation_invalid', where: 'Job migrate' }]);
    expect(warnings[0]?.message).toContain('Prnue=false');
    expect(warnings[0]?.message).toContain('SkipDryRunOnMissingResource=true');
  });
});

describe('waves', () => {
  it.each([
    ['5', 5],
    ['-3', -3],
    ['+2', 2],
  ])('%s is wave %i', (text, wave) => expect(argo({ 'argocd.argoproj.io/sync-wave': text }).policy.wave).toBe(wave));

  it.each(['', 'first', '1.5', '99999999999'])('"%s" is refused and the object stays in wave 0', (text) => {
    const { policy, warnings } = argo({ 'argocd.argoproj.io/sync-wave': text });
    expect(policy.wave).toBe(0);
    expect(warnings).toMatchObject([{ code: 'object.annotation_invalid' }]);
  });

  it('come from the Helm weight where there is none', () => {
    expect(argo({ 'helm.sh/hook': 'pre-install', 'helm.sh/hook-weight': '-5' }).policy.wave).toBe(-5);
    expect(argo({ 'argocd.argoproj.io/sync-wave': '2', 'helm.sh/hook-weight': '-5' }).policy.wave).toBe(2);
  });
});

describe('hooks of Argo CD', () => {
  it.each(['PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreDelete', 'PostDelete'] as const)('%s', (phase) =>
    expect(argo({ 'argocd.argoproj.io/hook': phase }).policy.hook).toEqual({
      phases: [phase],
      deletePolicies: ['BeforeHookCreation'],
    }),
  );

  it('run in each of their phases', () =>
    expect(argo({ 'argocd.argoproj.io/hook': 'PreSync, PostSync,PreSync' }).policy.hook?.phases).toEqual([
      'PreSync',
      'PostSync',
    ]));

  it('Skip is neither a hook nor applied', () => {
    expect(argo({ 'argocd.argoproj.io/hook': 'Skip' }).policy).toMatchObject({ skip: true });
    expect(argo({ 'argocd.argoproj.io/hook': 'Skip' }).policy.hook).toBeUndefined();
  });

  it('of no known phase are not applied, and that is told', () => {
    const { policy, warnings } = argo({ 'argocd.argoproj.io/hook': 'BeforeSync' });
    expect(policy.skip).toBe(true);
    expect(warnings).toMatchObject([{ code: 'object.annotation_invalid' }]);
  });

  it.each(['HookSucceeded', 'HookFailed', 'BeforeHookCreation'] as const)('go by %s', (text) =>
    expect(
      argo({ 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': text }).policy.hook?.deletePolicies,
    ).toEqual([text]),
  );

  it('go before the next creation by default, and when the policy is not known', () => {
    const { policy, warnings } = argo({ 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'Never' });
    expect(policy.hook?.deletePolicies).toEqual(['BeforeHookCreation']);
    expect(warnings).toMatchObject([{ code: 'object.annotation_invalid' }]);
  });
});

describe('Helm hooks in an App of Argo CD', () => {
  it.each([
    ['pre-install', 'PreSync'],
    ['pre-upgrade', 'PreSync'],
    ['post-install', 'PostSync'],
    ['post-upgrade', 'PostSync'],
    ['pre-delete', 'PreDelete'],
    ['post-delete', 'PostDelete'],
  ] as const)('%s is %s', (helmHook, phase) => expect(argo({ 'helm.sh/hook': helmHook }).policy.hook?.phases).toEqual([phase]));

  it('of install and upgrade are one hook that runs with every sync', () =>
    expect(argo({ 'helm.sh/hook': 'pre-install,pre-upgrade' }).policy.hook).toEqual({
      phases: ['PreSync'],
      deletePolicies: ['BeforeHookCreation'],
    }));

  it.each(['test', 'test-success', 'pre-rollback', 'post-rollback'])('%s is left out', (helmHook) => {
    const { policy, warnings } = argo({ 'helm.sh/hook': helmHook });
    expect(policy).toMatchObject({ skip: true });
    expect(warnings).toEqual([]);
  });

  it('crd-install is an ordinary object', () => {
    const { policy } = argo({ 'helm.sh/hook': 'crd-install' });
    expect(policy).toMatchObject({ skip: false });
    expect(policy.hook).toBeUndefined();
  });

  it('are hidden by a hook of Argo CD', () =>
    expect(argo({ 'argocd.argoproj.io/hook': 'PostSync', 'helm.sh/hook': 'pre-install' }).policy.hook?.phases).toEqual([
      'PostSync',
    ]));

  it('add their delete policies', () =>
    expect(
      argo({ 'helm.sh/hook': 'post-install', 'helm.sh/hook-delete-policy': 'hook-succeeded,hook-failed' }).policy.hook
        ?.deletePolicies,
    ).toEqual(['HookSucceeded', 'HookFailed']));

  it('keep what their resource policy keeps', () =>
    expect(argo({ 'helm.sh/resource-policy': 'keep' }).policy).toMatchObject({ prune: 'no', delete: 'no' }));
});

describe('other annotations of Argo CD', () => {
  it('IgnoreExtraneous does not count as extra', () =>
    expect(argo({ 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous,ServerSideDiff=true' })).toMatchObject({
      policy: { countsWhenExtra: false },
      warnings: [],
    }));

  it('ignore-healthcheck takes the health out', () => {
    expect(argo({ 'argocd.argoproj.io/ignore-healthcheck': 'true' }).policy.healthCounts).toBe(false);
    expect(argo({ 'argocd.argoproj.io/ignore-healthcheck': 'yes' })).toMatchObject({
      policy: { healthCounts: true },
      warnings: [{ code: 'object.annotation_invalid' }],
    });
  });

  it.each([
    'argocd.argoproj.io/sync-waves',
    'kustomize.toolkit.fluxcd.io/prun',
    'helm.toolkit.fluxcd.io/drift',
    'fluxcd.controlplane.io/every',
  ])('%s, which nobody knows, is told', (key) => {
    expect(argo({ [key]: '1' }).warnings).toMatchObject([{ code: 'object.annotation_unknown' }]);
    expect(read({ labels: { [key]: '1' } }, { dialect: 'flux' }).warnings).toMatchObject([{ code: 'object.annotation_unknown' }]);
  });

  it('of people and other tools say nothing', () =>
    expect(argo({ 'example.com/owner': 'me', 'link.argocd.argoproj.io/docs': 'https://example.com' }).warnings).toEqual([]));
});

describe('keys of Flux', () => {
  const cases: readonly (readonly [string, string, Partial<ObjectPolicy>])[] = [
    ['ssa', 'Override', { write: 'apply' }],
    ['ssa', 'merge', { write: 'merge' }],
    ['ssa', 'IfNotPresent', { write: 'create' }],
    ['ssa', 'IGNORE', { write: 'ignore' }],
    ['force', 'enabled', { recreate: true }],
    ['force', 'Disabled', { recreate: false }],
    ['prune', 'disabled', { prune: 'no', delete: 'no' }],
    ['prune', 'Enabled', { prune: 'yes', delete: 'yes' }],
    ['reconcile', 'disabled', { write: 'ignore', prune: 'no', delete: 'no' }],
  ];
  it.each(cases)('%s: %s', (key, value, expected) => {
    expect(flux({ [`kustomize.toolkit.fluxcd.io/${key}`]: value })).toMatchObject({ policy: expected, warnings: [] });
    const labels = { [`kustomize.toolkit.fluxcd.io/${key}`]: value };
    expect(read({ labels }, { dialect: 'flux' })).toMatchObject({ policy: expected, warnings: [] });
  });

  it.each(['ssa', 'force', 'prune', 'reconcile', 'substitute', 'decrypt'])('%s with a value that is not known is told', (key) =>
    expect(flux({ [`kustomize.toolkit.fluxcd.io/${key}`]: 'maybe' }).warnings).toMatchObject([
      { code: 'object.annotation_invalid' },
    ]),
  );

  it('substitute counts in lower case only, and decrypt in an annotation only, as in Flux: what has no effect is told', () => {
    const key = (name: string) => `kustomize.toolkit.fluxcd.io/${name}`;
    expect(flux({ [key('substitute')]: 'disabled', [key('decrypt')]: 'Disabled' }).warnings).toEqual([]);
    expect(flux({ [key('substitute')]: 'Disabled' }).warnings).toMatchObject([{ code: 'object.annotation_invalid' }]);
    const labelled = read({ labels: { [key('decrypt')]: 'Disabled' } }, { dialect: 'flux' });
    expect(labelled.warnings).toMatchObject([{ code: 'object.annotation_invalid' }]);
  });

  it('leave waves and hooks of Argo CD without meaning', () => {
    const { policy } = flux({ 'argocd.argoproj.io/sync-wave': '5', 'argocd.argoproj.io/hook': 'PreSync' });
    expect(policy.wave).toBe(0);
    expect(policy.hook).toBeUndefined();
  });
});

describe('hooks of a HelmRelease', () => {
  it('run on their action only', () => {
    expect(helm({ 'helm.sh/hook': 'pre-install', 'helm.sh/hook-weight': '-1' }).policy).toMatchObject({
      wave: -1,
      hook: { phases: ['PreSync'], only: ['install'] },
    });
    expect(helm({ 'helm.sh/hook': 'post-install,post-upgrade' }).policy.hook).toMatchObject({
      phases: ['PostSync'],
      only: ['install', 'upgrade'],
    });
    expect(helm({ 'helm.sh/hook': 'pre-rollback' }).policy.hook).toMatchObject({ phases: ['PreSync'], only: ['rollback'] });
  });

  it('are tests', () => expect(helm({ 'helm.sh/hook': 'test' }).policy.hook?.phases).toEqual(['Test']));

  it('driftDetection: disabled leaves drift alone', () =>
    expect(helm({ 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' }).policy.drift).toBe('ignore'));
});
