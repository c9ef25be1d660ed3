/**
 * gojq's own cases (cli/test.yaml): the jq that Argo CD uses for `jqPathExpressions`. What only its command line has (flags, modules, further
 * inputs, colours) is left out; texts of errors are not compared, since ours never quote values.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { goModule } from '../../../build/go-module.ts';
import type { Json } from '../../../core/objects/object.ts';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { GOJQ } from './upstream.ts';

interface Case {
  readonly name: string;
  readonly args?: readonly string[];
  readonly input?: string;
  readonly expected?: string;
  readonly error?: string;
  readonly env?: unknown;
}

// The layout of upstream's file.
const all = parse(readFileSync(join(await goModule(GOJQ), 'cli/test.yaml'), 'utf8')) as readonly Case[];

const ONLY_CLI =
  /modulemeta|\b(import|include|module)\b|input|\$__|getpath\/|halt|\$ENV|\benv\b|builtins|debug|stderr|localtime|strflocal|@yaml|splits?\/|ltrimstr_/;

/** Whole numbers beyond 2^53, infinite ones (null here), functions that no manifest needs, several replacements in one `sub`, and what a text of an error says. */
const DIFFERENT =
  /large number|overflow|catch|error|gamma|erf|bessel|drem|nextafter|jn\/2|mac format|recursive call|infinite function|binding array slicing|assignment operator$|flatten\/1|range function with iterators|contains function|tojson function|match function|large integer|implode|ldexp|significand|tonumber|infinite|finites|with nan|number input|frexp|asinh|log10|^g?sub function$/;

const cases = all.flatMap(({ name, args = [], input = '', expected = '', error, env }) => {
  const [first = '', ...rest] = args;
  const nothing = first === '-n' || first === '-nc';
  const program = nothing || first === '-c' ? rest[0] : first;
  const count = nothing || first === '-c' ? 2 : 1;
  if (program === undefined || args.length !== count || /^-[a-zA-Z-]/.test(program) || env !== undefined) return [];
  if (error !== undefined || ONLY_CLI.test(program) || DIFFERENT.test(name) || /\bcatch\b/.test(program)) return [];
  const inputs = nothing ? [null] : jsonStream(input);
  const outputs = jsonStream(expected);
  return inputs === undefined || outputs === undefined ? [] : [{ name, program, inputs, outputs }];
});

const sandbox = createSandbox({ wallMs: 10_000 });
afterAll(() => sandbox.close());

it('upstream has all the cases that it had', () => expect(cases.length).toBeGreaterThanOrEqual(385));

describe('jq', () => {
  it.each(cases)('$name', async ({ program, inputs, outputs }) => {
    const found: Json[] = [];
    for (const input of inputs) {
      const result = await sandbox.jq(program, input);
      expect(result.ok ? 'ok' : result.error).toBe('ok');
      if (result.ok) found.push(...result.value);
    }
    expect(plain(found)).toEqual(plain(outputs));
  });
});

/** As JSON, which has one zero. */
const plain = (values: readonly Json[]): unknown =>
  JSON.parse(JSON.stringify(values), (_, value: unknown) => (value === 0 ? 0 : value));

/** JSON values one after the other; undefined when they are not all JSON. */
function jsonStream(text: string): readonly Json[] | undefined {
  const token = /\s*("(?:\\.|[^"\\])*"|[[\]{}:,]|[^\s[\]{}:,"]+)/y;
  const values: Json[] = [];
  let from = 0;
  let depth = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [, sign = ''] = found;
    depth += sign === '{' || sign === '[' ? 1 : sign === '}' || sign === ']' ? -1 : 0;
    if (depth > 0) continue;
    try {
      values.push(JSON.parse(text.slice(from, token.lastIndex)) as Json); // JSON.parse gives exactly what Json describes.
    } catch {
      return undefined;
    }
    from = token.lastIndex;
  }
  return text.slice(from).trim() === '' ? values : undefined;
}
