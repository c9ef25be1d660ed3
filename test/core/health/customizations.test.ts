import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readHealthCustomizations } from '../../../core/health/customizations.ts';
import { matchesKindGlob } from '../../../core/health/kind-glob.ts';
import { findLuaScript, readLuaScripts } from '../../../core/health/lua-scripts.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok } from '../../../core/result.ts';

const read = (data: { readonly [key: string]: unknown }) =>
  readHealthCustomizations(data, (text) => {
    try {
      return ok<unknown>(parse(text));
    } catch {
      return err(problem('yaml.syntax', 'no YAML'));
    }
  });

describe('argocd-cm', () => {
  it('has scripts in one text and in keys of their own, which win', () =>
    expect(
      read({
        'resource.customizations':
          'a.io/A:\n  health.lua: one\n  health.lua.useOpenLibs: true\nb.io/B:\n  health.lua: two\nc.io/C:\n  ignoreDifferences: x\n',
        'resource.customizations.health.b.io_B': 'three',
        'resource.customizations.useOpenLibs.b.io_B': 'true',
        'resource.customizations.health.Pod': 'four',
        'resource.customizations.health.all': 'five',
        'resource.customizations.health.*.d.io_*': 'six',
        'resource.customizations.ignoreDifferences.b.io_B': 'jsonPointers: []',
        other: 'x',
      }),
    ).toEqual({
      ok: true,
      value: {
        'a.io/A': { lua: 'one', openLibs: true },
        'b.io/B': { lua: 'three', openLibs: true },
        Pod: { lua: 'four', openLibs: false },
        '*/*': { lua: 'five', openLibs: false },
        '*.d.io/*': { lua: 'six', openLibs: false },
      },
    }));

  it.each([
    ['YAML that is none', { 'resource.customizations': 'a: [' }, 'yaml.syntax'],
    ['a list', { 'resource.customizations': '- a' }, 'app.invalid'],
    ['a name of three parts', { 'resource.customizations.health.a_b_c': 'x' }, 'app.invalid'],
    ['a switch that is neither', { 'resource.customizations.useOpenLibs.a_B': 'yes' }, 'app.invalid'],
    ['a script that is no text', { 'resource.customizations.health.a_B': 1 }, 'app.invalid'],
  ])('%s is refused, naming the key', (_, data, code) => {
    const result = read(data);
    expect(result.ok ? 'ok' : result.error.code).toBe(code);
  });
});

describe('a pattern of kinds', () => {
  it.each([
    ['*.crossplane.io/*', 'pkg.crossplane.io/Provider', true],
    ['*.crossplane.io/*', 'crossplane.io/Provider', false],
    ['*', 'a.io/B', true],
    ['a.io/{B,C}', 'a.io/C', true],
    ['a.io/[A-C]', 'a.io/B', true],
    ['a.io/[!A-C]', 'a.io/B', false],
    ['a.io/?', 'a.io/B', true],
    ['a.io/\\*', 'a.io/*', true],
    ['a.io/B+', 'a.io/B+', true],
    ['a.io/{B', 'a.io/{B', false],
    ['a.io/[z-a]', 'a.io/b', false],
    ['a'.repeat(600), 'a'.repeat(600), false],
  ])('%s and %s: %s', (pattern, text, expected) => expect(matchesKindGlob(pattern, text)).toBe(expected));

  // One that goes back on itself would not end: the test has no other limit than that of every test.
  it('S20: with many stars is judged in time that grows with the text', () =>
    expect(matchesKindGlob(`${'*a'.repeat(100)}*b`, 'a'.repeat(300))).toBe(false));
});

describe("Argo CD's own scripts", () => {
  const scripts = { 'a.io/A': 'exact', '_.a.io/_': 'wild', '_.b.a.io/_': 'deeper' };

  it.each([
    ['a.io/A', 'exact'],
    ['x.a.io/A', 'wild'],
    ['x.b.a.io/A', 'wild'],
    ['.a.io/A', 'wild'],
    ['a.io/B', undefined],
    ['Pod', undefined],
    ['toString', undefined],
  ])('for %s: %s', (groupKind, expected) => expect(findLuaScript(scripts, groupKind)).toBe(expected));

  it('are read once, when first asked for; unreadable ones are none', () => {
    let reads = 0;
    const find = readLuaScripts(() => {
      reads += 1;
      return JSON.stringify(scripts);
    });
    expect(reads).toBe(0);
    expect([find('a.io/A'), find('a.io/A'), reads]).toEqual(['exact', 'exact', 1]);
    const none = readLuaScripts(() => {
      throw new Error('no file');
    });
    expect(none('a.io/A')).toBeUndefined();
  });
});
