import { describe, expect, it } from 'vitest';
import {
  EMPTY_SET,
  fieldSetToJson,
  intersect,
  isEmptySet,
  parseFieldSet,
  restrict,
  subtract,
  toPointers,
  unite,
  without,
} from '../../../core/takeover/field-algebra.ts';

const CONTAINER = 'k:{"name":"web"}';
const A = {
  'f:metadata': { 'f:labels': { '.': {}, 'f:a': {}, 'f:b/c': {} } },
  'f:spec': { 'f:replicas': {}, 'f:containers': { [CONTAINER]: { '.': {}, 'f:name': {}, 'f:image': {} } } },
};
const B = {
  'f:metadata': { 'f:labels': { 'f:a': {} } },
  'f:spec': { 'f:containers': { [CONTAINER]: { 'f:image': {}, 'f:env': { '.': {} } } } },
};
const a = parseFieldSet(A);
const b = parseFieldSet(B);

describe('a set of fields', () => {
  it('is written as it was read', () => expect(fieldSetToJson(a)).toEqual(A));

  it('is empty where there is nothing to read', () => {
    for (const nothing of [undefined, null, 'x', [], {}]) expect(isEmptySet(parseFieldSet(nothing))).toBe(true);
  });

  it('unites with another', () =>
    expect(fieldSetToJson(unite(a, b))).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:a': {}, 'f:b/c': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:containers': { [CONTAINER]: { '.': {}, 'f:name': {}, 'f:image': {}, 'f:env': {} } },
      },
    }));

  it('loses the fields of another, and steps that lead nowhere any more', () =>
    expect(fieldSetToJson(subtract(a, b))).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:b/c': {} } },
      'f:spec': { 'f:replicas': {}, 'f:containers': { [CONTAINER]: { '.': {}, 'f:name': {} } } },
    }));

  it('shares fields with another', () =>
    expect(fieldSetToJson(intersect(a, b))).toEqual({
      'f:metadata': { 'f:labels': { 'f:a': {} } },
      'f:spec': { 'f:containers': { [CONTAINER]: { 'f:image': {} } } },
    }));

  it('obeys the laws of sets', () => {
    expect(unite(subtract(a, b), intersect(a, b))).toEqual(unite(a, EMPTY_SET));
    expect(isEmptySet(subtract(a, a))).toBe(true);
    expect(isEmptySet(intersect(subtract(a, b), b))).toBe(true);
  });

  it('is restricted to what a value has, with list items found by their keys and their defaults', () => {
    const ports = {
      'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:protocol': {} }, 'v:"x"': {}, 'v:"y"': {} },
    };
    expect(fieldSetToJson(restrict(parseFieldSet(ports), { ports: [{ containerPort: 80 }, 'x'] }))).toEqual({
      'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': {}, 'v:"x"': {} },
    });
    expect(isEmptySet(restrict(a, {}))).toBe(true);
  });

  it('loses one path with all below it', () => {
    expect(fieldSetToJson(without(b, ['f:spec']))).toEqual({ 'f:metadata': { 'f:labels': { 'f:a': {} } } });
    expect(without(b, ['f:spec', 'f:nothing'])).toEqual(b);
  });

  it('is told as JSON pointers, a list item once, at most as many as wanted', () => {
    const object = {
      metadata: { labels: { a: '1', 'b/c': '2' } },
      spec: { replicas: 1, containers: [{ name: 'db' }, { name: 'web' }] },
    };
    expect(toPointers(a, object, 10)).toEqual([
      '/metadata/labels/a',
      '/metadata/labels/b~1c',
      '/spec/replicas',
      '/spec/containers/1',
    ]);
    expect(toPointers(a, object, 2)).toHaveLength(2);
  });
});
