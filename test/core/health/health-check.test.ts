import { describe, expect, it } from 'vitest';
import { type HealthRules, healthCheckOf } from '../../../core/health/health-check.ts';
import type { JsonObject } from '../../../core/objects/object.ts';

const object = (apiVersion: string, kind: string, more: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  ...more,
});
const script = (lua: string, openLibs = false) => ({ lua, openLibs });
const argo = (customizations: NonNullable<HealthRules['customizations']>): HealthRules => ({ dialect: 'argo', customizations });
const builtin = (groupKind: string) => (groupKind === 'cert-manager.io/Certificate' ? 'upstream' : undefined);
const certificate = object('cert-manager.io/v1', 'Certificate');

describe("Argo CD's order", () => {
  it('a script for exactly this kind wins over patterns and over upstream', () =>
    expect(
      healthCheckOf(certificate, argo({ '*/*': script('all'), 'cert-manager.io/Certificate': script('mine', true) }), builtin),
    ).toEqual({ kind: 'lua', script: 'mine', openLibs: true }));

  it('a pattern wins over upstream', () =>
    expect(healthCheckOf(certificate, argo({ 'cert-*/*': script('pattern') }), builtin)).toMatchObject({ script: 'pattern' }));

  it('of several patterns the first of the alphabet is taken, every time', () => {
    const both = { 'cert*/*': script('b'), '*/Cert*': script('a') };
    expect(healthCheckOf(certificate, argo(both), builtin)).toMatchObject({ script: 'a' });
  });

  it("upstream's script has all libraries", () =>
    expect(healthCheckOf(certificate, { dialect: 'argo' }, builtin)).toEqual({
      kind: 'lua',
      script: 'upstream',
      openLibs: true,
    }));

  it('an empty script is none', () =>
    expect(healthCheckOf(certificate, argo({ 'cert-manager.io/Certificate': script('') }), builtin)).toMatchObject({
      script: 'upstream',
    }));

  it('a script can replace a built-in rule, of the core group by its kind alone', () =>
    expect(healthCheckOf(object('v1', 'Pod'), argo({ Pod: script('mine') }))).toMatchObject({ script: 'mine' }));

  it('the set of upstream is not even looked at for kinds of Kubernetes itself', () => {
    const asked: string[] = [];
    const ask = (groupKind: string) => {
      asked.push(groupKind);
      return undefined;
    };
    for (const [apiVersion, kind] of [
      ['v1', 'ConfigMap'],
      ['apps/v1', 'Deployment'],
      ['rbac.authorization.k8s.io/v1', 'Role'],
      ['gateway.networking.k8s.io/v1', 'Gateway'],
    ] as const)
      healthCheckOf(object(apiVersion, kind), { dialect: 'argo' }, ask);
    expect(asked).toEqual(['gateway.networking.k8s.io/Gateway']);
  });

  it('what is being deleted is Progressing, whatever its script would say', () =>
    expect(
      healthCheckOf({ ...certificate, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, { dialect: 'argo' }, builtin),
    ).toEqual({ kind: 'known', health: { status: 'Progressing', message: 'Pending deletion' } }));

  it('a hook that waits for its finalizer is judged', () =>
    expect(
      healthCheckOf(
        {
          ...certificate,
          metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['argocd.argoproj.io/hook-finalizer'] },
        },
        { dialect: 'argo' },
        builtin,
      ),
    ).toMatchObject({ kind: 'lua' }));

  it('a kind without any rule is Healthy', () =>
    expect(healthCheckOf(object('example.org/v1', 'Widget'), { dialect: 'argo' }, builtin)).toEqual({
      kind: 'known',
      health: { status: 'Healthy' },
    }));
});

describe("Flux' order", () => {
  const rule = (kind: string, current: string) => ({ apiVersion: 'example.org/v1alpha1', kind, current });
  const widget = object('example.org/v1', 'Widget');

  it('expressions for a kind win over those for its group, whatever the version', () =>
    expect(healthCheckOf(widget, { dialect: 'flux', expressions: [rule('', 'group'), rule('Widget', 'kind')] })).toMatchObject({
      kind: 'cel',
      steps: [{ expression: 'kind' }],
    }));

  it('expressions for a group hold for its other kinds and no other group', () => {
    const rules: HealthRules = { dialect: 'flux', expressions: [rule('', 'group')] };
    expect(healthCheckOf(widget, rules)).toMatchObject({ kind: 'cel' });
    expect(healthCheckOf(object('v1', 'ConfigMap'), rules)).toMatchObject({ kind: 'known', health: { status: 'Healthy' } });
  });

  it('inProgress is asked before failed, failed before current', () =>
    expect(
      healthCheckOf(widget, { dialect: 'flux', expressions: [{ ...rule('Widget', 'c'), failed: 'f', inProgress: 'p' }] }),
    ).toMatchObject({
      steps: [
        { expression: 'p', health: { status: 'Progressing' } },
        { expression: 'f', health: { status: 'Degraded' } },
        { expression: 'c', health: { status: 'Healthy' } },
      ],
    }));

  it('a generation that is not observed is Progressing before anything is asked; texts there are left to the expressions', () => {
    const rules: HealthRules = { dialect: 'flux', expressions: [rule('Widget', 'true')] };
    const at = (generation: number, observedGeneration: string | number) => ({
      ...widget,
      metadata: { generation },
      status: { observedGeneration },
    });
    expect(healthCheckOf(at(2, 1), rules)).toMatchObject({ kind: 'known', health: { status: 'Progressing' } });
    expect(healthCheckOf(at(2, 2), rules)).toMatchObject({ kind: 'cel' });
    expect(healthCheckOf(at(2, '1'), rules)).toMatchObject({ kind: 'cel' });
  });

  it("Argo CD's scripts have no say", () =>
    expect(healthCheckOf(certificate, { ...argo({ '*/*': script('all') }), dialect: 'flux' }, builtin)).toMatchObject({
      kind: 'known',
    }));
});
