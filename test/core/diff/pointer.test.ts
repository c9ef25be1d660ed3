import { describe, expect, it } from 'vitest';
import { locate, parsePointer, toPointer, valueAt, withoutPaths } from '../../../core/diff/pointer.ts';

const object = { a: { 'b/c': [1, { d: 2 }], e: '~' }, list: ['x', 'y', 'z'] };

describe('pointers', () => {
  it('read ~1 as a slash and ~0 as a tilde, and are written so', () => {
    expect(parsePointer('/a/b~1c/~0')).toEqual(['a', 'b/c', '~']);
    expect(toPointer(['a', 'b/c', 1, '~'])).toBe('/a/b~1c/1/~0');
    expect(parsePointer('')).toEqual([]);
    expect(parsePointer('a/b')).toBeUndefined();
  });

  it.each([
    [
      ['a', 'b/c', '1', 'd'],
      ['a', 'b/c', 1, 'd'],
    ],
    [
      ['list', '-1'],
      ['list', 2],
    ],
    [['list', '3'], undefined],
    [['list', '-'], undefined],
    [['list', '01'], undefined],
    [['a', 'missing', 'x'], undefined],
    [['a', 'e', 'x'], undefined],
    [['toString'], undefined],
  ])('%j leads to %j', (pointer, path) => expect(locate(object, pointer)).toEqual(path));

  it('give the value that they lead to', () => expect(valueAt(object, ['a', 'b/c', 1, 'd'])).toBe(2));
});

describe('removing paths', () => {
  it('closes lists up, whatever the order of the paths', () =>
    expect(
      withoutPaths(object, [
        ['list', 0],
        ['list', 2],
      ]),
    ).toEqual({ a: object.a, list: ['y'] }));

  it('takes a map with its last field', () =>
    expect(withoutPaths({ m: { annotations: { only: 'x' }, name: 'n' } }, [['m', 'annotations', 'only']])).toEqual({
      m: { name: 'n' },
    }));

  it('does nothing where nothing is, and changes nothing in place', () => {
    const before = JSON.stringify(object);
    expect(
      withoutPaths(object, [
        ['nothing', 'here'],
        ['a', 'b/c', 'x'],
      ]),
    ).toEqual(object);
    withoutPaths(object, [['a', 'e']]);
    expect(JSON.stringify(object)).toBe(before);
  });
});
