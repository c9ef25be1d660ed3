import { describe, expect, it } from 'vitest';
import { toUtf8 } from '../../../core/json/bytes.ts';
import {
  checkRequest,
  HEADERS,
  MAX_SKEW_MS,
  parseClaim,
  type RequestClaim,
  signRequest,
} from '../../../core/protocol/request-signature.ts';
import { createParking } from '../../../src/deliver/parking.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { requests as vector } from './frozen.ts';
import { keyOf, ruleOf, signerOf } from './parties.ts';

const body = toUtf8(vector.request.body);
const request = { method: vector.request.method, path: vector.request.path, body };
const trust = { key: keyOf('agent'), now: vector.request.time + 1000, verify: verifyEd25519 };
const headers: Readonly<Record<string, string>> = vector.headers;

const claimOf = (change: Readonly<Record<string, string | undefined>> = {}) =>
  parseClaim((name) => ({ ...headers, ...change })[name]);

function goodClaim(): RequestClaim {
  const claim = claimOf();
  if (!claim.ok) throw new Error(claim.error.message);
  return claim.value;
}

describe('P20 headers that are missing or malformed are refused', () => {
  for (const name of Object.values(HEADERS)) {
    it(`P20 ${name} is missing`, () => expect(ruleOf(claimOf({ [name]: undefined }))).toBe('P20'));
    it(`P20 ${name} is empty`, () => expect(ruleOf(claimOf({ [name]: '' }))).toBe('P20'));
    it(`P20 ${name} is twice there`, () => expect(ruleOf(claimOf({ [name]: `${headers[name]}, ${headers[name]}` }))).toBe('P20'));
  }
  for (const time of ['1e12', '0x10', ' 1767225600000', '-1', '1767225600000.0', '01767225600000', 'Infinity', '9'.repeat(30)])
    it(`P20 the time is written as ${time}`, () => expect(ruleOf(claimOf({ [HEADERS.time]: time }))).toBe('P20'));
});

it('P21 refuses a key that is not the one enrolled for the cluster', async () =>
  expect(ruleOf(await checkRequest(goodClaim(), request, { ...trust, key: keyOf('stranger') }))).toBe('P21'));

describe('P22 a clock may be five minutes off, not more (F35)', () => {
  for (const side of [-1, 1]) {
    it(`P22 refuses one that is further off (${side})`, async () =>
      expect(
        ruleOf(await checkRequest(goodClaim(), request, { ...trust, now: goodClaim().time + side * (MAX_SKEW_MS + 1) })),
      ).toBe('P22'));
    it(`P22 accepts one that is just so much off (${side})`, async () =>
      expect(ruleOf(await checkRequest(goodClaim(), request, { ...trust, now: goodClaim().time + side * MAX_SKEW_MS }))).toBe(
        'accepted',
      ));
  }
});

describe('P23 the signature covers the request that came', () => {
  it('P23 accepts it as it was sent', async () =>
    expect(ruleOf(await checkRequest(goodClaim(), request, trust))).toBe('accepted'));
  const changed: readonly (readonly [name: string, request: typeof request, claim?: Partial<RequestClaim>])[] = [
    ['another method', { ...request, method: 'GET' }],
    ['another path', { ...request, path: '/agent/report?wait=25' }],
    ['another query', { ...request, path: '/agent/poll?wait=26' }],
    ['another body', { ...request, body: toUtf8('{"generation":8}') }],
    ['no body', { ...request, body: new Uint8Array(0) }],
    ['another time', request, { time: vector.request.time + 1 }],
    ['another nonce', request, { nonce: 'A'.repeat(22) }],
    ['a signature of zeros', request, { signature: new Uint8Array(64) }],
  ];
  for (const [name, asReceived, claim] of changed)
    it(`P23 refuses ${name}`, async () =>
      expect(ruleOf(await checkRequest({ ...goodClaim(), ...claim }, asReceived, trust))).toBe('P23'));
});

it('P24 accepts a nonce once', async () => {
  const facts = { name: 'berlin', uid: vector.cluster, agentKey: keyOf('agent'), keys: 3, generation: 7, expiresAt: 1 };
  const parking = createParking({
    load: async () => facts,
    now: () => trust.now,
    sleep: async () => undefined,
    verify: verifyEd25519,
  });
  const poll = toUtf8(
    JSON.stringify({ cluster: vector.cluster, generation: 7, keys: 3, bundles: [], expiresAt: 1, agentVersion: '1' }),
  );
  const parts = { method: 'POST', path: '/agent/poll', body: poll, time: trust.now };
  const send = async (nonce: string) => {
    const signed = await signRequest({ ...parts, nonce }, vector.cluster, await signerOf('agent'));
    const claim = parseClaim((name) => signed[name]);
    if (!claim.ok) throw new Error(claim.error.message);
    return ruleOf(await parking.poll('berlin', { claim: claim.value, body: poll, path: parts.path }));
  };
  expect(await send('nonce-nonce-nonce-1')).toBe('accepted');
  expect(await send('nonce-nonce-nonce-1')).toBe('P24');
  expect(await send('nonce-nonce-nonce-2')).toBe('accepted');
});
