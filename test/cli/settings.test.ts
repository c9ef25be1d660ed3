import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConnectionFlags, resolveSettings } from '../../cli/connection/settings.ts';
import { createTestTerminal, writePrivate } from './test-terminal.ts';

const FOLDER = { url: 'https://folder.example/', token: 'token-of-folder' };
const USER = { url: 'https://user.example', token: 'token-of-user' };

/** The URL and token that count, with both files in place unless they are left out. */
async function resolve(
  flags: ConnectionFlags,
  options: { env?: Record<string, string>; folder?: unknown; user?: unknown; mode?: number } = {},
) {
  const terminal = await createTestTerminal(options.env);
  const { folder = FOLDER, user = USER, mode = 0o600 } = options;
  if (folder !== null) await writePrivate(join(terminal.cwd, '.plumbline/cli.json'), folder, mode);
  if (user !== null) await writePrivate(join(terminal.home, '.config/plumbline/config.json'), user);
  return resolveSettings(flags, terminal);
}

const of = (url: string, token: string | undefined) => ({ ok: true, value: { url, token, caFile: undefined } });

describe('the Worker is named by', () => {
  it('--url before everything', async () => {
    const env = { PLUMBLINE_URL: 'https://env.example', PLUMBLINE_API_TOKEN: 'token-of-env' };
    expect(await resolve({ url: 'https://flag.example/' }, { env })).toEqual(of('https://flag.example', 'token-of-env'));
  });

  it('PLUMBLINE_URL before the files', async () => {
    const env = { PLUMBLINE_URL: 'https://env.example', PLUMBLINE_API_TOKEN: 'token-of-env' };
    expect(await resolve({}, { env })).toEqual(of('https://env.example', 'token-of-env'));
  });

  it("the folder's file before the person's", async () =>
    expect(await resolve({})).toEqual(of('https://folder.example', 'token-of-folder')));

  it("the person's file when there is no other", async () =>
    expect(await resolve({}, { folder: null })).toEqual(of('https://user.example', 'token-of-user')));

  it('nothing: a wrong call', async () =>
    expect(await resolve({}, { folder: null, user: null })).toMatchObject({ ok: false, error: { exit: 2 } }));
});

describe('a token', () => {
  it('from a flag is used with every URL', async () =>
    expect(await resolve({ url: 'https://flag.example', token: 'given' })).toEqual(of('https://flag.example', 'given')));

  it('of a file is used when the flag names the same Worker', async () =>
    expect(await resolve({ url: 'https://user.example/' })).toEqual(of('https://user.example', 'token-of-user')));

  it('of a file never goes to another Worker', async () =>
    expect(await resolve({ url: 'https://flag.example' })).toEqual(of('https://flag.example', undefined)));

  it("of the environment never goes where the folder's file says", async () => {
    const env = { PLUMBLINE_API_TOKEN: 'token-of-env' };
    expect(await resolve({}, { env, folder: { url: 'https://folder.example' } })).toEqual(
      of('https://folder.example', undefined),
    );
  });

  it('comes from a file without its line feed', async () => {
    const terminal = await createTestTerminal();
    await writePrivate(join(terminal.cwd, 'token'), 'given\n');
    expect(await resolveSettings({ url: 'https://flag.example', tokenFile: 'token' }, terminal)).toEqual(
      of('https://flag.example', 'given'),
    );
  });

  it('cannot be given twice', async () =>
    expect(await resolve({ token: 'a', tokenFile: 'b' })).toMatchObject({ ok: false, error: { exit: 2 } }));
});

describe('a settings file', () => {
  it('that others can read is refused, because a repository can bring one', async () =>
    expect(await resolve({}, { mode: 0o644 })).toMatchObject({ ok: false, error: { exit: 2 } }));

  it('that cannot be used does not matter where it is not asked', async () =>
    expect(await resolve({ url: 'https://flag.example' }, { mode: 0o644 })).toEqual(of('https://flag.example', undefined)));

  it('that is damaged is named', async () =>
    expect(await resolve({}, { folder: '{"url": 7}' })).toMatchObject({ ok: false, error: { exit: 2 } }));

  it('names its certificate authority relative to itself', async () => {
    const terminal = await createTestTerminal();
    await writePrivate(join(terminal.cwd, '.plumbline/cli.json'), { ...FOLDER, caFile: 'ca.pem' });
    expect(await resolveSettings({}, terminal)).toMatchObject({
      ok: true,
      value: { caFile: join(terminal.cwd, '.plumbline/ca.pem') },
    });
  });
});

it('a URL with credentials is refused without being repeated', async () => {
  const refused = await resolve({ url: 'https://user:geheim@flag.example' });
  expect(refused).toMatchObject({ ok: false, error: { exit: 2 } });
  expect(JSON.stringify(refused)).not.toContain('geheim');
});
