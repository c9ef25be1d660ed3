import { describe, expect, it } from 'vitest';
import type { AppPolicy, ReleasePolicy } from '../../../core/app/policy.ts';
import type { HealthStatus } from '../../../core/app/status.ts';
import { type AppFacts, computeReadiness } from '../../../core/dependency/readiness.ts';
import { BEHIND, factsOf } from './facts.ts';

const says = (changes: Partial<AppFacts>, policy: Partial<AppPolicy> = {}, forRevision?: string) => {
  const { status, reason } = computeReadiness(factsOf('infra', changes, policy), forRevision);
  return `${status} ${reason}`;
};
const without = (app: AppFacts, key: 'applied' | 'sync'): AppFacts => {
  const { [key]: _, ...rest } = app;
  return rest;
};

describe('an App is ready for others', () => {
  it('when its wanted bundle is synced', () => expect(says({})).toBe('True ReconciliationSucceeded'));

  it('not before it was ever synced', () => {
    const fresh = without(without(factsOf('infra'), 'applied'), 'sync');
    expect(computeReadiness(fresh).status).toBe('Unknown');
  });

  it('not while a newer bundle waits or is being synced', () => {
    expect(says(BEHIND)).toBe('Unknown Progressing');
    expect(says({ ...BEHIND, sync: { bundle: 'sha256:new', outcome: 'running' } })).toBe('Unknown Progressing');
  });

  it('not while the same bundle is to be synced by a newer policy', () =>
    expect(says({ applied: { bundle: 'sha256:new', revision: 'c2', generation: 6 } })).toBe('Unknown Progressing'));

  it('not when the sync of its wanted bundle failed, though an older one succeeded', () =>
    expect(says({ ...BEHIND, sync: { bundle: 'sha256:new', outcome: 'failed' } })).toBe('False ReconciliationFailed'));

  it('not by the failure of an older bundle', () =>
    expect(says({ sync: { bundle: 'sha256:older', outcome: 'failed' } })).toBe('True ReconciliationSucceeded'));

  it('though deletions are held for a person', () =>
    expect(says({ sync: { bundle: 'sha256:new', outcome: 'held' } })).toBe('True ReconciliationSucceeded'));

  it('not when it could not be rendered', () =>
    expect(says({ wanted: { revision: 'c2', generation: 7 } })).toBe('False BuildFailed'));

  it('not when it is being removed', () => expect(says({ state: 'removed' })).toBe('False Deleting'));
});

describe('health', () => {
  const health = (status: HealthStatus, policy: Partial<AppPolicy>) => says({ health: { status } }, policy).split(' ')[0];
  const release = { upgrade: { disableWait: false } } as ReleasePolicy; // only what is looked at

  it('does not count for a Kustomization that does not wait', () => expect(health('Degraded', {})).toBe('True'));

  it.each<[string, Partial<AppPolicy>]>([
    ['waits', { wait: true }],
    ['names healthChecks', { healthChecks: ['apps/Deployment/shop/web'] }],
    ['is a Helm release', { release }],
    ['comes from Argo CD', { dialect: 'argo' }],
  ])('counts for an App that %s', (_, policy) =>
    expect(
      (['Healthy', 'Progressing', 'Missing', 'Suspended', 'Unknown', 'Degraded'] as const).map((status) =>
        health(status, policy),
      ),
    ).toEqual(['True', 'Unknown', 'Unknown', 'Unknown', 'Unknown', 'False']),
  );

  it('does not count for a Helm release with disableWait', () =>
    expect(health('Progressing', { release: { upgrade: { disableWait: true } } as ReleasePolicy })).toBe('True'));
});

describe('a suspended App', () => {
  const suspended = { suspended: true };
  it('is as ready as it was left', () => {
    expect(says({}, suspended)).toBe('True ReconciliationSucceeded');
    expect(says({ health: { status: 'Degraded' } }, { ...suspended, wait: true })).toBe('False HealthCheckFailed');
    expect(computeReadiness(without(factsOf('infra', {}, suspended), 'applied')).status).toBe('False');
  });

  it('is ready at an older revision for Apps of other sources, not for those of its own', () => {
    expect(says(BEHIND, suspended, 'other')).toBe('True ReconciliationSucceeded');
    expect(says(BEHIND, suspended, 'c2')).toBe('False Suspended');
  });
});

it('people are told why in a clause', () => {
  const of = (changes: Partial<AppFacts>) => computeReadiness(factsOf('infra', changes, { wait: true })).message;
  expect(of({ health: { status: 'Degraded', message: 'Deployment shop/web: no replicas' } })).toBe(
    'it is Degraded: Deployment shop/web: no replicas',
  );
  expect(of({ sync: { bundle: 'sha256:new', outcome: 'failed', message: 'quota' } })).toBe('its sync failed: quota');
});
