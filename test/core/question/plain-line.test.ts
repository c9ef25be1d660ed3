import { expect, it } from 'vitest';
import { plainLine } from '../../../core/question/plain-line.ts';
import { redactText } from '../../../core/question/redact-text.ts';

it('a line loses what a terminal would obey, and nothing else', () => {
  expect(plainLine('\u001b[31;1mERROR\u001b[0m\tdisk full')).toBe('ERROR\tdisk full');
  expect(plainLine('\u001b]0;owned\u0007ready')).toBe('ready');
  expect(plainLine('\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\')).toBe('click');
  expect(plainLine('a\u0000b\u009bc\u007f\u001bMd')).toBe('abcd');
  expect(plainLine('größer [1;2m ]0; ok')).toBe('größer [1;2m ]0; ok');
});

it('a secret is found although colours stand in it (S10)', () => {
  expect(redactText(plainLine('pass\u001b[1mword\u001b[0m=hunter2hunter2'))).not.toContain('hunter2');
});

it('comes to an end, whatever the line is', () => {
  for (const part of ['\u001b[', '\u001b]', '\u001b', '\u001b]x\u001b'])
    expect(plainLine(part.repeat(50_000)).length).toBeLessThan(100_001);
});
