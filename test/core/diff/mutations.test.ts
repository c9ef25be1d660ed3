import { describe, expect, it } from 'vitest';
import { mutatedFields, overruledFields } from '../../../core/diff/mutations.ts';
import { isSameQuantity } from '../../../core/diff/quantity.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { deployment, deploymentFields, owned } from './objects.ts';

describe('what the API server makes of a manifest', () => {
  it('is overruled where both have a value and it is another one', () => {
    const answer = deployment(2, { side: 'side:1', web: 'mirror/web:1' });
    expect(overruledFields(deployment(1), answer)).toEqual(['/spec/replicas', '/spec/template/spec/containers/1/image']);
  });

  it('is not overruled by defaults, other forms, order, or what was left out', () => {
    const said: JsonObject = {
      metadata: { name: 'a' },
      spec: { cpu: '1000m', list: [], gone: 1, set: ['b', 'a'], items: [{ x: 1 }] },
      status: { a: 1 },
    };
    const got: JsonObject = {
      metadata: { name: 'b' },
      spec: { cpu: '1', more: 2, set: ['a', 'b'], items: [{ x: 9 }, { x: 1 }] },
      status: { a: 2 },
    };
    expect(overruledFields(said, got)).toEqual([]);
  });

  it('is mutated where a changed field would get another value than Git’s', () => {
    const wanted = owned(deployment(7), [{ manager: 'plumbline', fields: deploymentFields(['web']) }]);
    const fields = ['/spec/replicas', '/spec/template/spec/containers/0/image', '/spec/injected'];
    expect(mutatedFields(deployment(1), wanted, fields)).toEqual(['/spec/replicas']);
  });
});

it.each([
  ['1000m', '1', true],
  ['1024Mi', '1Gi', true],
  [1, '1', true],
  ['1G', '1Gi', false],
  ['1e3', '1k', false],
  ['a', 'a', false],
])('quantities %j and %j are the same: %s', (a, b, expected) => expect(isSameQuantity(a, b)).toBe(expected));
