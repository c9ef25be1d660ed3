import { describe, expect, test } from 'vitest';
import { createHostPolicy } from '../../../src/fetch/host-policy.ts';
import type { Network } from '../../../src/fetch/http.ts';
import { encodePackets } from '../../../src/fetch/pkt-line.ts';
import { createRepository } from '../../../src/fetch/repository.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { bytesOf, concat, makeCommit, makePack, makeTree, oidOf, type PackItem } from './make-pack.ts';

const vault = await openVault('0123456789abcdef0123456789abcdef');

/** A server that follows the protocol and sends what it likes. */
interface LyingServer {
  tip: string;
  pack: (question: string) => readonly PackItem[];
  readonly questions: string[];
  readonly network: Network;
}

function inBand(pack: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [bytesOf('000dpackfile\n')];
  for (let at = 0; at < pack.length; at += 60_000) {
    const piece = pack.subarray(at, at + 60_000);
    parts.push(bytesOf((piece.length + 5).toString(16).padStart(4, '0')), Uint8Array.of(1), piece);
  }
  return concat(...parts, bytesOf('0000'));
}

function createLyingServer(): LyingServer {
  const questions: string[] = [];
  const server: LyingServer = {
    tip: '',
    pack: () => [],
    questions,
    network: {
      deadline: () => new AbortController().signal,
      async fetch(_url, init) {
        const question = new TextDecoder().decode(init.body);
        const isQuestion = init.method === 'POST';
        if (isQuestion) questions.push(question);
        const answer = (() => {
          if (!isQuestion) return encodePackets(['version 2', 'ls-refs', 'fetch=shallow', 'flush']);
          if (question.includes('command=ls-refs')) return encodePackets([`${server.tip} refs/heads/main`, 'flush']);
          return inBand(makePack(server.pack(question)));
        })();
        const type = isQuestion ? 'application/x-git-upload-pack-result' : 'application/x-git-upload-pack-advertisement';
        const response = new Response(new Uint8Array(answer), { headers: { 'content-type': type } });
        // Node's Response fits the port; only its reader's type says more.
        return response as Response & { body: never };
      },
    },
  };
  return server;
}

function open(network: Network) {
  const repository = createRepository({
    url: 'https://git.example/x',
    sql: createNodeSql(),
    vault,
    network,
    allowHost: createHostPolicy(),
  });
  return {
    repository,
    async refresh(): Promise<string> {
      const [outcome] = await repository.refresh({ revisions: ['main'] });
      return outcome === undefined || outcome.ok ? 'ok' : outcome.error.code;
    },
  };
}

const file = bytesOf('kind: A\n');
const fileOid = oidOf('blob', file);
const treeOf = (...names: string[]): Uint8Array => makeTree(names.map((name) => ['100644', name, fileOid] as const));
const commitOf = (tree: Uint8Array): Uint8Array => makeCommit(oidOf('tree', tree));
const tipOf = (tree: Uint8Array): string => oidOf('commit', commitOf(tree));

function wholeOf(tree: Uint8Array): PackItem[] {
  return [
    { type: 'commit', data: commitOf(tree) },
    { type: 'tree', data: tree },
    { type: 'blob', data: file },
  ];
}

describe('S04: a server that sends something else than what was asked for', () => {
  const tree = treeOf('a.yaml');
  // `wholeOf` gives these three, in this order.
  const [commit, root, blob] = wholeOf(tree) as [PackItem, PackItem, PackItem];

  const wrong: PackItem = { type: 'commit', data: makeCommit(fileOid) };

  test.each<[string, readonly PackItem[], string]>([
    ['nothing', [], tipOf(tree)],
    ['another commit', wholeOf(treeOf('b.yaml')), tipOf(tree)],
    ['no folder', [commit, blob], tipOf(tree)],
    ['no file', [commit, root], tipOf(tree)],
    ['a file where the folder should be', [wrong, blob], oidOf('commit', wrong.data)],
  ])('such as %s is found out', async (_what, pack, tip) => {
    const server = createLyingServer();
    server.tip = tip;
    server.pack = () => pack;
    const { repository, refresh } = open(server.network);
    expect(await refresh()).toBe('git.corrupt');
    expect(repository.lastSeen('main')).toBeUndefined();
  });

  test('such as a folder whose name climbs out is refused, and the last good commit stays', async () => {
    const server = createLyingServer();
    server.tip = tipOf(tree);
    server.pack = () => wholeOf(tree);
    const { repository, refresh } = open(server.network);
    expect(await refresh()).toBe('ok');
    const hostile = treeOf('..');
    server.tip = tipOf(hostile);
    server.pack = () => wholeOf(hostile);
    expect(await refresh()).toBe('git.hostile_tree');
    expect(repository.lastSeen('main')).toBe(tipOf(tree));
    expect((await repository.readFile(tipOf(tree), 'a.yaml')).ok).toBe(true);
  });

  test('such as too small a difference is asked for everything', async () => {
    const server = createLyingServer();
    server.tip = tipOf(tree);
    server.pack = () => wholeOf(tree);
    const { repository, refresh } = open(server.network);
    expect(await refresh()).toBe('ok');
    const next = makeTree([['100644', 'b.yaml', oidOf('blob', bytesOf('new'))]]);
    server.tip = tipOf(next);
    server.pack = (question) => [
      ...wholeOf(next),
      ...(question.includes('have ') ? [] : [{ type: 'blob', data: bytesOf('new') } as const]),
    ];
    expect(await refresh()).toBe('ok');
    const read = await repository.readFile(tipOf(next), 'b.yaml');
    expect(read.ok && new TextDecoder().decode(read.value)).toBe('new');
  });
});

test('F24: a mirror that goes back and forth is followed without fetching again, and says where it was', async () => {
  const server = createLyingServer();
  const [one, two] = [treeOf('a.yaml'), treeOf('b.yaml')];
  const { repository } = open(server.network);
  const seen: (string | undefined)[] = [];
  for (const tree of [one, two, one, two]) {
    server.tip = tipOf(tree);
    server.pack = () => wholeOf(tree);
    const [outcome] = await repository.refresh({ revisions: ['main'] });
    seen.push(outcome?.ok === true ? outcome.value.previous : 'failed');
  }
  expect(seen).toEqual([undefined, tipOf(one), tipOf(two), tipOf(one)]);
  expect(server.questions.filter((question) => question.includes('command=fetch'))).toHaveLength(2);
});
