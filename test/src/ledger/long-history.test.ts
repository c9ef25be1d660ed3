import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allowedSigners } from '../../../core/ledger/allowed-signers.ts';
import { FLUSH, joinPackets, writeLine } from '../../../src/ledger/pkt-line.ts';
import { serveLedger } from '../../../src/ledger/serve.ts';
import { createTestLedger, deploy, type TestLedger } from './ledger-fixture.ts';
import { type GitHost, git, hostLedger, signatureStates, writeSigners } from './stock-git.ts';

// Git itself is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const APPS = 200;
const ENTRIES = 60;
let ledger: TestLedger;
let host: GitHost;
let signers: string;
const commits: string[] = [];
let generation = 1;

/** Most entries change one App; every fifth brings back an older version, so its objects are much older than its commit. */
async function grow(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    generation++;
    const version = generation % 5 === 0 ? 1 : generation;
    commits.push(await ledger.record([deploy(`app-${generation % APPS}`, { version, generation })]));
  }
}

beforeAll(async () => {
  ledger = await createTestLedger();
  commits.push(await ledger.record(Array.from({ length: APPS }, (_, i) => deploy(`app-${i}`))));
  const start = performance.now();
  await grow(ENTRIES);
  const each = (performance.now() - start) / ENTRIES;
  // Printed, not asserted: the machine may be busy.
  console.log(`ledger of ${APPS} apps: ${each.toFixed(2)} ms per entry of one app with four objects, rendering digests included`);
  host = await hostLedger(ledger.sql);
  signers = await writeSigners(host, allowedSigners('plumbline', [{ key: ledger.signer.publicKey }]));
});
afterAll(() => host.stop());

const at = (name: string) => join(host.folder, name);
const clone = (name: string, ...args: string[]) => git(host.folder, 'clone', '-q', ...args, host.url, name);
const isClean = async (name: string) => expect(await git(at(name), 'fsck', '--strict', '--no-dangling')).toBe('');

test('the list of Apps is stored as differences, so entries do not grow with the number of Apps', () => {
  const [tree] = ledger.sql.all<{ stored: number; size: number }>(
    "SELECT avg(length(data)) AS stored, avg(size) AS size FROM ledger_object WHERE type = 'tree' AND size > 5000 AND id > 1610",
  );
  expect(tree?.stored).toBeLessThan((tree?.size ?? 0) / 5);
});

test('a clone of a long history is complete', async () => {
  await clone('all');
  await isClean('all');
  // Git starts ssh-keygen for every commit, so that a sample has to do; clone.test.ts looks at all.
  expect(await signatureStates(at('all'), signers, '-10')).toEqual(Array(10).fill('G'));
  expect(await git(at('all'), 'rev-list', '--count', 'HEAD')).toBe(`${commits.length}\n`);
});

test('a fetch from an old commit gets differences to trees that the client has', async () => {
  await clone('old');
  await grow(10);
  const before = host.sent();
  await git(at('old'), 'pull', '-q');
  await isClean('old');
  expect(host.sent() - before).toBeLessThan(10 * 8000);
});

test('a client that cannot complete thin packs gets whole trees', async () => {
  const want = commits.at(-1) ?? '';
  const have = commits.at(-5) ?? '';
  const body = joinPackets([writeLine(`want ${want} ofs-delta`), FLUSH, writeLine(`have ${have}`), writeLine('done')]);
  const response = await serveLedger(
    ledger.sql,
    new Request('https://x/eu-1.git/git-upload-pack', {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/x-git-upload-pack-request' },
    }),
  );
  const answer = Buffer.from(await response.arrayBuffer());
  const pack = answer.subarray(answer.indexOf('PACK'));
  await git(host.folder, 'init', '-q', 'thick');
  // Without --fix-thin, index-pack refuses a pack that refers to objects outside it.
  execFileSync('git', ['index-pack', '--stdin'], { cwd: at('thick'), input: pack });
});

describe('a shallow clone', () => {
  test('gets objects again that were there before its history begins', async () => {
    await ledger.record([deploy('comeback', { version: 7001 })]);
    await ledger.record([deploy('comeback', { version: 7002 })]);
    await clone('shallow', '--depth', '1');
    await ledger.record([deploy('comeback', { version: 7001 })]);
    await git(at('shallow'), 'pull', '-q');
    await isClean('shallow');
    expect(await git(at('shallow'), 'rev-list', '--count', 'HEAD')).toBe('2\n');
  });

  test.each([2, 1000])('of depth %i is complete, deepens and becomes whole', async (depth) => {
    const name = `depth-${depth}`;
    await clone(name, '--depth', String(depth));
    await git(at(name), 'fetch', '-q', '--deepen', '5');
    await isClean(name);
    await git(at(name), 'fetch', '-q', '--depth', '3');
    await isClean(name);
    await git(at(name), 'fetch', '-q', '--depth', '2147483647');
    await isClean(name);
    const all = await git(at(name), 'rev-list', '--count', 'HEAD');
    expect(Number(all)).toBe(ledger.sql.all('SELECT seq FROM ledger_entry').length);
  });
});

test('clones made while entries are added are complete, each at one commit', async () => {
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await grow(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    for (let i = 0; i < 3; i++) {
      const name = `during-${i}`;
      await clone(name, ...(i % 2 === 0 ? [] : ['--depth', '2']));
      await git(at(name), 'pull', '-q');
      await isClean(name);
      expect(await signatureStates(at(name), signers, '-3')).toEqual(['G', 'G', 'G']);
    }
  } finally {
    writing = false;
    await writer;
  }
}, 60_000);
