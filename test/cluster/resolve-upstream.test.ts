// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variable expressions are what is tested here
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { goBuild } from '../../build/go-build.ts';
import type { Json, Manifest } from '../../core/objects/object.ts';
import { expandVariables } from '../../core/resolve/expand-variables.ts';
import { goYaml } from '../../core/resolve/go-yaml.ts';
import { substituteManifest } from '../../core/resolve/substitute.ts';

/**
 * What Flux' own libraries do, asked of them in the same run: the tables of their tests, and a few thousand cases made by chance from one seed. The
 * program that answers is in resolve-upstream/.
 */
const DIR = fileURLToPath(new URL('resolve-upstream', import.meta.url));
let program: string;

beforeAll(async () => {
  program = await goBuild(
    { name: 'resolve-upstream', dir: DIR, env: {}, args: ['-buildvcs=false'], output: 'resolve-upstream' },
    () => {},
  );
}, 300_000);

interface Answer {
  readonly ok: boolean;
  readonly out: string;
}

function ask(requests: readonly object[]): Answer[] {
  const lines = requests.map((request) => `${JSON.stringify(request)}\n`);
  return run([], lines.join('')) as Answer[]; // It answers each line with one of these.
}

function run(args: readonly string[], input = ''): unknown[] {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const expand = (text: string, values: Readonly<Record<string, string>>): Answer => {
  const result = expandVariables(text, new Map(Object.entries(values).map(([name, value]) => [name, { value, secret: false }])));
  return result.ok ? { ok: true, out: result.value.text } : { ok: false, out: '' };
};
/** A text that is no text any more (half a character) is refused here, and by upstream when it reads the YAML. */
const judged = ({ ok, out }: Answer): Answer => (ok && !out.includes('\ufffd') ? { ok, out } : { ok: false, out: '' });

interface TableCase {
  readonly params: Readonly<Record<string, string>> | null;
  readonly input: string;
  readonly output: string;
  readonly strict: boolean;
  readonly parser: boolean;
}

describe("the tables of envsubst's tests", () => {
  let cases: readonly TableCase[];
  beforeAll(() => {
    const listed = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/fluxcd/pkg/envsubst'], {
      cwd: DIR,
      encoding: 'utf8',
    });
    cases = run(['tables', listed.stdout.trim()]) as TableCase[]; // The program writes them so.
  });

  it('every expression gives what is expected of it', () => {
    const table = cases.filter((each) => !each.parser && !each.strict);
    expect(table.length).toBe(41);
    const wrong = table.filter(({ input, params, output }) => expand(input, params ?? {}).out !== output);
    expect(wrong).toEqual([]);
  });

  it('every text of the parser is read as upstream reads it', () => {
    const texts = cases.filter((each) => each.parser).map((each) => each.input);
    expect(texts.length).toBe(44);
    const values = { string: 'A value', stringy: 'B', a: '1', b: '2', position: '1', length: '2' };
    const answers = ask(texts.map((text) => ({ op: 'expand', text, vars: values }))).map(judged);
    expect(texts.map((text) => expand(text, values))).toEqual(answers);
  });
});

/** The same cases every time: a linear congruential generator with a seed. */
function chance(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = (from: readonly string[]): string => from[below(from.length)] ?? '';
  const join = (from: readonly string[], most: number): string => Array.from({ length: below(most) }, () => pick(from)).join('');
  return { next, below, pick, join };
}
type Chance = ReturnType<typeof chance>;

const VALUES = ['', 'a', 'foo-bar', 'éßx', 'A/b.c', '12345', 'x\\y', 'İi', '${x}', 'a: b', '[1, b]', "it's", '"q"', '# c'];
const PARTS =
  '${|}|$|$$|x|y|:|=|:=|:-|-|#|##|%|%%|/|//|/#|/%|^|^^|,|,,|*|?|[a-c]|[^a]|\\|\\/|a|b|1|-1|2| |é|${x}|${y}|${x:1:2}|${z:=d}|{|foo|*-|.|[|]'.split(
    '|',
  );
const TEXTS = [
  ...'a|foo| |  |: |:|#| #|-|- |\n|\n\n|\'|"|\\|{|}|[|]|,|&|*|!|>|%|@|`|${x}|${y:=a b}|é|ß|😀|\t|\r|\u00a0'.split('|'),
  ...'0|1|12|.|0x1f|true|no|null|~|=|<<|2020-01-02|2020-1-2|T10:00:00Z| 10:00:00|1:30|1e3|+|_|?|/'.split('|'),
  ...['|', 'long words that go on and on ', 'a'.repeat(40)],
];

