import { describe, expect, it } from 'vitest';
import type { NotifyServiceInput } from '../../../core/api/notify.ts';
import { mergeNotify } from '../../../core/notify/rules.ts';
import { type GitService, NO_NOTIFY } from '../../../core/notify/settings.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { accessService, changeService, servicesInForce } from '../../../src/notify/services-in-force.ts';
import type { StoredService } from '../../../src/notify/tables.ts';
import { openVault } from '../../../src/platform/vault.ts';

const vault = await openVault('a secret of thirty-two characters');
const ours = 'https://hooks.example.org';
const theirs = 'https://evil.example';

const inGit = (settings: JsonObject): GitService => ({
  name: 'hook',
  kind: 'webhook',
  settings,
  secrets: {},
  origin: 'fleet/cm.yaml',
});
const change = (input: Partial<NotifyServiceInput>, more: { before?: StoredService; git?: GitService } = {}) =>
  changeService('hook', { kind: 'webhook', settings: {}, ...input }, { before: more.before, git: more.git, vault });
async function access(stored: StoredService, git?: GitService) {
  const rules = mergeNotify(git === undefined ? [] : [{ id: 'fleet', value: { ...NO_NOTIFY, services: [git] } }]);
  const service = servicesInForce(rules, [stored]).get('hook');
  if (service === undefined) throw new Error('the service is not in force');
  return accessService(service, vault);
}
const SECRETS = { signingKey: 'canary-signing', authorization: 'canary-auth' };

async function given(git?: GitService, settings: JsonObject = {}): Promise<StoredService> {
  const stored = await change({ secret: SECRETS, settings }, git === undefined ? {} : { git });
  if (!stored.ok) throw new Error(stored.error.message);
  return stored.value;
}

describe('S08, S13: a secret that people stored goes where it was meant to go', () => {
  it('to the address that Git named then', async () => {
    const git = inGit({ url: ours });
    expect(await access(await given(git), git)).toMatchObject({ ok: true, value: { settings: { url: ours }, secrets: SECRETS } });
  });

  it.each<[string, GitService | undefined, JsonObject, GitService]>([
    ['a push changes the address', inGit({ url: ours }), {}, inGit({ url: theirs })],
    ['a push gives it one that it did not have', undefined, {}, inGit({ url: theirs })],
  ])('and nowhere when %s', async (_what, before, settings, after) => {
    const found = await access(await given(before, settings), after);
    expect(found.ok).toBe(false);
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  it('what people set as address goes before what Git says', async () => {
    const found = await access(await given(undefined, { url: ours }), inGit({ url: theirs }));
    expect(found).toMatchObject({ ok: true, value: { settings: { url: ours } } });
  });

  it('after a move only with all secrets given again', async () => {
    const before = await given(inGit({ url: ours }));
    const git = inGit({ url: theirs });
    const some = await change({ secret: { signingKey: 'new' } }, { before, git });
    expect(some.ok ? undefined : some.error.code).toBe('api.invalid');
    const all = await change({ secret: SECRETS }, { before, git });
    expect(all.ok && (await access(all.value, git)).ok).toBe(true);
  });

  it('what else is said of it changes nothing', async () => {
    const before = await given(inGit({ url: ours }));
    const git = inGit({ url: ours, headers: { 'x-team': 'shop' } });
    const changed = await change({ secret: { signingKey: 'new' } }, { before, git });
    expect(changed.ok && (await access(changed.value, git))).toMatchObject({
      ok: true,
      value: { secrets: { ...SECRETS, signingKey: 'new' } },
    });
  });
});
