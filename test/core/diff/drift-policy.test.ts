import { describe, expect, it } from 'vitest';
import type { AppPolicy, ReleasePolicy } from '../../../core/app/policy.ts';
import { driftPolicyOf, leavesDrift, mayHealObject } from '../../../core/diff/drift-policy.ts';
import type { ObjectPolicy } from '../../../core/plan/object-policy.ts';
import { policyOf } from '../../cluster/fake-worker.ts';

const release = (driftDetection: ReleasePolicy['driftDetection']): Partial<AppPolicy> => ({
  dialect: 'flux',
  release: { driftDetection } as ReleasePolicy, // the only part that matters here
});

describe('the drift policy of an object', () => {
  it.each<[string, Partial<AppPolicy>, ObjectPolicy['drift'], string, boolean]>([
    ['self-heal on', {}, undefined, 'heal', false],
    ['self-heal off', { selfHeal: false }, undefined, 'warn', false],
    ['the App warns', { drift: 'warn' }, undefined, 'warn', true],
    ['the App adopts', { drift: 'adopt' }, undefined, 'adopt', true],
    ['the object is left alone', {}, 'ignore', 'ignore', true],
    ['the object heals in an App that warns', { drift: 'warn' }, 'heal', 'heal', false],
    ['a release that detects drift', release('enabled'), undefined, 'heal', false],
    ['a release that warns', release('warn'), undefined, 'warn', true],
    ['a release that does not look', release('disabled'), undefined, 'ignore', true],
    ['an object of a release', release('enabled'), 'ignore', 'ignore', true],
  ])('%s', (_, policy, drift, expected, leaves) => {
    const whole = policyOf('web', policy);
    const object = drift === undefined ? {} : { drift };
    expect(driftPolicyOf(whole, object)).toBe(expected);
    expect(leavesDrift(whole, object)).toBe(leaves);
    expect(mayHealObject(whole, object)).toBe(expected === 'heal');
  });

  it('heals nothing in an App that is suspended or waits for a person', () => {
    expect(mayHealObject(policyOf('web', { suspended: true }), {})).toBe(false);
    expect(mayHealObject(policyOf('web', { autoSync: false }), {})).toBe(false);
  });
});
