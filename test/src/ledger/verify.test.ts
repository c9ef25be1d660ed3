import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { objectId, parseCommit, writeCommit } from '../../../core/ledger/git-object.ts';
import { signSsh } from '../../../core/ledger/ssh-signature.ts';
import { verifyLedger } from '../../../core/ledger/verify.ts';
import type { LedgerTrust } from '../../../core/ledger/verify-step.ts';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import { RECEIPT_TYPE } from '../../../core/protocol/messages.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { readClone } from './git-objects.ts';
import { app, CANARY, createTestLedger, deploy, makeSigner, objects, REVISION, type TestLedger } from './ledger-fixture.ts';
import { type GitHost, git, hostLedger } from './stock-git.ts';

// Git itself is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
let ledger: TestLedger;
let host: GitHost;
let trust: LedgerTrust;
let clones = 0;

beforeAll(async () => {
  ledger = await createTestLedger();
  const web = deploy('web');
  const ran = (generation: number, bundle: string, more = {}) =>
    ledger.receipt({ app: 'web', generation, bundle, snapshot: digest(String(generation)), ...more });
  await ledger.record([web, deploy('api')], [{ generation: 1, digest: digest('1') }]);
  await ledger.record([await ran(1, web.bundle, { results: [{ key: 'apps/Deployment/shop/web', action: 'created' }] })]);
  const second = deploy('web', { version: 2, generation: 2 });
  await ledger.record([second], [{ generation: 2, digest: digest('2') }]);
  await ledger.record([await ran(1, web.bundle), await ran(2, second.bundle, { outcome: 'failed' })]);
  await ledger.record([
    { kind: 'hold', app: app('web'), revision: 'f'.repeat(40), problems: [{ code: 'render.empty', message: 'no objects' }] },
  ]);
  const request = { id: 'r1', kind: 'sync', actor: 'ana' } as const;
  await ledger.record([{ kind: 'request', app: 'web', generation: 3, request }], [{ generation: 3, digest: digest('3') }]);
  await ledger.record(
    [{ kind: 'remove', app: 'api', generation: 4, onDelete: 'prune' }],
    [{ generation: 4, digest: digest('4') }],
  );
  await ledger.record([
    await ledger.receipt({ app: 'api', generation: 4, snapshot: digest('4'), outcome: 'failed', bundle: deploy('api').bundle }),
    await ledger.receipt({ app: 'api', generation: 4, snapshot: digest('4'), outcome: 'removed', bundle: deploy('api').bundle }),
  ]);
  await ledger.record([{ kind: 'hold', app: app('new'), revision: '', problems: [{ code: 'git.auth', message: 'refused' }] }]);
  const both = deploy('new', { generation: 5 });
  await ledger.record([both, { kind: 'request', app: 'new', generation: 6, request }], [{ generation: 6, digest: digest('6') }]);
  await ledger.record([deploy('new', { generation: 7, as: 'policy' })], [{ generation: 7, digest: digest('7') }]);
  host = await hostLedger(ledger.sql);
  trust = { signers: [ledger.signer.publicKey], agents: [ledger.agent.publicKey], verify: verifyEd25519 };
});
afterAll(() => host.stop());

async function clone(): Promise<string> {
  const name = `clone-${++clones}`;
  await git(host.folder, 'clone', '-q', host.url, name);
  return join(host.folder, name);
}

async function verify(folder: string, keys: Partial<LedgerTrust> = {}) {
  const head = (await git(folder, 'rev-parse', 'HEAD')).trim();
  return verifyLedger(await readClone(folder), head, { ...trust, ...keys });
}

const codes = (report: Awaited<ReturnType<typeof verify>>) => [...new Set(report.findings.map((finding) => finding.code))];

/** Commits the work tree as Plumbline would, signed with a key, under a message. */
async function forge(folder: string, message: string, signer: Signer): Promise<void> {
  await git(folder, 'add', '-A');
  await git(folder, '-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-q', '--allow-empty', '-m', message);
  const raw = await git(folder, 'cat-file', 'commit', 'HEAD');
  const commit = parseCommit(Buffer.from(raw));
  if (commit === undefined) throw new Error('not a commit');
  const text = writeCommit(commit, await signSsh(commit.signed, signer));
  const file = join(host.folder, 'forged');
  await writeFile(file, text);
  const oid = (await git(folder, 'hash-object', '-t', 'commit', '-w', file)).trim();
  await git(folder, 'reset', '-q', '--hard', oid);
}

