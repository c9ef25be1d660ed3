// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { describe, expect, test } from 'vitest';
import { expandVariables, type Variable } from '../../../core/resolve/expand-variables.ts';

const variables = (values: Record<string, string>): Map<string, Variable> =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, secret: name.startsWith('secret') }]));

const expand = (text: string, values: Record<string, string> = {}): string | undefined => {
  const result = expandVariables(text, variables(values));
  return result.ok ? result.value.text : undefined;
};

describe('variable expressions', () => {
  test.each([
    ['a bare variable', '${x}', 'v'],
    ['a variable that is not set is empty', 'a${none}b', 'ab'],
    ['a dollar sign before anything else', '$x $ {x} $', '$x $ {x} $'],
    ['an escaped expression', '$${x}', '${x}'],
    ['two dollar signs anywhere', 'a$$b$$$$', 'a$b$$'],
    ['an escape before an expression', '$$${x}', '$v'],
    ['a default', '${none:=d} ${none:-e} ${none=f}', 'd e f'],
    ['a default that is not used', '${x:=d}', 'v'],
    ['an empty value takes the default', '${empty:-d}', 'd'],
    ['a default made of several expressions', '${none:=a-${x}-${none:=b}-c}', 'a-v-b-c'],
    ['the length', '${#long}', '11'],
    ['cases', '${long^} ${long^^} ${X,} ${X,,}', 'Hello-world HELLO-WORLD aBC abc'],
    ['a part', '${long:6} ${long:0:5} ${long: -5} ${long:6:-2}', 'world hello hello-world wor'],
    [
      'a replacement',
      '${long/o/0} ${long//o/0} ${long/#hello/bye} ${long/%world/moon}',
      'hell0-world hell0-w0rld bye-world hello-moon',
    ],
    ['a removal by replacement', '${long/-/}', 'helloworld'],
    ['escapes in a replacement', '${path/\\/a/\\\\}', '\\/b'],
    ['the shortest and the longest beginning', '${path#*/} ${path##*/}', 'a/b b'],
    ['the shortest and the longest end', '${path%/*} ${path%%/*}', '/a '],
    ['classes of characters', '${long#[a-h]} ${long#[^a-h]} ${long##?????}', 'ello-world hello-world -world'],
  ])('%s', (_name, text, expected) => {
    expect(expand(text, { x: 'v', empty: '', long: 'hello-world', X: 'ABC', path: '/a/b' })).toBe(expected);
  });

  test.each(['${', '${x', '${}', '${x-d}', '${x+d}', '${x:}', '${x::1}', '${x!}', '${#}', '${x#}', '${x/a}', '${é:é}', '${x y}'])(
    '%s is refused',
    (text) => expect(expand(`before ${text}`, { x: 'v' })).toBeUndefined(),
  );

  test('positions count bytes, as upstream, and half a character is refused', () => {
    expect(expand('${#x}|${x:2}|${x:0:2}', { x: 'éa' })).toBe('3|a|é');
    expect(expand('${x:1}', { x: 'é' })).toBeUndefined();
  });

  test('S20 patterns that take for ever are given up', () => {
    expect(expand(`\${x##${'*a'.repeat(200)}b}`, { x: 'a'.repeat(20_000) })).toBeUndefined();
  });

  test('S20 values that multiply are given up', () => {
    expect(expand('${x}'.repeat(10_000), { x: 'a'.repeat(10_000) })).toBeUndefined();
  });

  test('S20 expressions that nest without end are refused', () => {
    expect(expand('${x:='.repeat(100_000))).toBeUndefined();
  });

  test('S10 pieces that hold a value of a Secret are told, whatever was done to it', () => {
    const result = expandVariables(
      '${x} ${secret} ${secret^^} ${none:=${secret}-a} ${secret/s/$}',
      variables({ x: 'open', secret: 's3cret' }),
    );
    expect(result.ok && result.value.secrets).toEqual(['s3cret', 'S3CRET', 's3cret-a', '$3cret']);
  });
});
