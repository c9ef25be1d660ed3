import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { FLUSH, joinPackets, writeLine } from '../../../src/ledger/pkt-line.ts';
import { serveLedger } from '../../../src/ledger/serve.ts';
import { createTestLedger, deploy, type TestLedger } from './ledger-fixture.ts';

let ledger: TestLedger;
let head: string;
const TYPE = 'application/x-git-upload-pack-request';
const text = (lines: readonly string[]) => joinPackets([...lines.map(writeLine), FLUSH]);

beforeAll(async () => {
  ledger = await createTestLedger();
  head = await ledger.record([deploy('web')]);
});

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return serveLedger(ledger.sql, new Request(`https://plumbline.example.com/ledger/eu-1.git${path}`, init));
}

function upload(body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return ask('/git-upload-pack', {
    method: 'POST',
    body: body as Uint8Array<ArrayBuffer>,
    headers: { 'content-type': TYPE, ...headers },
  });
}

async function errorOf(response: Response): Promise<string> {
  const body = await response.text();
  expect(body.slice(4, 8)).toBe('ERR ');
  return body;
}

describe('a request that is not a fetch is refused', () => {
  test.each([
    ['/info/refs?service=git-receive-pack', 'GET', 403],
    ['/git-receive-pack', 'POST', 403],
    ['/info/refs', 'GET', 403],
    ['/info/refs?service=git-upload-pack', 'POST', 405],
    ['/git-upload-pack', 'GET', 405],
    ['/objects/info/packs', 'GET', 404],
    ['/HEAD', 'GET', 404],
  ])('%s %s gives %i', async (path, method, status) => {
    expect((await ask(path, { method })).status).toBe(status);
  });

  test('another content type gives 415', async () => {
    expect((await upload(FLUSH, { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe.each(['0', '2'])('protocol version %s', (version) => {
  const headers: Record<string, string> = version === '2' ? { 'git-protocol': 'version=2' } : {};
  const wrap = (lines: readonly string[]) =>
    version === '2'
      ? joinPackets([writeLine('command=fetch'), new TextEncoder().encode('0001'), ...lines.map(writeLine), FLUSH])
      : joinPackets([...lines.filter((line) => line !== 'done').map(writeLine), FLUSH, writeLine('done')]);

  test('an object that is not a commit of the ledger cannot be wanted', async () => {
    expect(await errorOf(await upload(wrap([`want ${'a'.repeat(40)}`, 'done']), headers))).toContain('not our ref');
  });

  test('a tree cannot be wanted', async () => {
    const tree = ledger.sql.all<{ oid: string }>("SELECT oid FROM ledger_object WHERE type = 'tree' LIMIT 1")[0]?.oid;
    expect(await errorOf(await upload(wrap([`want ${tree}`, 'done']), headers))).toContain('not our ref');
  });

  test.each([
    ['want zz'],
    ['want'],
    [`have ${'A'.repeat(40)}`],
    ['deepen 0'],
    ['deepen x'],
    ['deepen-since 1'],
    ['filter blob:none'],
  ])('%s is refused with a reason', async (line) => {
    await errorOf(await upload(wrap([`want ${head}`, line, 'done']), headers));
  });

  test('unknown haves and shallows do no harm', async () => {
    const lines = [`want ${head}`, `shallow ${'b'.repeat(40)}`, `have ${'c'.repeat(40)}`, 'done'];
    const body = Buffer.from(await (await upload(wrap(lines), headers)).arrayBuffer());
    expect(body.includes('PACK')).toBe(true);
  });

  test('I8 endless haves end at a limit', async () => {
    const have = writeLine(`have ${'c'.repeat(40)}`);
    const body = joinPackets([writeLine(`want ${head}`), FLUSH, ...Array.from({ length: 60_000 }, () => have)]);
    expect((await upload(body, headers)).status).toBe(413);
  });

  test('I8 a gzip bomb ends at the same limit', async () => {
    const bomb = gzipSync(new Uint8Array(100_000_000));
    expect(bomb.length).toBeLessThan(200_000);
    expect((await upload(bomb, { ...headers, 'content-encoding': 'gzip' })).status).toBe(413);
  });

  test.each([['zzzz'], ['0003'], ['fff0short'], ['00'], ['-001'], ['000g']])('broken framing %s is refused', async (bytes) => {
    await errorOf(await upload(new TextEncoder().encode(bytes), headers));
  });
});

test('a body that says gzip and is not gives 400', async () => {
  expect((await upload(text([`want ${head}`]), { 'content-encoding': 'gzip' })).status).toBe(400);
  expect((await upload(text([`want ${head}`]), { 'content-encoding': 'br' })).status).toBe(400);
});

test('an unknown command of version 2 is refused', async () => {
  await errorOf(await upload(text(['command=object-info']), { 'git-protocol': 'version=2' }));
});

test('an empty ledger can be cloned: it has no refs', async () => {
  const empty = await createTestLedger();
  const url = 'https://plumbline.example.com/ledger/eu-1.git/info/refs?service=git-upload-pack';
  const response = await serveLedger(empty.sql, new Request(url));
  expect(await response.text()).toContain(`${'0'.repeat(40)} capabilities^{}`);
});