async function edit(folder: string, path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(folder, path), change(await readFile(join(folder, path), 'utf8')));
}

test('a ledger proves commit, digest and receipt from a stock clone', async () => {
  const report = await verify(await clone());
  expect(report).toMatchObject({ commits: 11, deployments: 5, receipts: 5, findings: [] });
  expect(report.manifests).toBe(10);
  expect(report.masked).toBe(3);
});

describe('a holder of no key cannot', () => {
  test('change a file in an unsigned commit', async () => {
    const folder = await clone();
    await edit(folder, 'apps/web/app.json', (text) => text.replace('"main"', '"evil"'));
    await git(folder, '-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-qam', 'nothing to see');
    expect(codes(await verify(folder))).toEqual(['commit.signature', 'tree.unnamed']);
  });

  test('put a signed message on another tree', async () => {
    const folder = await clone();
    const raw = await git(folder, 'cat-file', 'commit', 'HEAD');
    const tree = (await git(folder, 'rev-parse', 'HEAD~3^{tree}')).trim();
    await writeFile(join(host.folder, 'moved'), raw.replace(/^tree .*/, `tree ${tree}`));
    const oid = (await git(folder, 'hash-object', '-t', 'commit', '-w', join(host.folder, 'moved'))).trim();
    await git(folder, 'reset', '-q', '--hard', oid);
    expect(codes(await verify(folder))).toContain('commit.signature');
  });

  test('drop a commit from the middle', async () => {
    const folder = await clone();
    const raw = await git(folder, 'cat-file', 'commit', 'HEAD');
    const parent = (await git(folder, 'rev-parse', 'HEAD~2')).trim();
    await writeFile(join(host.folder, 'dropped'), raw.replace(/^parent .*/m, `parent ${parent}`));
    const oid = (await git(folder, 'hash-object', '-t', 'commit', '-w', join(host.folder, 'dropped'))).trim();
    await git(folder, 'reset', '-q', '--hard', oid);
    expect(codes(await verify(folder))).toContain('commit.signature');
  });

  test('sign with a key that is not listed', async () => {
    const folder = await clone();
    await forge(folder, 'web: deploy\n', await makeSigner());
    expect(codes(await verify(folder))).toEqual(['commit.signature']);
  });

  test('serve other bytes under the name of an object', async () => {
    const folder = await clone();
    const reader = await readClone(folder);
    const head = (await git(folder, 'rev-parse', 'HEAD')).trim();
    const victim = (await git(folder, 'rev-parse', 'HEAD:apps/web/app.json')).trim();
    const lying = {
      read: async (oid: string) =>
        oid === victim ? { type: 'blob', data: new Uint8Array(Buffer.from('{}')) } : reader.read(oid),
    };
    expect(objectId('blob', new Uint8Array(Buffer.from('{}')))).not.toBe(victim);
    expect(codes(await verifyLedger(lying, head, trust))).not.toEqual([]);
  });
});

