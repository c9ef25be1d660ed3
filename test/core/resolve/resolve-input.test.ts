import { expect, test } from 'vitest';
import { type InputRef, inputRefsOf, inputsChanged } from '../../../core/resolve/resolve-input.ts';
import { policyOf } from '../plan/policy.ts';

const input = { kind: 'Secret', namespace: 'shop', name: 'a', resourceVersion: '5' } as const;

test.each([
  ['the same version', '5', false],
  ['another version', '6', true],
  ['gone', '', true],
  ['nobody knows', undefined, false],
])('%s', (_name, version, changed) => {
  expect(inputsChanged([input], () => version)).toBe(changed);
});

test('what was not there and is now has changed', () => {
  expect(inputsChanged([{ ...input, resourceVersion: '' }], () => '7')).toBe(true);
});

test('S15 an App refers to its own namespace only', () => {
  const policy = {
    ...policyOf(),
    namespace: 'team',
    substitute: { values: {}, from: [{ kind: 'ConfigMap', name: 'vars', optional: true }], always: false },
    decryption: { secret: 'age' },
  } as const;
  const expected: InputRef[] = [
    { kind: 'ConfigMap', namespace: 'team', name: 'vars' },
    { kind: 'Secret', namespace: 'team', name: 'age' },
  ];
  expect(inputRefsOf(policy)).toEqual(expected);
});
