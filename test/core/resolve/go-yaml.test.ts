// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { expect, test } from 'vitest';
import type { Json } from '../../../core/objects/object.ts';
import { parseYaml } from '../../../core/objects/parse-yaml.ts';
import { goNumber, goYaml } from '../../../core/resolve/go-yaml.ts';
import { compareNatural } from '../../../core/resolve/natural-order.ts';

const long = `${'word '.repeat(20)}end`;

const CASES: readonly (readonly [string, Json, string])[] = [
  ['lists of maps', { a: [{ b: 1, c: [] }, 'x'] }, 'a:\n- b: 1\n  c: []\n- x\n'],
  ['lists of lists', { a: [['x', ['y']], [{}]] }, 'a:\n- - x\n  - - "y"\n- - {}\n'],
  ['a variable stands plain', { port: '${port}', other: 'a ${b}' }, 'other: a ${b}\nport: ${port}\n'],
  [
    'text that looks like something else',
    ['true', '1', 'null', '', 'y', '1e3', '0x1', '1:30', '2020-01-02', '~'],
    '- "true"\n- "1"\n- "null"\n- ""\n- "y"\n- "1e3"\n- "0x1"\n- "1:30"\n- "2020-01-02"\n- "~"\n',
  ],
  [
    'what plain text may not hold',
    ['a: b', ' a', 'a #b', '- a', '{a', "it's", "'a"],
    "- 'a: b'\n- ' a'\n- 'a #b'\n- '- a'\n- '{a'\n- it's\n- '''a'\n",
  ],
  ['what cannot be printed', ['a\tb', '\u0007', '😀', 'é'], '- "a\\tb"\n- "\\a"\n- "\\U0001F600"\n- é\n'],
  [
    'several lines',
    { a: 'x\ny\n', b: 'x\n\n', c: 'x\ny', d: ' x\ny' },
    'a: |\n  x\n  y\nb: |+\n  x\n\nc: |-\n  x\n  y\nd: |2-\n   x\n  y\n',
  ],
  ['lines with blanks at their ends', ['x \ny'], '- "x \\ny"\n'],
  ['long text is folded', { a: long }, `a: ${'word '.repeat(16).trimEnd()}\n  ${'word '.repeat(4)}end\n`],
  ['long keys', { ['k'.repeat(129)]: [1] }, `? ${'k'.repeat(129)}\n: - 1\n`],
  ['numbers', [1, -1.5, 1e21, 0.00001, 1234567.5, 123456.5], '- 1\n- -1.5\n- 1e+21\n- 1e-05\n- 1.2345675e+06\n- 123456.5\n'],
];

test.each(CASES)('%s', (_name, value, expected) => {
  expect(goYaml(value)).toBe(expected);
});

test.each(CASES)('%s, read again, is the same', (_name, value) => {
  expect(parseYaml(goYaml(value), { file: 'a' })).toEqual({ documents: [{ value, line: 1 }], problems: [] });
});

test('keys are in natural order', () => {
  const sorted = ['b', 'a10', 'a2', 'B', '10', '9', 'a', 'a-b', 'é', '.x'].sort(compareNatural);
  expect(sorted).toEqual(['.x', '9', '10', 'B', 'a', 'a-b', 'a2', 'a10', 'b', 'é']);
});

test('small numbers that JavaScript writes with an exponent are written in digits where Go does', () => {
  expect([0.0001, 0.00012].map(goNumber)).toEqual(['0.0001', '0.00012']);
});
