import { describe, expect, test } from 'vitest';
import { readAdvertisement } from '../../../src/fetch/advertisement.ts';
import { ByteReader } from '../../../src/fetch/byte-reader.ts';
import { settle } from '../../../src/fetch/failure.ts';
import { encodePackQuestion, openPack } from '../../../src/fetch/fetch-pack.ts';
import { encodeLsRefs, readLsRefs } from '../../../src/fetch/ls-refs.ts';
import { encodePackets, packetText, readPacket } from '../../../src/fetch/pkt-line.ts';
import { bytesOf, concat, inPieces } from './make-pack.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const readerOf = (bytes: Uint8Array, pieces = 5): ByteReader => new ByteReader(inPieces(bytes, pieces));
const line = (text: string): string => (bytesOf(text).length + 4).toString(16).padStart(4, '0') + text;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function outcome<T>(work: () => Promise<T>): Promise<T | string> {
  const settled = await settle(work);
  return settled.ok ? settled.value : settled.error.code;
}

describe('packets', () => {
  test('are framed by their length, and come back whatever the pieces', async () => {
    const bytes = encodePackets(['want x', 'flush', 'delimiter', 'ü']);
    expect(text(bytes)).toBe('000bwant x\n000000010007ü\n');
    for (const pieces of [1, 3, 100]) {
      const reader = readerOf(bytes, pieces);
      const kinds: string[] = [];
      for (let packet = await readPacket(reader); packet !== undefined; packet = await readPacket(reader)) {
        kinds.push(packet.kind === 'data' ? packetText(packet.payload) : packet.kind);
      }
      expect(kinds).toEqual(['want x', 'flush', 'delimiter', 'ü']);
    }
  });

  test.each([
    ['0003', 'git.protocol'],
    ['<htm', 'git.protocol'],
    ['-001', 'git.protocol'],
    ['00', 'git.unavailable'],
    ['0009abc', 'git.unavailable'],
    ['ffff', 'git.unavailable'],
    [line('ERR access denied'), 'git.protocol'],
    [line('ERR upload-pack: not our ref'), 'git.ref_missing'],
  ])('S04: %j is %s', async (bytes, code) => {
    expect(await outcome(() => readPacket(readerOf(bytesOf(bytes))))).toBe(code);
  });

  test('S09: what a server complains about is told without control characters, credentials or length', async () => {
    const complaint = `ERR \u001b[31mfailed for https://ada:canary@h.example/x\r\n${'y'.repeat(1000)}`;
    const settled = await settle(() => readPacket(readerOf(bytesOf(line(complaint)))));
    const message = settled.ok ? '' : settled.error.message;
    expect(message).toContain('https://h.example/x');
    expect(message).not.toMatch(/canary|[\x00-\x1f]/);
    expect(message.length).toBeLessThan(260);
  });
});

describe('an advertisement', () => {
  const read = (bytes: string) => outcome(() => readAdvertisement(readerOf(bytesOf(bytes))));
  const service = `${line('# service=git-upload-pack\n')}0000`;

  test('of protocol 2 tells what fetch can do, with or without the section in front', async () => {
    const body = `${line('version 2\n')}${line('ls-refs=unborn\n')}${line('fetch=shallow wait-for-done\n')}${line('object-format=sha1\n')}0000`;
    expect(await read(service + body)).toEqual({ version: 2, fetch: ['shallow', 'wait-for-done'] });
    expect(await read(body)).toEqual({ version: 2, fetch: ['shallow', 'wait-for-done'] });
  });

  test('of the original protocol holds the refs, peeled tags and where HEAD points', async () => {
    const body = `${line(`${a} HEAD\0side-band-64k symref=HEAD:refs/heads/main\n`)}${line(`${a} refs/heads/main\n`)}${line(`${b} refs/tags/v1\n`)}${line(`${a} refs/tags/v1^{}\n`)}0000`;
    expect(await read(service + body)).toEqual({
      version: 0,
      capabilities: ['side-band-64k', 'symref=HEAD:refs/heads/main'],
      refs: [
        { name: 'HEAD', oid: a, target: 'refs/heads/main' },
        { name: 'refs/heads/main', oid: a },
        { name: 'refs/tags/v1', oid: b, peeled: a },
      ],
    });
  });

  test('of an empty repository has no refs', async () => {
    const body = `${line(`${'0'.repeat(40)} capabilities^{}\0side-band-64k\n`)}0000`;
    expect(await read(service + body)).toMatchObject({ version: 0, refs: [] });
    expect(await read(`${service}0000`)).toMatchObject({ version: 0, refs: [] });
  });

  test.each([
    ['of a server that can not fetch', `${line('version 2\n')}${line('ls-refs\n')}0000`],
    [
      'of a repository with SHA-256',
      `${line('version 2\n')}${line('ls-refs\n')}${line('fetch\n')}${line('object-format=sha256\n')}0000`,
    ],
    ['with a ref that is none', `${service}${line('zzz refs/heads/main\0x\n')}0000`],
    ['that is a list of files', 'info/refs\npack'],
    ['that is nothing', ''],
  ])('%s is git.protocol', async (_what, bytes) => {
    expect(await read(bytes)).toBe('git.protocol');
  });

  test('F22: without its end is git.unavailable', async () => {
    expect(await read(service + line('version 2\n'))).toBe('git.unavailable');
    expect(await read(service + line(`${a} refs/heads/main\0x\n`))).toBe('git.unavailable');
    expect(await read(service)).toBe('git.unavailable');
  });
});

