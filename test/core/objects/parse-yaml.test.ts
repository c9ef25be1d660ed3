import { describe, expect, test } from 'vitest';
import { parseYaml, YAML_LIMITS } from '../../../core/objects/parse-yaml.ts';

const values = (text: string) => parseYaml(text, { file: 'a.yaml' }).documents.map((document) => document.value);
const refusals = (text: string) => parseYaml(text, { file: 'a.yaml' }).problems.map((p) => `${p.code} ${p.where}`);

describe('scalars mean what Kubernetes tools make of them', () => {
  test.each([
    ['yes', true],
    ['off', false],
    ['y', true],
    ['"yes"', 'yes'],
    ['~', null],
    ['', null],
    ['0777', 511],
    ['0o17', 15],
    ['0x1F', 31],
    ['-0b101', -5],
    ['1_000', 1000],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.10', 1.1],
    ['80:80', '80:80'],
    ['1:30', '1:30'],
    ['2001-12-14', '2001-12-14'],
    ['100000000000000000000000000000', 1e29],
    ['1.2.3', '1.2.3'],
    ['1e400', '1e400'],
    ['+1', 1],
    ['<<', '<<'],
    ['!!str 5', '5'],
    ['! 5', '5'],
    ['|-\n  yes', 'yes'],
  ])('%j is %j', (yaml, expected) => {
    expect(values(`a: ${yaml}\n`)).toEqual([{ a: expected }]);
  });

  test('keys become text', () => {
    expect(values('on: 1\n8080: 2\n0x10: 3\n1.20: 4\n10000000: 5\n')).toEqual([
      { true: 1, 8080: 2, 16: 3, '1.2': 4, 10000000: 5 },
    ]);
    expect(refusals('1e7: 1')).toEqual(['yaml.syntax a.yaml:1']);
  });

  test('an integer that would lose digits is refused, not changed', () => {
    expect(refusals('a:\n  b: 9007199254740993\n')).toEqual(['yaml.limit a.yaml:2']);
  });

  test('numbers that JSON cannot hold are refused', () => {
    expect(refusals('a: .nan')).toEqual(['yaml.syntax a.yaml:1']);
    expect(refusals('a: -.inf')).toEqual(['yaml.syntax a.yaml:1']);
  });
});

describe('documents', () => {
  test('a broken document costs only itself, and its line is named', () => {
    const text = 'a: 1\n---\nb: [1,\n---\nc: 3\n---\nd: "x\n...\ne: 5\n';
    const parsed = parseYaml(text, { file: 'a.yaml' });
    expect(parsed.documents.map(({ value }) => value).slice(0, 2)).toEqual([{ a: 1 }, { c: 3 }]);
    expect(parsed.problems.every((p) => p.code === 'yaml.syntax')).toBe(true);
    expect(parsed.problems.map((p) => p.where)).toEqual(['a.yaml:4', 'a.yaml:10']);
  });

  test('each document knows the line on which it starts', () => {
    const parsed = parseYaml('# head\n\na: 1\n---\n# note\nb: 2\n--- {c: 3}\n', { file: 'a.yaml' });
    expect(parsed.documents).toEqual([
      { value: { a: 1 }, line: 3 },
      { value: { b: 2 }, line: 6 },
      { value: { c: 3 }, line: 7 },
    ]);
  });

  test('directives, byte order marks, Windows line ends, comments and empty documents are understood', () => {
    expect(values('\uFEFF%YAML 1.2\n---\r\na: 1\r\n---\r\n# nothing\r\n---\r\n---\r\nb: |\r\n  x\r\n')).toEqual([
      { a: 1 },
      { b: 'x\n' },
    ]);
  });

  test('JSON is YAML', () => {
    expect(values('{"a": [1, null, "x"], "b": {"c": false}}')).toEqual([{ a: [1, null, 'x'], b: { c: false } }]);
  });

  test('a line of dashes inside a block text does not cut it', () => {
    expect(values('a: |\n  x\n  ---\n  y\n')).toEqual([{ a: 'x\n---\ny\n' }]);
  });
});