describe('a holder of the ledger key alone cannot', () => {
  test('change a manifest under an unchanged digest', async () => {
    const folder = await clone();
    await edit(folder, 'apps/web/manifests/deployment-shop-web.yaml', (text) => text.replace('replicas: 3', 'replicas: 4'));
    const file = JSON.parse(await readFile(join(folder, 'apps/web/app.json'), 'utf8')) as {
      bundle: string;
      revision: string;
      generation: number;
    };
    const trailers = `App: web\nAction: deploy\nRevision: ${file.revision}\nBundle: ${file.bundle}\nGeneration: ${file.generation}`;
    await forge(folder, `web: deploy\n\n${trailers}\n`, ledger.signer);
    expect(codes(await verify(folder))).toEqual(['manifest.digest']);
  });

  test('change an App without naming it', async () => {
    const folder = await clone();
    await edit(folder, 'apps/web/app.json', (text) => text.replace('"main"', '"evil"'));
    await forge(folder, 'api: hold\n\nApp: api\nAction: hold\n', ledger.signer);
    expect(codes(await verify(folder))).toEqual(['tree.unnamed']);
  });

  test('change what runs under the name of a hold', async () => {
    const folder = await clone();
    await edit(folder, 'apps/web/manifests/service-shop-web.yaml', (text) => text.replace('80', '81'));
    await forge(folder, 'web: hold\n\nApp: web\nAction: hold\n', ledger.signer);
    expect(codes(await verify(folder))).toEqual(['tree.unnamed']);
  });

  test('record another bundle than the object digests give', async () => {
    const folder = await clone();
    const other = digest('e');
    await edit(folder, 'apps/web/app.json', (text) => text.replace(/"bundle": "[^"]*"/, `"bundle": "${other}"`));
    const file = JSON.parse(await readFile(join(folder, 'apps/web/app.json'), 'utf8')) as {
      revision: string;
      generation: number;
    };
    const trailers = `App: web\nAction: deploy\nRevision: ${file.revision}\nBundle: ${other}\nGeneration: ${file.generation}`;
    await forge(folder, `web: deploy\n\n${trailers}\n`, ledger.signer);
    expect(codes(await verify(folder))).toEqual(['app.bundle']);
  });

  test('make a receipt', async () => {
    const folder = await clone();
    const file = JSON.parse(await readFile(join(folder, 'receipts/web.json'), 'utf8')) as { receipt: object };
    const receipt = { ...file.receipt, id: 'forged', outcome: 'synced' };
    const envelope = await signEnvelope(RECEIPT_TYPE, receipt, ledger.signer);
    await writeFile(join(folder, 'receipts/web.json'), JSON.stringify({ format: 1, receipt, envelope }));
    await forge(folder, 'web: synced\n\nApp: web\nAction: synced\nReceipt: forged\n', ledger.signer);
    expect(codes(await verify(folder))).toEqual(['receipt.signature']);
  });

  test('show another receipt than the one that was signed', async () => {
    const folder = await clone();
    await edit(folder, 'receipts/api.json', (text) => {
      const { earlier: _, ...file } = JSON.parse(text) as { earlier: unknown };
      return JSON.stringify(file).replace('"status":"Healthy"', '"status":"Degraded"');
    });
    const { id } = (JSON.parse(await readFile(join(folder, 'receipts/api.json'), 'utf8')) as { receipt: { id: string } }).receipt;
    const trailers = `App: api\nAction: removed\nRevision: ${REVISION}\nBundle: ${deploy('api').bundle}\nGeneration: 4\nReceipt: ${id}`;
    await forge(folder, `api: removed\n\n${trailers}\n`, ledger.signer);
    expect(codes(await verify(folder))).toEqual(['receipt.file']);
  });

  test('S12 write a Secret value into the ledger unnoticed', async () => {
    const other = await createTestLedger();
    const plain = deploy('web', { objects: objects('web').filter((object) => object.kind === 'Secret') });
    await other.record([plain], [{ generation: 1, digest: digest('1') }]);
    const server = await hostLedger(other.sql);
    try {
      await git(server.folder, 'clone', '-q', server.url, 'plain');
      const folder = join(server.folder, 'plain');
      await edit(folder, 'apps/web/manifests/secret-shop-web.yaml', (text) => text.replace('"(masked)"', CANARY));
      const trailers = `App: web\nAction: deploy\nRevision: ${plain.revision}\nBundle: ${plain.bundle}\nGeneration: 1`;
      await forge(folder, `web: deploy\n\n${trailers}\n`, other.signer);
      expect(codes(await verify(folder, { signers: [other.signer.publicKey] }))).toEqual(['manifest.unmasked']);
    } finally {
      await server.stop();
    }
  });
});

test('a receipt for another bundle than was decided is found', async () => {
  const other = await createTestLedger();
  await other.record([deploy('web')], [{ generation: 1, digest: digest('1') }]);
  await other.record([await other.receipt({ app: 'web', generation: 1, bundle: digest('b'), snapshot: digest('1') })]);
  await other.record([await other.receipt({ app: 'web', generation: 1, bundle: deploy('web').bundle, snapshot: digest('9') })]);
  const server = await hostLedger(other.sql);
  try {
    await git(server.folder, 'clone', '-q', server.url, 'one');
    const keys = { signers: [other.signer.publicKey], agents: [other.agent.publicKey] };
    expect(codes(await verify(join(server.folder, 'one'), keys))).toEqual(['receipt.bundle', 'receipt.snapshot']);
  } finally {
    await server.stop();
  }
});