describe('ls-refs', () => {
  const read = (bytes: string) => outcome(() => readLsRefs(readerOf(bytesOf(bytes))));

  test('asks for prefixes only', () => {
    expect(text(encodeLsRefs(['refs/heads/main']))).toBe(
      `${line('command=ls-refs\n')}${line('agent=plumbline\n')}${line('object-format=sha1\n')}0001${line('peel\n')}${line('symrefs\n')}${line('ref-prefix refs/heads/main\n')}0000`,
    );
  });

  test('gives refs with what they stand for; a HEAD without a commit is none', async () => {
    const body = `${line('unborn HEAD symref-target:refs/heads/main\n')}${line(`${a} HEAD symref-target:refs/heads/main\n`)}${line(`${b} refs/tags/v1 peeled:${a}\n`)}0000`;
    expect(await read(body)).toEqual([
      { name: 'HEAD', oid: a, target: 'refs/heads/main' },
      { name: 'refs/tags/v1', oid: b, peeled: a },
    ]);
  });

  test.each([
    ['F22: without its end is git.unavailable, never an empty list', line(`${a} refs/heads/main\n`), 'git.unavailable'],
    ['F22: that is nothing is git.protocol', '', 'git.protocol'],
    ['with an id that is none is git.protocol', `${line('HEAD refs/heads/main\n')}0000`, 'git.protocol'],
    ['with a mark in the middle is git.protocol', '00010000', 'git.protocol'],
  ])('an answer %s', async (_what, bytes, code) => {
    expect(await read(bytes)).toBe(code);
  });
});

describe('a fetch', () => {
  const v2 = { version: 2, fetch: ['shallow'] } as const;
  const v0 = { version: 0, capabilities: ['side-band-64k', 'ofs-delta', 'thin-pack', 'shallow'], refs: [] } as const;
  const band = (number: number, data: string): string => line(String.fromCharCode(number) + data);

  test('asks for a difference only when there is something to differ from', () => {
    const whole = text(encodePackQuestion(v2, { wants: [a], haves: [] }));
    expect(whole).toContain(`want ${a}\n`);
    expect(whole).not.toMatch(/thin-pack|have|shallow /);
    const difference = text(encodePackQuestion(v2, { wants: [a], haves: [b] }));
    expect(difference).toMatch(/thin-pack/);
    expect(difference.indexOf(`shallow ${b}`)).toBeLessThan(difference.indexOf(`have ${b}`));
  });

  test('with the original protocol names only capabilities that are offered', () => {
    const question = text(encodePackQuestion(v0, { wants: [a, b], haves: [] }));
    expect(question).toBe(
      `${line(`want ${a} side-band-64k ofs-delta agent=plumbline\n`)}${line(`want ${b}\n`)}${line('deepen 1\n')}0000${line('done\n')}`,
    );
  });

  async function packOf(server: typeof v2 | typeof v0, body: string): Promise<string> {
    return outcome(async () => {
      const next = await openPack(server, readerOf(bytesOf(body)));
      const pieces: Uint8Array[] = [];
      for (let piece = await next(); piece !== undefined; piece = await next()) pieces.push(piece);
      return text(concat(...pieces));
    });
  }

  test('skips what comes before the pack, and progress', async () => {
    const body = `${line('shallow-info\n')}${line(`shallow ${a}\n`)}0001${line('packfile\n')}${band(2, 'counting')}${band(1, 'PA')}${band(1, 'CK')}0000`;
    expect(await packOf(v2, body)).toBe('PACK');
    const old = `${line(`shallow ${a}\n`)}0000${line('NAK\n')}${band(2, 'counting')}${band(1, 'PACK')}0000`;
    expect(await packOf(v0, old)).toBe('PACK');
    expect(await packOf(v0, `${line(`ACK ${a} common\n`)}${line(`ACK ${a}\n`)}${band(1, 'PACK')}0000`)).toBe('PACK');
  });

  test.each([
    ['without a pack', '0000', 'git.protocol'],
    ['that is cut before the pack', line('packfile\n'), 'git.unavailable'],
    ['that is cut in the pack', `${line('packfile\n')}${band(1, 'PA')}`, 'git.unavailable'],
    ['in which the server gives up', `${line('packfile\n')}${band(1, 'PA')}${band(3, 'out of memory')}0000`, 'git.protocol'],
    ['with an unknown band', `${line('packfile\n')}${band(7, 'PA')}0000`, 'git.protocol'],
    ['for an object that is gone', line(`ERR upload-pack: not our ref ${a}`), 'git.ref_missing'],
  ])('F22: an answer %s is told apart', async (_what, body, code) => {
    expect(await packOf(v2, body)).toBe(code);
  });
});
