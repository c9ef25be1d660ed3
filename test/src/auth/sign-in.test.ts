import { describe, expect, it } from 'vitest';
import { claimValues } from '../../../src/auth/claims.ts';
import { normaliseUserCode } from '../../../src/auth/device-codes.ts';
import { returnPath } from '../../../src/auth/return-path.ts';
import { isSameOrigin } from '../../../src/auth/same-origin.ts';
import { openState, type SignInState, sealState } from '../../../src/auth/sign-in-state.ts';
import { randomSecret, randomUserCode } from '../../../src/platform/random-secret.ts';
import { openVault } from '../../../src/platform/vault.ts';

describe('S28: after signing in one goes', () => {
  it.each(['/', '/apps/eu-1/web', '/apps?project=shop&sort=name', '/ledger/eu-1#top', '/apps/eu-1/a%2Fb'])('to %s', (path) =>
    expect(returnPath(path)).toBe(path),
  );

  it.each([
    undefined,
    '',
    'apps',
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/apps\\..\\..',
    'javascript:alert(1)',
    ' /apps',
    '/apps\r\nset-cookie: a=b',
    `/${'a'.repeat(3_000)}`,
  ])('to / when asked for %j', (asked) => expect(returnPath(asked)).toBe('/'));
});

describe('S29: a change that a cookie asks for comes from', () => {
  const OWN = ['https://plumbline.example.org'];
  const from = (headers: Readonly<Record<string, string>>) => isSameOrigin((name) => headers[name], OWN);
  it.each([
    ['this origin', { 'sec-fetch-site': 'same-origin', origin: OWN[0] ?? '' }, true],
    ['this origin, said by Origin alone', { origin: OWN[0] ?? '' }, true],
    ['this origin, said by the browser alone', { 'sec-fetch-site': 'same-origin' }, true],
    ['nowhere', {}, false],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false],
    ['another host of this site', { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.org' }, false],
    ['the address bar', { 'sec-fetch-site': 'none' }, false],
    ['an opaque origin', { origin: 'null' }, false],
    ['an origin that begins alike', { origin: 'https://plumbline.example.org.evil.example' }, false],
    ['the same host without TLS', { origin: 'http://plumbline.example.org' }, false],
    ['two that do not agree', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, false],
  ])('%s: %#', (_name, headers, expected) => expect(from(headers)).toBe(expected));
});

describe('S31: of a claim that names groups', () => {
  it.each([
    ['texts', ['a', 'b', 'a'], ['a', 'b']],
    ['one text', 'a', ['a']],
    ['nothing', undefined, []],
    ['empty ones', ['', ' ', 'a'], ['a']],
    ['what is no text', ['a', 1, null, { name: 'b' }, ['c']], ['a']],
    ['an object', { a: true }, []],
    ['a name without end', ['x'.repeat(1_000)], []],
  ])('%s count as they should', (_name, claim, expected) => expect(claimValues(claim)).toEqual(expected));

  it('at most a thousand count', () => expect(claimValues(Array.from({ length: 5_000 }, (_, i) => `g${i}`))).toHaveLength(1_000));
});

describe('the state that a browser carries', () => {
  const state: SignInState = {
    provider: 'corp',
    state: 's',
    nonce: 'n',
    verifier: 'v',
    redirectUri: 'https://plumbline.example.org/auth/callback',
    returnTo: '/',
    expires: 1_000,
  };
  const vault = openVault('a secret of thirty-two characters');

  it('comes back as it went', async () =>
    expect(await openState(await vault, await sealState(await vault, state), 999)).toEqual(state));

  it('is nothing once it is too old', async () =>
    expect(await openState(await vault, await sealState(await vault, state), 1_000)).toBeUndefined());

  it('is nothing when anybody else made it', async () => {
    const sealed = await sealState(await vault, state);
    const other = await openVault('another secret of 32 characters!!');
    const forged = [sealed.slice(1), `${sealed}AA`, '', '%', 'null', btoa(JSON.stringify(state)), await sealState(other, state)];
    for (const cookie of forged) expect(await openState(await vault, cookie, 0)).toBeUndefined();
  });
});

describe('S37: what nobody may guess', () => {
  it('has 256 bits', () => {
    const secrets = new Set(Array.from({ length: 1_000 }, randomSecret));
    expect(secrets.size).toBe(1_000);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  it('is read aloud in eight letters, typed in any form', () => {
    const code = randomUserCode();
    expect(code).toMatch(/^[B-DF-HJ-NP-TV-Z]{4}-[B-DF-HJ-NP-TV-Z]{4}$/);
    for (const typed of [code.toLowerCase(), code.replace('-', ''), ` ${code.replace('-', ' ')} `])
      expect(normaliseUserCode(typed)).toBe(code);
  });
});