describe('S19: what attacks parsers is refused', () => {
  test.each([
    ['__proto__ as a key', '__proto__: {admin: true}', 'yaml.forbidden_key'],
    ['__proto__ in quotes', '"__proto__": {admin: true}', 'yaml.forbidden_key'],
    ['__proto__ with an escape', '"\\x5f_proto__": 1', 'yaml.forbidden_key'],
    ['__proto__ deep in a merge', 'a: &a {b: {__proto__: {x: 1}}}\nc:\n  <<: *a\n', 'yaml.forbidden_key'],
    ['__proto__ in a flow merge', '<<: {__proto__: {x: 1}}', 'yaml.forbidden_key'],
    ['!!omap', 'a: !!omap [x: 1, y: 2]', 'yaml.syntax'],
    ['!!set', 'a: !!set {x, y}', 'yaml.syntax'],
    ['!!binary', 'a: !!binary aGk=', 'yaml.syntax'],
    ['a tag of its own', 'a: !exec rm', 'yaml.syntax'],
    ['a repeated key', 'a: 1\na: 2', 'yaml.syntax'],
    ['a key that is a map', '? {a: 1}\n: 2', 'yaml.syntax'],
    ['an alias to nothing', 'a: *b', 'yaml.syntax'],
    ['an alias to itself', 'a: &a [*a]', 'yaml.syntax'],
    ['a merge of text', '<<: x', 'yaml.syntax'],
  ])('%s', (_name, text, code) => {
    const parsed = parseYaml(`${text}\n---\nfine: 1\n`, { file: 'a.yaml' });
    expect(parsed.problems.map((p) => p.code)).toEqual([code]);
    expect(parsed.documents.map(({ value }) => value)).toEqual([{ fine: 1 }]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('constructor and prototype are ordinary keys of a ConfigMap', () => {
    expect(values('data: {constructor: a, prototype: b}')).toEqual([{ data: { constructor: 'a', prototype: 'b' } }]);
  });
});

describe('S18: what is huge costs a bounded amount', () => {
  const laughs = `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(',')}]`).join('\n')}\n`;
  const storm = `a: &a {${Array.from({ length: 2000 }, (_, i) => `k${i}: 1`).join(', ')}}\n${Array.from({ length: 900 }, (_, i) => `m${i}:\n  <<: *a\n`).join('')}`;
  test.each([
    ['a billion laughs', laughs],
    ['a merge storm', storm],
    ['deep flow maps', `a: ${'{a: '.repeat(200)}${'}'.repeat(200)}`],
    ['deep flow lists', `a: ${'['.repeat(200)}${']'.repeat(200)}`],
    ['deep block lists', `${'- '.repeat(200)}x`],
    ['deep keys', `${'? '.repeat(200)}x`],
    ['aliases that nest', `a0: &a0 [x]\n${Array.from({ length: 200 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`).join('\n')}\n`],
    ['too many aliases', `a: &a x\n${Array.from({ length: 1001 }, (_, i) => `k${i}: *a`).join('\n')}\n`],
  ])('%s', (_name, text) => {
    const parsed = parseYaml(`${text}\n---\nfine: 1\n`, { file: 'a.yaml' });
    expect(parsed.problems.map((p) => p.code)).toEqual(['yaml.limit']);
    expect(parsed.documents.map(({ value }) => value)).toEqual([{ fine: 1 }]);
  });

  test.each(['[', '{a: ', '- ', '? ', '[[', '"', '{}', '*a '])(
    'a hundred thousand times %j ends with a problem, not with a crash',
    (piece) => {
      const parsed = parseYaml(piece.repeat(100_000), { file: 'a.yaml' });
      expect(parsed.problems).toHaveLength(1);
      expect(parsed.documents).toEqual([]);
    },
  );

  test('a file over the size limit is not read at all', () => {
    expect(refusals('a'.repeat(YAML_LIMITS.characters + 1))).toEqual(['yaml.limit a.yaml:1']);
  });

  test('documents beyond the limit are reported, those before it are read', () => {
    const parsed = parseYaml('a: 1\n---\nb: 2\n---\nc: 3\n', { file: 'a.yaml', limits: { ...YAML_LIMITS, documents: 2 } });
    expect(parsed.documents).toHaveLength(2);
    expect(parsed.problems.map((p) => `${p.code} ${p.where}`)).toEqual(['yaml.limit a.yaml:4']);
  });

  test('aliases and merges of ordinary size work', () => {
    const text = 'base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\ntwo:\n  c: 4\n  <<: [*base, {a: 9, d: 5}]\n';
    expect(values(text)).toEqual([{ base: { a: 1, b: 2 }, one: { a: 1, b: 3 }, two: { a: 1, b: 2, d: 5, c: 4 } }]);
  });
});

test('S09: messages do not quote values', () => {
  const secret = 'canary-4711';
  for (const text of [
    `a: "${secret}`,
    `a: [${secret}`,
    `a: ${secret}: ${secret}`,
    `a: !x ${secret}`,
    `- ${secret}\nb: ${secret}`,
  ])
    for (const p of parseYaml(text, { file: 'a.yaml' }).problems) expect(p.message).not.toContain(secret);
});
