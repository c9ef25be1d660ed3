import { describe, expect, it } from 'vitest';
import { decideEnrolment } from '../../../core/protocol/enrolment.ts';
import { keyOf, ruleOf } from './parties.ts';

const request = {
  token: 'token',
  publicKey: keyOf('agent'),
  cluster: 'uid-1',
  kubernetesVersion: 'v1.36.3',
  agentVersion: '0.1.0',
};
const fresh = { token: { clusterName: 'berlin' }, enrolledAs: undefined };
const used = { token: { clusterName: 'berlin', used: { keyid: keyOf('agent').keyid, cluster: 'uid-1' } }, enrolledAs: 'berlin' };

it('P41 refuses a key that is not the one its id names (S17)', () => {
  const publicKey = { keyid: keyOf('agent').keyid, key: keyOf('stranger').key };
  expect(ruleOf(decideEnrolment({ ...request, publicKey }, fresh))).toBe('P41');
});

it('P40 refuses a token that nobody made, or that was replaced', () =>
  expect(ruleOf(decideEnrolment(request, { token: undefined, enrolledAs: undefined }))).toBe('P40'));

describe('P40 a token serves one agent (S44)', () => {
  it('P40 refuses another key', () =>
    expect(ruleOf(decideEnrolment({ ...request, publicKey: keyOf('stranger') }, used))).toBe('P40'));
  it('P40 refuses the same key in another cluster', () =>
    expect(ruleOf(decideEnrolment({ ...request, cluster: 'uid-2' }, used))).toBe('P40'));
  it('P40 answers the agent that used it again', () =>
    expect(decideEnrolment(request, used)).toEqual({ ok: true, value: 'repeat' }));
});

describe('P42 a cluster has one name', () => {
  it('P42 refuses a second name', () => expect(ruleOf(decideEnrolment(request, { ...fresh, enrolledAs: 'paris' }))).toBe('P42'));
  it('P42 lets a cluster enrol again under its own name', () =>
    expect(decideEnrolment(request, { ...fresh, enrolledAs: 'berlin' })).toEqual({ ok: true, value: 'bind' }));
});

it('binds a fresh token', () => expect(decideEnrolment(request, fresh)).toEqual({ ok: true, value: 'bind' }));
