/** S12: what lies on the disk of a Worker that is stopped, in every form in which a secret could lie there. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSecrets } from '../../../cli/serve/secrets.ts';
import type { WebhookSecret } from '../../../core/api/views.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { everythingShown } from './support/everything-shown.ts';
import { need } from './support/lone-worker.ts';
import { type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { deploySecrets, SECRET_VALUES } from './support/secret-fleet.ts';
import { findForms, type StoredPlace, storedIn, unpacked } from './support/stored-forms.ts';

describe.each([
  ['in SQLite', false],
  ['in R2', true],
] as const)('bundles %s', (_where, r2) => {
  let system: RunningSystem;
  let shown: string;
  let stored: readonly StoredPlace[];
  let secrets: Readonly<Record<string, string>>;

  beforeAll(async () => {
    system = await startRunningSystem({ r2 });
    await deploySecrets(system);
    shown = await everythingShown(system.api);
    const { secret, apiToken } = await loadSecrets(system.dir);
    const webhook = need(await system.api.send<WebhookSecret>('POST', '/webhook')).secret;
    secrets = { ...SECRET_VALUES, secret, apiToken, webhook, enrolment: system.install.env['PLUMBLINE_TOKEN'] ?? '' };
    await system.worker().stop();
    const places: StoredPlace[] = [];
    for await (const place of storedIn(join(system.dir, 'state'))) places.push(place);
    stored = places;
  });
  afterAll(() => system?.stop());

  test('the search sees what is there: names, bundles and Git objects are stored', () => {
    const all = stored.map(({ place }) => place).join('\n');
    for (const part of ['signing_key.sealed', 'credential.sealed', 'app.definition', 'git_segment.sealed', 'desired.'])
      expect(all).toContain(part);
    // The name of an App is no secret: it is found in the rows, and so would be a secret.
    expect(stored.filter(({ place, bytes }) => place.includes(' ') && bytes.includes('overlay')).length).toBeGreaterThan(0);
    expect(stored.some(({ place }) => /r2/i.test(place))).toBe(r2);
  });

  test('no Secret value, no credential and no token is stored in a readable form', () => {
    const found = stored.flatMap(({ place, bytes }) =>
      unpacked(bytes).flatMap((form) => findForms(form, secrets).map((name) => `${name} in ${place}`)),
    );
    expect(found).toEqual([]);
  });

  test('no signing seed is stored in a readable form', async () => {
    const vault = await openVault(secrets['secret'] ?? '');
    const sealed = stored.filter(({ place }) => place.endsWith('signing_key.sealed'));
    const keyids = stored.filter(({ place }) => place.endsWith('signing_key.keyid')).map(({ bytes }) => bytes.toString());
    expect(sealed.length).toBeGreaterThan(0);
    for (const [i, { bytes }] of sealed.entries()) {
      const seed = Buffer.from(await vault.open(bytes, `signing-key/${keyids[i]}`));
      expect(seed.length).toBe(32);
      for (const form of [seed, Buffer.from(seed.toString('hex')), Buffer.from(seed.toString('base64'))])
        expect(stored.filter(({ bytes: where }) => where.includes(form)).map(({ place }) => place)).toEqual([]);
    }
  });

  test('what is sealed does not open under another secret', async () => {
    const vault = await openVault('another-secret-0123456789abcdef-0123456789');
    const [sealed] = stored.filter(({ place }) => place.endsWith('credential.sealed'));
    await expect(vault.open(sealed?.bytes ?? Buffer.alloc(0), 'credential/x')).rejects.toThrow();
  });

  test('S13: the API returns none of it to somebody with the token', () => {
    expect(findForms(Buffer.from(shown), secrets)).toEqual([]);
  });

  test('S09, S11: the logs of the Worker and the agent hold none of it', async () => {
    expect(findForms(Buffer.from(await system.logs()), secrets)).toEqual([]);
  });
});
