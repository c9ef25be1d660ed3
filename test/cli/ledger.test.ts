import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseAllowedSigners } from '../../cli/ledger/trusted-keys.ts';
import { allowedSigners } from '../../core/ledger/allowed-signers.ts';
import { serveLedger } from '../../src/ledger/serve.ts';
import { createTestLedger, deploy, makeSigner, type TestLedger } from '../src/ledger/ledger-fixture.ts';
import { git } from '../src/ledger/stock-git.ts';
import { type ApiServer, startApiServer, TOKEN } from './api-server.ts';
import { type Run, runPlumb } from './run-plumb.ts';

vi.setConfig({ testTimeout: 60_000 });

let ledger: TestLedger;
let server: ApiServer;
let home: string;
let head: string;

beforeAll(async () => {
  ledger = await createTestLedger();
  const web = deploy('web');
  const snapshot = `sha256:${'1'.repeat(64)}`;
  await ledger.record([web], [{ generation: 1, digest: snapshot }]);
  head = await ledger.record([await ledger.receipt({ app: 'web', bundle: web.bundle, generation: 1, snapshot })]);
  server = await startApiServer(serveGit);
  const { publicKey } = ledger.signer;
  server.state.keys = { version: 1, online: [publicKey], everSigned: [publicKey] };
  const counts = { total: 1, synced: 1, healthy: 1 };
  server.state.clusters = [
    { name: 'eu-1', generation: 1, keys: 1, apps: counts, problems: [], agentKeys: [ledger.agent.publicKey], ledgerHead: head },
  ];
  home = await mkdtemp(join(tmpdir(), 'plumb-ledger-test-'));
});
afterAll(() => server.stop());

/** The ledger itself, which needs the token as every other route does. */
async function serveGit(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (request.url?.startsWith('/ledger/') !== true) return false;
  if (request.headers.authorization !== `Bearer ${TOKEN}`) {
    response.writeHead(401).end();
    return true;
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value);
  // Node's own stream type and the one of fetch differ only by name.
  const body = request.method === 'POST' ? { body: Readable.toWeb(request) as unknown as ReadableStream, duplex: 'half' } : {};
  const answer = await serveLedger(
    ledger.sql,
    new Request(`http://127.0.0.1${request.url}`, { method: request.method ?? 'GET', headers, ...body } as RequestInit),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
  return true;
}

async function plumb(...args: readonly string[]): Promise<Run> {
  const run = await runPlumb(args, { home, env: { PLUMBLINE_URL: server.url, PLUMBLINE_API_TOKEN: TOKEN } });
  expect(run.out + run.err).not.toContain(TOKEN);
  return run;
}

it('verify proves the ledger of a cluster as it is served, and leaves nothing behind', async () => {
  const leftovers = async () =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('plumb-ledger-') && !name.startsWith('plumb-ledger-test-'));
  const before = await leftovers();
  const run = await plumb('ledger', 'verify', 'eu-1', '-o', 'json');
  expect(run.err).toBe('');
  expect(JSON.parse(run.out)).toEqual({ head, commits: 2, deployments: 1, manifests: 3, masked: 1, receipts: 1, findings: [] });
  expect(run.code).toBe(0);
  expect(await leftovers()).toEqual(before);
});

it('clone keeps the token in no file, and takes what is new when it is repeated', async () => {
  const first = await plumb('ledger', 'clone', 'eu-1', '-o', 'json');
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(first.out)).toMatchObject({ cluster: 'eu-1', head });
  const clone = join(home, 'eu-1');
  expect(await readFile(join(clone, '.git/config'), 'utf8')).not.toContain(TOKEN);
  head = await ledger.record([deploy('shop', { generation: 2 })], [{ generation: 2, digest: `sha256:${'2'.repeat(64)}` }]);
  expect(JSON.parse((await plumb('ledger', 'clone', 'eu-1', '-o', 'json')).out)).toMatchObject({ head });
  expect((await plumb('ledger', 'verify', './eu-1')).code).toBe(0);
});

it('verify works without the Worker, against keys that were kept', async () => {
  const signers = join(home, 'signers');
  await writeFile(signers, allowedSigners('plumbline@eu-1', [{ key: ledger.signer.publicKey }]));
  const args = ['ledger', 'verify', './eu-1', '--signers', 'signers', '--agent-key', ledger.agent.publicKey.key];
  expect((await runPlumb(args, { home })).code).toBe(0);
  const other = await makeSigner();
  await writeFile(signers, allowedSigners('plumbline@eu-1', [{ key: other.publicKey }]));
  expect(await runPlumb(args, { home })).toMatchObject({ code: 1, out: expect.stringContaining('[commit.signature]') });
});

it('verify ends with 1 for a commit that somebody added (S12)', async () => {
  const clone = join(home, 'eu-1');
  await git(
    clone,
    '-c',
    'user.name=Eve',
    '-c',
    'user.email=eve@example.com',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'web: deploy evil',
  );
  const run = await plumb('ledger', 'verify', './eu-1');
  expect(run).toMatchObject({
    code: 1,
    out: expect.stringContaining('[commit.signature]'),
    err: expect.stringContaining('the newest entry is'),
  });
});

it('verify does not believe objects that stand in for others', async () => {
  const clone = join(home, 'replaced');
  await git(home, 'clone', '--quiet', '--bare', 'eu-1', clone);
  await git(clone, 'update-ref', 'refs/heads/main', head);
  const who = ['-c', 'user.name=Eve', '-c', 'user.email=eve@example.com'];
  const forged = (await git(clone, ...who, 'commit-tree', '-p', `${head}~1`, '-m', 'forged', `${head}^{tree}`)).trim();
  await git(clone, 'replace', head, forged);
  expect(await git(clone, 'log', '-1', '--format=%s', head)).toBe('forged\n');
  expect(JSON.parse((await plumb('ledger', 'verify', clone, '--cluster', 'eu-1', '-o', 'json')).out)).toMatchObject({
    head,
    commits: 3,
    findings: [],
  });
});

it('verify and clone of what is no ledger are explained', async () => {
  expect((await plumb('ledger', 'verify', home)).code).toBe(1);
  await git(home, 'init', '--quiet', 'empty');
  expect((await plumb('ledger', 'verify', './empty', '--cluster', 'eu-1')).code).toBe(1);
  expect((await plumb('ledger', 'verify', 'No Cluster')).code).toBe(2);
  expect((await plumb('ledger', 'verify', 'us-1')).code).toBe(3);
  expect((await runPlumb(['ledger', 'clone', 'eu-1', 'elsewhere'], { home, env: { PLUMBLINE_URL: server.url } })).code).toBe(3);
});

it('an allowed_signers file gives its keys, and nothing that only looks like one', async () => {
  const [one, two] = [await makeSigner(), await makeSigner()];
  const text = allowedSigners('a@b', [{ key: one.publicKey }, { key: two.publicKey, until: 1_700_000_000_000 }]);
  expect(parseAllowedSigners(`# comment\n${text}x ssh-ed25519 AAAA\n`)).toEqual([one.publicKey, two.publicKey]);
});
