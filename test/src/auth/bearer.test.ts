import { describe, expect, it } from 'vitest';
import { hasToken } from '../../../src/auth/bearer.ts';

const TOKEN = 'a-token-of-this-installation';
const basic = (pair: string) => `Basic ${btoa(pair)}`;

describe('hasToken', () => {
  it.each([
    ['Bearer', `Bearer ${TOKEN}`],
    ['bearer in lower case', `bearer ${TOKEN}`],
    ['the password of Basic, whoever the user is', basic(`git:${TOKEN}`)],
    ['the password of Basic without a user', basic(`:${TOKEN}`)],
  ])('accepts the token as %s', async (_name, header) => expect(await hasToken(header, TOKEN)).toBe(true));

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Bearer'],
    ['an empty token', 'Bearer '],
    ['another token', `Bearer ${TOKEN}x`],
    ['a part of the token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token without a scheme', TOKEN],
    ['another scheme', `Digest ${TOKEN}`],
    ['the token as the user of Basic', basic(`${TOKEN}:`)],
    ['Basic that is not base64', `Basic %%%`],
  ])('refuses %s', async (_name, header) => expect(await hasToken(header, TOKEN)).toBe(false));

  it('refuses everybody while no token is configured, also who sends none (S41)', async () => {
    // A binding that was never set is undefined whatever its type says.
    const unset = undefined as unknown as string;
    for (const token of ['', unset])
      for (const header of [undefined, '', 'Bearer', 'Bearer ', basic(':'), basic(''), 'Bearer undefined'])
        expect(await hasToken(header, token)).toBe(false);
  });
});
