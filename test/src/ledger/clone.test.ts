import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allowedSigners } from '../../../core/ledger/allowed-signers.ts';
import { CANARY, createTestLedger, deploy, type TestLedger } from './ledger-fixture.ts';
import { type GitHost, git, hostLedger, signatureStates, writeSigners } from './stock-git.ts';

// Git itself is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let ledger: TestLedger;
let host: GitHost;
let signers: string;

async function begin(): Promise<void> {
  ledger = await createTestLedger();
  await ledger.record([deploy('web')]);
  await ledger.record([await ledger.receipt({ app: 'web', results: [{ key: 'apps/Deployment/shop/web', action: 'created' }] })]);
  await ledger.record([deploy('web', { version: 2, generation: 2 }), deploy('api', { generation: 2 })]);
  host = await hostLedger(ledger.sql);
  signers = await writeSigners(host, allowedSigners('plumbline', [{ key: ledger.signer.publicKey }]));
}

describe.each(['0', '1', '2'])('stock git, protocol version %s', (version) => {
  beforeAll(begin);
  afterAll(() => host.stop());
  const clone = (name: string, ...args: string[]) =>
    git(host.folder, '-c', `protocol.version=${version}`, 'clone', '-q', ...args, host.url, `${name}-${version}`);
  const at = (name: string) => join(host.folder, `${name}-${version}`);

  test('a clone has every commit, each with a good signature, and fsck is clean', async () => {
    await clone('all');
    expect(await signatureStates(at('all'), signers)).toEqual(['G', 'G', 'G']);
    expect(await git(at('all'), 'fsck', '--strict')).toBe('');
  });

  test('S12 no Secret value is in any object of a clone', async () => {
    await clone('canary');
    const everything = await git(at('canary'), 'log', '-p', '--all', '--format=raw');
    expect(everything).toContain('(masked)');
    expect(everything).not.toContain(CANARY);
    expect(everything).not.toContain(Buffer.from(CANARY).toString('base64'));
    expect(await readFile(join(at('canary'), 'apps/web/manifests/secret-shop-web.yaml'), 'utf8')).toContain(
      'password: "(masked)"',
    );
  });

  test('a fetch brings only what is new', async () => {
    await clone('fetch');
    const before = host.sent();
    await ledger.record([deploy('web', { version: 3 + Number(version), generation: 3 })]);
    await git(at('fetch'), '-c', `protocol.version=${version}`, 'pull', '-q');
    expect(host.sent() - before).toBeLessThan(8000);
    expect(await git(at('fetch'), 'fsck', '--strict')).toBe('');
    expect(await git(at('fetch'), 'log', '-1', '--format=%s')).toBe('web: deploy 4f1c2aa to eu-1\n');
  });

  test('--depth 1 brings one commit, and --unshallow the rest', async () => {
    await clone('shallow', '--depth', '1');
    expect(await git(at('shallow'), 'rev-list', '--count', 'HEAD')).toBe('1\n');
    await git(at('shallow'), '-c', `protocol.version=${version}`, 'fetch', '-q', '--deepen', '1');
    expect(await git(at('shallow'), 'rev-list', '--count', 'HEAD')).toBe('2\n');
    await git(at('shallow'), '-c', `protocol.version=${version}`, 'fetch', '-q', '--unshallow');
    expect(Number(await git(at('shallow'), 'rev-list', '--count', 'HEAD'))).toBeGreaterThan(2);
    expect(await git(at('shallow'), 'fsck', '--strict')).toBe('');
  });
});
