import { expect, test } from 'vitest';
import { MASK, maskSecrets } from '../../../core/objects/mask.ts';
import type { Manifest } from '../../../core/objects/object.ts';

const secret = (rest: object): Manifest => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, ...rest });

test.each([
  ['data', { data: { password: 'Y2FuYXJ5' } }, { data: { password: MASK } }],
  ['stringData', { stringData: { a: 'canary', b: '' } }, { stringData: { a: MASK, b: MASK } }],
  ['data that is a text', { data: 'canary' }, { data: MASK }],
  ['data that is a list', { data: ['canary'] }, { data: MASK }],
  ['values that are maps', { data: { a: { b: 'canary' } } }, { data: { a: MASK } }],
  ['a misspelt field', { stringdata: { a: 'canary' } }, { stringdata: { a: MASK } }],
  ['an unknown text', { token: 'canary' }, { token: MASK }],
])('S12 %s is masked', (_name, given, expected) => {
  expect(maskSecrets(secret(given))).toEqual(secret(expected));
});

test('S12 the copy that kubectl keeps in an annotation is masked, other annotations stay', () => {
  const key = 'kubectl.kubernetes.io/last-applied-configuration';
  const masked = maskSecrets(
    secret({ metadata: { name: 'db', annotations: { [key]: '{"data":{"a":"canary"}}', team: 'shop' } } }),
  );
  expect(masked.metadata.annotations).toEqual({ [key]: MASK, team: 'shop' });
});

test('S12 a Secret of another group is masked where Secrets keep their values', () => {
  const given = { ...secret({ data: { a: 'canary' }, spec: { ref: 'x' } }), apiVersion: 'example.com/v1' };
  expect(maskSecrets(given)).toEqual({ ...given, data: { a: MASK } });
});

test('type, immutable and metadata of a Secret stay', () => {
  const given = secret({ type: 'Opaque', immutable: true });
  expect(maskSecrets(given)).toEqual(given);
});

test('other kinds are given back as they are', () => {
  const map: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'b' } };
  expect(maskSecrets(map)).toBe(map);
});

test('masking does not change what it is given', () => {
  const given = secret({ data: { a: 'canary' } });
  maskSecrets(given);
  expect(given['data']).toEqual({ a: 'canary' });
});
