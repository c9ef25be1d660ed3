import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestYaml } from '../../../core/ledger/manifest-yaml.ts';
import type { Json, Manifest } from '../../../core/objects/object.ts';

const holding = (value: Json): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  spec: { value, list: [value] },
});

/** What some reader or other takes for something else. */
const TEXTS = [
  ...[
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'n',
    'true',
    'False',
    'null',
    'Null',
    '~',
    '',
    ' ',
    '=',
    '<<',
    '0o14',
    '014',
    '1e3',
    '1_000',
    '0x1f',
    '1:30',
  ],
  ...[
    '2024-01-01',
    '.5',
    '+1',
    '-1',
    '1.',
    '.inf',
    '-.inf',
    '.nan',
    'NaN',
    'Infinity',
    '---',
    '...',
    '- a',
    '-',
    '? a',
    ': a',
    'a: b',
    'a:',
    'a #b',
  ],
  ...[
    '#a',
    '[a',
    ']',
    '{a',
    '}',
    ',',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '"',
    "'",
    '\\',
    ' lead',
    'trail ',
    '\t',
    '\0',
    '\r\n',
    'a\rb',
  ],
  ...[
    'a\n',
    'a\n\n',
    'a\n\n\n',
    'a\nb',
    'a\n\nb\n',
    '\na',
    '\n',
    ' a\nb',
    'a\n b\n',
    'a\n \nb',
    'a\n\tb',
    'a\t\nb',
    'a \nb',
    '--- a\nb',
    '# a\nb\n',
    'a\u0085\nb',
  ],
  ...[
    'a\u2028b\nc',
    '\ufeffa\nb',
    'é',
    '😀',
    '😀\nb\n',
    '\ud800',
    'key: value\nother: |\n  x\n',
    'https://a:80/b?c=d&e#f',
    'sha256:ab',
    'a b',
    'web=1',
  ],
];

describe.each(['1.1', '1.2'] as const)('read as YAML %s', (version) => {
  test.each(TEXTS.map((text) => [JSON.stringify(text), text]))('the text %s comes back', (_name, text) => {
    expect(parse(manifestYaml(holding(text)), { version, merge: false })).toEqual(holding(text));
  });

  test.each(TEXTS.filter((text) => text !== '\ud800').map((text) => [JSON.stringify(text), text]))(
    'the key %s comes back',
    (_name, text) => {
      const value = holding({ [text]: 1 });
      expect(parse(manifestYaml(value), { version, merge: false })).toEqual(value);
    },
  );

  test.each([0, 1, -1, 1.5, 1e21, 1e-7, 5e-324, -2.5e-10, 2 ** 53, 1e300])('the number %d comes back', (number) => {
    expect(parse(manifestYaml(holding(number)), { version })).toEqual(holding(number));
  });

  test.each<[Json]>([
    [true],
    [false],
    [null],
    [[]],
    [{}],
    [[[]]],
    [[{}]],
    [[[1, [2, []]], [{ a: 1, b: [1] }]]],
    [[{ a: {}, b: [], c: 'x\ny\n' }]],
  ])('the value %j comes back', (value) => {
    expect(parse(manifestYaml(holding(value)), { version })).toEqual(holding(value));
  });
});

test('it looks as kubectl prints it: identity first, keys sorted, lists not indented', () => {
  const spec = { ports: [{ port: 80, name: 'http' }], clusterIP: 'None', empty: [], note: 'one\ntwo\n' };
  const labels = { b: '1', a: 'x' };
  expect(manifestYaml({ spec, kind: 'Service', metadata: { name: 'web', labels }, apiVersion: 'v1' })).toBe(
    `apiVersion: v1
kind: Service
metadata:
  labels:
    a: x
    b: "1"
  name: web
spec:
  clusterIP: None
  empty: []
  note: |
    one
    two
  ports:
  - name: http
    port: 80
`,
  );
});

test('the order of keys makes no difference', () => {
  const one = { apiVersion: 'v1', kind: 'A', metadata: { name: 'a', namespace: 'b' }, spec: { x: 1, y: 2 } };
  const two = { spec: { y: 2, x: 1 }, metadata: { namespace: 'b', name: 'a' }, kind: 'A', apiVersion: 'v1' };
  expect(manifestYaml(one)).toBe(manifestYaml(two));
});

test('a key without a value is absent', () => {
  expect(manifestYaml({ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, spec: undefined })).not.toContain('spec');
});
