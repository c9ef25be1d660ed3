import { describe, expect, it } from 'vitest';
import { dropField, readUnknownFields } from '../../../core/plan/drop-fields.ts';

const object = {
  spec: {
    typo: 1,
    'with.dots/x': { inner: 1 },
    ports: [
      { port: 80, wrong: 1 },
      { port: 53, protocol: 'UDP', wrong: 2 },
    ],
    containers: [
      { name: 'a]b', x: 1 },
      { name: 'c', x: { y: 1 } },
    ],
    list: [{ x: 1 }, { x: 2 }],
  },
};

describe('a field that a kind does not have', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['.spec.typo', '"typo"'],
    ['.spec.with.dots/x.inner', '"inner"'],
    ['.spec.ports[port=80,protocol="TCP"].wrong', '"wrong":1'],
    ['.spec.ports[port=53,protocol="UDP"].wrong', '"wrong":2'],
    ['.spec.containers[name="a]b"].x', '"x":1}'],
    ['.spec.containers[name="c"].x.y', '"y"'],
    ['.spec.list[1].x', '"x":2'],
  ];
  for (const [path, gone] of cases)
    it(`${path} is taken out, and nothing else`, () => {
      const before = JSON.stringify(object);
      const after = JSON.stringify(dropField(object, path));
      expect(before).toContain(gone);
      expect(after.length).toBeLessThan(before.length);
      expect(after).not.toContain(gone === '"x":1}' ? '{"name":"a]b","x"' : gone);
      expect(JSON.stringify(object)).toBe(before);
    });

  for (const path of [
    '',
    'spec',
    '.spec.nothing',
    '.spec.typo.deeper',
    '.spec.ports[port=81].wrong',
    '.spec.ports[oops',
    '.spec.list[9].x',
  ])
    it(`${path === '' ? 'an empty path' : path} leads nowhere and takes nothing out`, () =>
      expect(dropField(object, path)).toBeUndefined());

  it('is read from a message only when the message names nothing else', () => {
    const prefix = 'failed to create typed patch object (shop/web; v1, Kind=Service): ';
    expect(readUnknownFields(`${prefix}.spec.x: field not declared in schema`)).toEqual(['.spec.x']);
    expect(readUnknownFields(`${prefix}.spec.x: expected string, got number`)).toBeUndefined();
    expect(readUnknownFields('admission webhook denied: .spec.x: field not declared in schema')).toBeUndefined();
    expect(readUnknownFields(prefix)).toBeUndefined();
  });
});
