import { describe, expect, it } from 'vitest';
import { acceptBundle } from '../../../core/protocol/accept-bundle.ts';
import { bundles } from './frozen.ts';
import { ruleOf } from './parties.ts';

const { bundle, digest } = bundles;
const [configMap, secret] = bundle.objects;
const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as unknown;
const huge = JSON.parse('{"n":1e999}') as unknown;

describe('P17 what came for a digest is what it names (I1, S38)', () => {
  it('P17 accepts the bundle itself', () => expect(acceptBundle(bundle, digest)).toEqual({ ok: true, value: bundle }));

  const refused: readonly (readonly [name: string, value: unknown])[] = [
    ['nothing', undefined],
    ['a list', [bundle]],
    ['another format', { ...bundle, format: 2 }],
    ['a salt that is no hex', { ...bundle, salt: 'z'.repeat(64) }],
    ['no salt', { ...bundle, salt: '' }],
    ['another salt', { ...bundle, salt: 'a5'.repeat(32) }],
    ['one object less', { ...bundle, objects: [configMap] }],
    ['another order', { ...bundle, objects: [secret, configMap] }],
    ['an object twice', { ...bundle, objects: [configMap, secret, secret] }],
    ['another value', { ...bundle, objects: [{ ...configMap, data: { color: 'red' } }, secret] }],
    ['another Secret value', { ...bundle, objects: [configMap, { ...secret, stringData: { password: 'hunter3' } }] }],
    [
      'a Secret that already is its digest form',
      { ...bundle, objects: [configMap, { ...secret, stringData: { password: 'hmac-sha256:00' } }] },
    ],
    ['objects that are no list', { ...bundle, objects: { 0: configMap } }],
    ['an object that is null', { ...bundle, objects: [null] }],
    ['an object without metadata', { ...bundle, objects: [{ apiVersion: 'v1', kind: 'ConfigMap' }] }],
    ['a name that is a path', { ...bundle, objects: [{ ...configMap, metadata: { name: '../../x' } }] }],
    ['a namespace that is a list', { ...bundle, objects: [{ ...configMap, metadata: { name: 'a', namespace: [] } }] }],
    ['an object that nests without end', { ...bundle, objects: [{ ...configMap, data: deep }] }],
    ['a number beyond all bounds', { ...bundle, objects: [{ ...configMap, data: huge }] }],
  ];
  for (const [name, value] of refused) it(`P17 refuses ${name}`, () => expect(ruleOf(acceptBundle(value, digest))).toBe('P17'));
});
