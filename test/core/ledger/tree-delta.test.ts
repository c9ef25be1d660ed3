import { expect, test } from 'vitest';
import { objectId, parseTree, writeTree } from '../../../core/ledger/git-object.ts';
import { applyDelta, treeDelta } from '../../../core/ledger/tree-delta.ts';

const oid = (seed: number) => objectId('blob', Uint8Array.of(seed, seed >> 8));
const tree = (names: readonly string[], version = 0) =>
  writeTree(names.map((name, i) => ({ mode: '40000', name, oid: oid(name.length * 1000 + i + version) })));
const names = Array.from({ length: 1000 }, (_, i) => `app-${String(i).padStart(4, '0')}`);

/** Changes entries without moving the others' ids. */
function change(bytes: Uint8Array, edit: (entries: Map<string, string>) => void): Uint8Array {
  const entries = new Map(parseTree(bytes).map((entry) => [entry.name, entry.oid]));
  edit(entries);
  return writeTree([...entries].map(([name, id]) => ({ mode: '40000', name, oid: id })));
}

const base = tree(names);

test.each<[string, Uint8Array, number]>([
  ['nothing changed', base, 20],
  ['one entry changed', change(base, (entries) => entries.set('app-0500', oid(1))), 60],
  ['the first and the last changed', change(base, (entries) => entries.set('app-0000', oid(1)).set('app-0999', oid(2))), 100],
  ['one entry came', change(base, (entries) => entries.set('app-0500a', oid(1))), 60],
  ['one entry went', change(base, (entries) => entries.delete('app-0500')), 30],
  ['all entries changed', tree(names, 5), 40_000],
  ['all entries went', new Uint8Array(0), 20],
])('%s: the delta gives the tree back and is small', (_name, result, most) => {
  const delta = treeDelta(base, result);
  expect(applyDelta(base, delta)).toEqual(result);
  expect(delta.length).toBeLessThan(most);
});

test('a tree of 64 kB and more can be copied in one piece', () => {
  const large = tree(Array.from({ length: 3000 }, (_, i) => `app-${i}`));
  expect(large.length).toBeGreaterThan(0x10000);
  expect(applyDelta(large, treeDelta(large, large))).toEqual(large);
});

test('a delta for another base is refused', () => {
  expect(() => applyDelta(base.subarray(1), treeDelta(base, base))).toThrow();
});

test('a delta that was cut is refused', () => {
  const delta = treeDelta(base, tree(names, 5));
  expect(() => applyDelta(base, delta.subarray(0, delta.length - 30))).toThrow();
});

test('any two trees give a delta that leads from one to the other', () => {
  // A small linear congruential generator: the same trees in every run.
  let state = 7;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const some = () => {
    const entries = new Map<string, { mode: string; name: string; oid: string }>();
    for (let i = random(40); i > 0; i--) {
      const name = ['a', 'a-', 'a.', 'a0', 'ab', 'b', 'b-b', 'ba'][random(8)] + (random(3) === 0 ? String(random(4)) : '');
      entries.set(name, { mode: random(2) === 0 ? '40000' : '100644', name, oid: oid(random(3)) });
    }
    return writeTree([...entries.values()]);
  };
  for (let round = 0; round < 500; round++) {
    const [from, to] = [some(), some()];
    expect(applyDelta(from, treeDelta(from, to))).toEqual(to);
  }
});
