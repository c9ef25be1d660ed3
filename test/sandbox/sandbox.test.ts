/** Programs of users against the limits of the sandbox: each ends with a Problem, and the next program runs as if nothing had been. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Json } from '../../core/objects/object.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';

const OBJECT = {
  apiVersion: 'example.org/v1',
  kind: 'Widget',
  metadata: { name: 'w', labels: { a: '1' } },
  spec: { replicas: 3, ratio: 0.5, nothing: null, list: ['a', null, 'b'] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

// Half a second is enough to see that a program does not end.
const sandbox = createSandbox({ wallMs: 500 });
afterAll(() => sandbox.close());

const lua = (script: string, openLibs = true) => sandbox.lua(script, OBJECT, { openLibs });
const codeOf = async (result: Promise<{ readonly ok: boolean; readonly error?: { readonly code: string } }>) =>
  (await result).error?.code ?? 'ok';

describe('Lua', () => {
  it.each<[string, string, Json]>([
    ['reads the object', 'return { n = obj.spec.replicas, c = obj.status.conditions[1].type }', { n: 3, c: 'Ready' }],
    [
      'sees no key that holds null, and no element that is null',
      'return { a = tostring(obj.spec.nothing), b = #obj.spec.list }',
      { a: 'nil', b: 2 },
    ],
    [
      'has one kind of number, as Lua 5.1 has',
      'return { a = tostring(10 / 2), b = 7 / 2, c = obj.spec.ratio .. "" }',
      { a: '5', b: 3.5, c: '0.5' },
    ],
    [
      'has what Lua 5.1 had',
      'return { a = table.getn({1,2}), b = unpack({7}), c = loadstring("return 1")(), d = math.pow(2, 3) }',
      { a: 2, b: 7, c: 1, d: 8 },
    ],
    ['formats whole numbers that came from a division', 'return { a = string.format("%d/%d%%", 6 / 2, 3) }', { a: '3/3%' }],
    ['gives an empty list for an empty table', 'return {}', []],
    ['gives null for nothing', 'local a = 1', null],
    ['gives the last of several results', 'return { a = 1 }, { b = 2 }', { b: 2 }],
    ['knows the time', 'return { a = os.time() > 0, b = #os.date("%Y") }', { a: true, b: 4 }],
    ['keeps texts as they are', 'return { a = "\\0é☆" .. obj.kind }', { a: '\0é☆Widget' }],
  ])('%s', async (_, script, expected) => expect(await lua(script)).toEqual({ ok: true, value: expected }));

  it.each([
    ['S20 an endless loop is stopped', 'while true do end', 'script.limit'],
    ['S20 an endless loop that catches its errors is stopped', 'while true do pcall(error) end', 'script.limit'],
    [
      'S20 a table that eats memory is stopped',
      'local t = {} while true do t[#t + 1] = ("x"):rep(1e6) .. #t end',
      'script.limit',
    ],
    ['S20 a text that eats memory is stopped', 'return { a = ("x"):rep(1e9) }', 'script.limit'],
    ['S20 endless recursion is stopped', 'local function f() return 1 + f() end return f()', 'script.limit'],
    [
      'S20 recursion through metatables is stopped',
      'local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) return t[1]',
      'script.limit',
    ],
    ['S20 a pattern that never ends is stopped', 'return { a = ("a"):rep(40):find(("a*"):rep(40) .. "b") }', 'script.limit'],
    ['S20 a huge result is refused', 'local t = {} for i = 1, 3e5 do t[i] = "xxxxxxxx" end return t', 'script.limit'],
    ['S05 no command is run', 'os.execute("true")', 'script.failed'],
    ['S05 no file is opened', 'io.open("/etc/passwd")', 'script.failed'],
    ['S05 no file is run', 'dofile("/etc/passwd")', 'script.failed'],
    ['S05 no environment is read', 'return { a = os.getenv("HOME") }', 'script.failed'],
    ['S05 no module is loaded', 'require("io")', 'script.failed'],
    ['S05 nothing is debugged', 'debug.getregistry()', 'script.failed'],
    ['S05 the process is not ended', 'os.exit(1)', 'script.failed'],
    ['a binary chunk is refused', '\x1bLua', 'script.syntax'],
    ['a binary chunk is not loaded by a script', 'load("\\27Lua")()', 'script.failed'],
    ['a mistake in the syntax is told', 'if then', 'script.syntax'],
    ['an error is told', 'error("no")', 'script.failed'],
    ['an error that is no text is told', 'error({})', 'script.failed'],
    ['a field of nothing is told', 'return { a = obj.no.such }', 'script.failed'],
    ['a function is no result', 'return { a = print }', 'script.failed'],
    ['a table that holds itself is no result', 'local t = {} t.t = t return t', 'script.failed'],
    ['a table of both kinds is no result', 'return { 1, a = 2 }', 'script.failed'],
    ['a list with gaps is no result', 'return { [1] = 1, [3] = 3 }', 'script.failed'],
  ])('%s', async (_, script, code) => {
    expect(await codeOf(lua(script))).toBe(code);
    expect(await lua('return { a = 1 }')).toEqual({ ok: true, value: { a: 1 } });
  });

  it('without useOpenLibs there are only the libraries that Argo CD opens', async () => {
    expect(
      await lua('return { a = tostring(string), b = tostring(math), c = tostring(os), d = table.concat({1, 2}, "-") }', false),
    ).toEqual({
      ok: true,
      value: { a: 'nil', b: 'nil', c: 'nil', d: '1-2' },
    });
    expect(await codeOf(lua('return { a = ("x"):upper() }', false))).toBe('script.failed');
    expect(await lua('return { a = require("os").time() > 0 }', false)).toEqual({ ok: true, value: { a: true } });
  });

  it('one script leaves nothing behind for the next', async () => {
    await lua('left = 1 string.format = nil table.concat = nil');
    expect(await lua('return { a = tostring(left), b = string.format("%d", 1), c = table.concat({ 1 }) }')).toEqual({
      ok: true,
      value: { a: 'nil', b: '1', c: '1' },
    });
  });

  it('the order of pairs is the same each time', async () => {
    const script =
      'local s = "" for k in pairs({ a = 1, b = 2, c = 3, dd = 4, ee = 5, ff = 6 }) do s = s .. k end return { s = s }';
    const first = await lua(script);
    for (let i = 0; i < 20; i += 1) expect(await lua(script)).toEqual(first);
  });
});

describe('jq', () => {
  it.each([
    ['S20 an endless loop is stopped', 'repeat(1) | select(false)', 'script.limit'],
    ['S20 endless recursion is stopped', 'def f: 1 + f; f', 'script.limit'],
    ['S20 a list without end is stopped', '[range(1e18)]', 'script.limit'],
    ['S20 a text that grows without end is stopped', 'reduce range(1e9) as $i ("x"; . + .)', 'script.limit'],
    ['S20 a huge result is refused', '[range(1e6)]', 'script.limit'],
    ['S20 nesting without end is refused', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'script.syntax'],
    ['a mistake in the syntax is told', '.a |', 'script.syntax'],
    ['an unknown function is told', '.a | nope', 'script.syntax'],
    ['an unknown variable is told', '$nope', 'script.syntax'],
    ['an error is told', '.metadata + 1', 'script.failed'],
    ['S05 no further input is read', 'input', 'script.failed'],
  ])('%s', async (_, program, code) => {
    expect(await codeOf(sandbox.jq(program, OBJECT))).toBe(code);
    expect(await sandbox.jq('.kind', OBJECT)).toEqual({ ok: true, value: ['Widget'] });
  });

  it('S10 an error quotes no value', async () => {
    const result = await sandbox.jq('.data.password + 1', { data: { password: 'geheim' } });
    expect(result.ok ? '' : result.error.message).toBe('cannot add: string and number');
  });

  it('S05 there is no environment', async () =>
    expect(await sandbox.jq('[env, $ENV]', null)).toEqual({ ok: true, value: [[{}, {}]] }));

  it('a key called __proto__ is a key', async () => {
    const input = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as Json; // An own key, as from the wire.
    const result = await sandbox.jq('.["__proto__"].a, (.["__proto__"].c = 3 | keys), del(.["__proto__"])', input);
    expect(result).toEqual({ ok: true, value: [1, ['__proto__', 'b'], { b: 2 }] });
  });
});

describe('CEL', () => {
  it.each([
    ['S20 nested loops are stopped', loops('all', 'true', 8), 'script.limit'],
    ['S20 a list without end is stopped', loops('map', '"xxxxxxxxxxxxxxxxxxxx"', 7), 'script.limit'],
    ['S20 nesting without end is stopped', `${'('.repeat(20_000)}1${')'.repeat(20_000)}`, 'script.limit'],
    ['a mistake in the syntax is told', 'spec.', 'script.syntax'],
    ['an unknown variable is told', 'nope', 'script.failed'],
    ['a missing field is told', 'spec.nope', 'script.failed'],
    ['an operator for other types is told', 'spec.replicas + "x"', 'script.failed'],
    ['a time is no JSON', 'timestamp("2026-01-01T00:00:00Z")', 'script.failed'],
  ])('%s', async (_, expression, code) => {
    expect(await codeOf(sandbox.cel(expression, OBJECT))).toBe(code);
    expect(await sandbox.cel('kind', OBJECT)).toEqual({ ok: true, value: 'Widget' });
  });

  it('has the sets and encoders of Flux', async () =>
    expect(
      await sandbox.cel('sets.contains([1, 2], [1]) && sets.intersects([1], [1.0]) && base64.encode(b"x") == "eA=="', OBJECT),
    ).toEqual({ ok: true, value: true }));

  it.each<[string, Json]>([
    ['spec.?replicas.orValue(0)', 3],
    ['spec.?nope.orValue("none")', 'none'],
    ['spec.?nope.deeper[0].more.orValue(1)', 1],
    ['status.?conditions[0].type.orValue("")', 'Ready'],
    ['metadata.labels[?"a"].hasValue() && !metadata.labels[?"b"].hasValue()', true],
    ['status.conditions[?0].type.value() + "?x.?y"', 'Ready?x.?y'],
    ['status.conditions.first().value().status', 'True'],
    ['[1, 2].last().value()', 2],
    ['optional.none().or(optional.of(1)).value()', 1],
    ['optional.ofNonZeroValue(0).hasValue()', false],
    ['status.conditions.filter(c, c.?reason.hasValue()).size()', 0],
    ['spec.list.exists(x, x == "a") ? spec.?replicas.value() : 0', 3],
    ['has(spec.nope) ? 1 : 2', 2],
  ])('knows optional values: %s', async (expression, expected) =>
    expect(await sandbox.cel(expression, OBJECT)).toEqual({ ok: true, value: expected }),
  );

  it('an optional value is no result, and one that is not there cannot be taken', async () => {
    expect(await codeOf(sandbox.cel('spec.?replicas', OBJECT))).toBe('script.failed');
    expect(await codeOf(sandbox.cel('spec.?nope.value()', OBJECT))).toBe('script.failed');
  });

  it('the first expression that is true is found', async () => {
    expect(await sandbox.firstTrue(['spec.replicas > 3', 'spec.replicas == 3', 'true'], OBJECT)).toEqual({ ok: true, value: 1 });
    expect(await sandbox.firstTrue(['false'], OBJECT)).toEqual({ ok: true, value: -1 });
    expect(await codeOf(sandbox.firstTrue(['spec.replicas'], OBJECT))).toBe('script.failed');
    // A mistake is told though the first would decide.
    expect(await codeOf(sandbox.firstTrue(['true', 'spec.'], OBJECT))).toBe('script.syntax');
  });
});

function loops(macro: string, body: string, depth: number): string {
  const list = '[1,2,3,4,5,6,7,8,9,10]';
  return Array.from({ length: depth }, (_, i) => `x${i}`).reduce((inner, name) => `${list}.${macro}(${name}, ${inner})`, body);
}

describe('the sandbox', () => {
  it('S20 a program that was stopped is refused for a while without being run', async () => {
    const script = 'while true do local a = "again" end';
    const first = await lua(script);
    const many = await Promise.all(Array.from({ length: 50 }, () => lua(script)));
    expect(new Set(many.map((result) => JSON.stringify(result)))).toEqual(new Set([JSON.stringify(first)]));
  });

  it('programs that come together are all answered, each with its own', async () => {
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => sandbox.jq(`. + ${i}`, 1)));
    expect(results.map((result) => (result.ok ? result.value[0] : undefined))).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
  });

  it('after its idle time it starts again', async () => {
    const short = createSandbox({ idleMs: 1 });
    for (let i = 0; i < 3; i += 1) {
      expect(await short.jq('.', i)).toEqual({ ok: true, value: [i] });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    short.close();
  });

  it('closed, it runs nothing more', async () => {
    const closed = createSandbox();
    const under = closed.lua('while true do end', OBJECT);
    closed.close();
    expect(await codeOf(under)).toBe('script.limit');
    expect(await codeOf(closed.jq('.', 1))).toBe('script.limit');
  });
});
