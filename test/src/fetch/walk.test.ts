import { describe, expect, test } from 'vitest';
import { settle } from '../../../src/fetch/failure.ts';
import { createTreeReader } from '../../../src/fetch/tree-reader.ts';
import { compareTrees, findPath, listTree } from '../../../src/fetch/walk.ts';
import { makeTree, oidOf } from './make-pack.ts';

/** A folder in a test: text is a file, an object is a folder, and a mode may be named in front of a name. */
interface Folder {
  readonly [name: string]: string | Folder;
}

const objects = new Map<string, Uint8Array>();
let reads = 0;
const readTree = () =>
  createTreeReader(async (oid) => {
    reads += 1;
    const data = objects.get(oid);
    return data === undefined ? undefined : { type: 'tree', data };
  });

const known = new WeakMap<Folder, string>();

function put(folder: Folder): string {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const entries = Object.entries(folder)
    .map(([key, value]) => {
      const [mode, name] = key.includes(' ')
        ? [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)]
        : ['100644', key];
      return typeof value === 'string'
        ? { mode, name, oid: oidOf('blob', new TextEncoder().encode(value)), order: name }
        : { mode: '40000', name, oid: put(value), order: `${name}/` };
    })
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const data = makeTree(entries.map(({ mode, name, oid }) => [mode, name, oid] as const));
  const oid = oidOf('tree', data);
  objects.set(oid, data);
  known.set(folder, oid);
  return oid;
}

const compare = (from: Folder, to: Folder) => compareTrees(readTree(), put(from), put(to), 10_000);

describe('changed paths', () => {
  const web = { base: { 'a.yaml': '1', 'b.yaml': '2' }, overlay: { 'k.yaml': '3' } };

  test('of the same tree are none, without reading it', async () => {
    reads = 0;
    expect(await compare({ web }, { web })).toEqual({ files: [], dirs: [] });
    expect(reads).toBe(0);
  });

  test('name a changed file, and no folder: its listing is the same', async () => {
    expect(await compare({ web }, { web: { ...web, base: { 'a.yaml': '1', 'b.yaml': 'new' } } })).toEqual({
      files: ['web/base/b.yaml'],
      dirs: [],
    });
  });

  test('name the folder in which a file was added, removed or renamed', async () => {
    expect(await compare({ web }, { web: { ...web, base: { 'a.yaml': '1', 'b.yaml': '2', 'c.yaml': '3' } } })).toEqual({
      files: ['web/base/c.yaml'],
      dirs: ['web/base'],
    });
    expect(await compare({ web }, { web: { ...web, base: { 'a.yaml': '1', 'z.yaml': '2' } } })).toEqual({
      files: ['web/base/b.yaml', 'web/base/z.yaml'],
      dirs: ['web/base'],
    });
  });

  test('name everything in a folder that came or went', async () => {
    const expected = { files: ['new/a', 'new/deep/b'], dirs: ['', 'new', 'new/deep'] };
    const added = { new: { a: '1', deep: { b: '2' } } };
    expect(await compare({ web }, { web, ...added })).toEqual(expected);
    expect(await compare({ web, ...added }, { web })).toEqual(expected);
  });

  test('name both when a file becomes a folder, and a file that becomes a link or executable', async () => {
    expect(await compare({ x: '1' }, { x: { a: '2' } })).toEqual({ files: ['x', 'x/a'], dirs: ['', 'x'] });
    expect(await compare({ x: '1' }, { '120000 x': '1' })).toEqual({ files: ['x'], dirs: [''] });
    expect(await compare({ x: '1' }, { '100755 x': '1' })).toEqual({ files: ['x'], dirs: [] });
    expect(await compare({ '160000 m': '1' }, { '160000 m': '2' })).toEqual({ files: ['m'], dirs: [] });
  });

  test('cost the reading of folders that differ, and of no others', async () => {
    const apps = (changed: string): Folder =>
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`app-${i}`, { base: { 'a.yaml': i === 7 ? changed : `${i}` } }]));
    const from = put({ apps: apps('before') });
    const to = put({ apps: apps('after') });
    reads = 0;
    expect(await compareTrees(readTree(), from, to, 10_000)).toEqual({ files: ['apps/app-7/base/a.yaml'], dirs: [] });
    expect(reads).toBe(8);
  });
});

describe('paths', () => {
  const root = put({ web: { 'a.yaml': '1', '120000 link': 'a.yaml' }, 'b.yaml': '2' });

  test.each([
    ['', 'dir'],
    ['/', 'dir'],
    ['./web/', 'dir'],
    ['web/a.yaml', 'file'],
    ['web/link', 'link'],
    ['web/nope', undefined],
    ['b.yaml/x', undefined],
    ['web/link/x', undefined],
    ['../b.yaml', undefined],
    ['web/../b.yaml', undefined],
    ['.git/config', undefined],
    ['__proto__', undefined],
  ])('S03: %j is %s', async (path, kind) => {
    expect((await findPath(readTree(), root, path))?.kind).toBe(kind);
  });

  test('are listed each folder before what it holds', async () => {
    const list = await listTree(readTree(), { path: '', oid: root }, { isRecursive: true, maxEntries: 10 });
    expect(list.map((entry) => `${entry.path} ${entry.kind}`)).toEqual([
      'b.yaml file',
      'web dir',
      'web/a.yaml file',
      'web/link link',
    ]);
    const flat = await listTree(readTree(), { path: '', oid: root }, { isRecursive: false, maxEntries: 10 });
    expect(flat.map((entry) => entry.path)).toEqual(['b.yaml', 'web']);
  });
});

describe('S04: a few trees that hold each other a billion times', () => {
  let bomb: Folder = { f: 'x' };
  for (let depth = 0; depth < 9; depth++) bomb = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`d${i}`, bomb]));
  const root = put(bomb);

  test('end a listing with git.limit', async () => {
    const listed = await settle(() => listTree(readTree(), { path: '', oid: root }, { isRecursive: true, maxEntries: 10_000 }));
    expect(!listed.ok && listed.error.code).toBe('git.limit');
  });

  test('end a comparison with git.limit', async () => {
    const compared = await settle(() => compareTrees(readTree(), put({}), root, 10_000));
    expect(!compared.ok && compared.error.code).toBe('git.limit');
  });
});

test('S03: a hostile tree is refused when it is read, with the path of its folder', async () => {
  const bad = makeTree([['100644', '.git', 'a'.repeat(40)]]);
  objects.set(oidOf('tree', bad), bad);
  const root = makeTree([['40000', 'web', oidOf('tree', bad)]]);
  objects.set(oidOf('tree', root), root);
  const listed = await settle(() =>
    listTree(readTree(), { path: '', oid: oidOf('tree', root) }, { isRecursive: true, maxEntries: 10 }),
  );
  expect(!listed.ok && [listed.error.code, listed.error.where]).toEqual(['git.hostile_tree', 'web']);
});