const expression = ({ next, pick, join }: Chance): string =>
  next() < 0.6
    ? `${pick(['', 't '])}\${${pick(['x', 'y', 'z', '#x', 'xy'])}${join(PARTS, 5)}${pick(['}', '}', '}', '', '} b ${y}'])}`
    : join(PARTS, 9);

/** Keys have no line breaks: upstream cannot always read what it writes then. */
function value(by: Chance, depth: number): Json {
  const kind = by.next();
  if (depth <= 0 || kind < 0.45) return by.join(TEXTS, 7);
  if (kind < 0.5) return [0, 1, -5, 1.5, 123456.5, 1234567.5, 1e21, 0.0001, 0.00001234, 8080, 1.25e-7, -3.5][by.below(12)] ?? 0;
  if (kind < 0.55) return [true, false, null][by.below(3)] ?? null;
  if (kind < 0.78) return Array.from({ length: by.below(4) }, () => value(by, depth - 1));
  const keys = 'a|b10|b2|B|a1|a01|a-b|x/y|x.y|10|9|100|y|é1'.split('|');
  return Object.fromEntries(
    Array.from({ length: by.below(4) }, () => [
      by.next() < 0.5 ? by.pick(keys) : by.join(TEXTS, 7).replaceAll('\n', ''),
      value(by, depth - 1),
    ]),
  );
}

/** Lines such as scripts have. */
const script = (by: Chance): string =>
  Array.from(
    { length: by.below(4) },
    () => `${by.pick(['', '  ', '# '])}${by.pick(['echo ', '', 'a: '])}${by.pick(['${x}', '$${x}', '${y}-', 'b', '*.${y}'])}`,
  ).join('\n') + by.pick(['', '\n', '\n\n']);

describe('cases by chance', () => {
  it.each([1, 2, 3])('expressions of seed %i give what upstream gives', (seed) => {
    const by = chance(seed);
    const cases = Array.from({ length: 2_000 }, () => ({
      text: expression(by),
      vars: { x: by.pick(VALUES), y: by.pick(VALUES), xy: by.pick(VALUES) },
    }));
    const answers = ask(cases.map((each) => ({ op: 'expand', ...each }))).map(judged);
    const differing = cases.map((each, i) => ({ ...each, upstream: answers[i], ours: expand(each.text, each.vars) }));
    expect(differing.filter(({ upstream, ours }) => JSON.stringify(upstream) !== JSON.stringify(ours))).toEqual([]);
  });

  it.each([1, 2, 3])('objects of seed %i are written as upstream writes them', (seed) => {
    const by = chance(seed);
    const values = Array.from({ length: 2_000 }, () => value(by, 4));
    const answers = ask(values.map((json) => ({ op: 'yaml', json })));
    const differing = values.map((json, i) => ({ json, upstream: answers[i]?.out, ours: goYaml(json) }));
    expect(differing.filter(({ upstream, ours }) => upstream !== ours)).toEqual([]);
  });

  it.each([1, 2, 3])('objects of seed %i become what upstream makes of them, or are refused', (seed) => {
    const by = chance(seed);
    const cases = Array.from({ length: 2_000 }, () => ({
      json: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a' },
        data: { a: value(by, 3), b: `${by.join(TEXTS, 3)}\${x}`, c: '${y}', d: script(by) },
      },
      vars: { x: by.pick(VALUES), y: by.pick(VALUES) },
    }));
    const answers = ask(cases.map((each) => ({ op: 'substitute', ...each }))).map(judged);
    const results = cases.map(({ json, vars }, i) => {
      const variables = new Map(Object.entries(vars).map(([name, text]) => [name, { value: text, secret: false }]));
      const ours = substituteManifest(json as Manifest, variables); // A ConfigMap, but for the types of its data.
      const upstream = answers[i];
      return {
        json,
        vars,
        upstream: upstream?.ok === true ? (JSON.parse(upstream.out) as Json) : undefined,
        ours: ours.ok ? ours.value.manifest : undefined,
      };
    });
    // Refused here although upstream takes it: tags, repeated keys, numbers that JavaScript cannot hold. The other way round: anchors with names
    // that only YAML 1.2 allows.
    const isAnchor = ({ json, upstream }: (typeof results)[number]) =>
      upstream === undefined && JSON.stringify(json).includes('&');
    const taken = results.filter((each) => each.ours !== undefined && !isAnchor(each));
    expect(taken.length).toBeGreaterThan(1_000);
    for (const { ours, upstream } of taken) expect(ours).toEqual(upstream);
    const refused = results.filter(({ ours, upstream }) => ours === undefined && upstream !== undefined);
    expect(refused.length).toBeLessThan(60);
  });
});
