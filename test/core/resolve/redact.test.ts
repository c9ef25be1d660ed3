import { expect, test } from 'vitest';
import { createRedactor, REDACTED } from '../../../core/resolve/redact.ts';

test('S10 secret values are replaced wherever they stand, the longest first', () => {
  const redact = createRedactor(['pass', 'password-1']);
  expect(redact('a password-1, a pass')).toBe(`a ${REDACTED}, a ${REDACTED}`);
});

test('S11 a value is found in a quoted message', () => {
  expect(createRedactor(['a"b\nc'])('Invalid value: "a\\"b\\nc": no')).toBe(`Invalid value: "${REDACTED}": no`);
});

test('values too short to be told from other words are left', () => {
  expect(createRedactor(['abc', '', '    '])('abc    def')).toBe('abc    def');
});
