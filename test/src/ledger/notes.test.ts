import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { allowedSigners } from '../../../core/ledger/allowed-signers.ts';
import { parseTrailers } from '../../../core/ledger/trailers.ts';
import { createTestLedger, deploy, type TestLedger } from './ledger-fixture.ts';
import { type GitHost, git, hostLedger, signatureStates, writeSigners } from './stock-git.ts';

// Git itself is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let ledger: TestLedger;
let host: GitHost;

const suspended = {
  kind: 'note',
  app: 'web',
  action: 'suspend',
  text: 'suspended by ana',
  actor: 'ana',
  reason: 'incident 7',
} as const;
const token = { kind: 'note', action: 'token', text: 'token ci made by ana', actor: 'ana' } as const;

beforeAll(async () => {
  ledger = await createTestLedger();
  // The first entry of the installation's own ledger is a note, and so is one after a deployment.
  await ledger.record([token]);
  await ledger.record([deploy('web')]);
  await ledger.record([suspended]);
  await ledger.record([token, suspended]);
  host = await hostLedger(ledger.sql);
  await git(host.folder, 'clone', '-q', host.url, 'notes');
});
afterAll(() => host.stop());

const log = (format: string) => git(`${host.folder}/notes`, 'log', `--format=${format}`);

test('a note is a signed commit that changes no file, and fsck is clean', async () => {
  const signers = await writeSigners(host, allowedSigners('plumbline', [{ key: ledger.signer.publicKey }]));
  expect(await signatureStates(`${host.folder}/notes`, signers)).toEqual(['G', 'G', 'G', 'G']);
  expect(await git(`${host.folder}/notes`, 'fsck', '--strict')).toBe('');
  expect(await git(`${host.folder}/notes`, 'diff', '--stat', 'HEAD~2', 'HEAD')).toBe('');
});

test('its first line says what happened, and to which App if to one', async () => {
  expect(
    (await log('%s'))
      .trim()
      .split('\n')
      .reverse()
      .filter((line) => !line.includes('deploy')),
  ).toEqual(['token ci made by ana', 'web: suspended by ana', '2 apps: token 1, suspend 1']);
});

test('programs read who did it and why from its trailers', async () => {
  expect(parseTrailers(await git(`${host.folder}/notes`, 'log', '-1', '--format=%B')).changes).toEqual([
    { app: '', action: 'token', actor: 'ana' },
    { app: 'web', action: 'suspend', actor: 'ana', reason: 'incident 7' },
  ]);
});

test('a line of a note cannot pretend to be a trailer', async () => {
  await ledger.record([{ ...token, text: 'x\n\nApp: web\nAction: deploy', reason: 'y\nActor: root' }]);
  await git(`${host.folder}/notes`, 'pull', '-q');
  const { changes } = parseTrailers(await git(`${host.folder}/notes`, 'log', '-1', '--format=%B'));
  expect(changes.map(({ app, action, actor }) => ({ app, action, actor }))).toEqual([{ app: '', action: 'token', actor: 'ana' }]);
});
