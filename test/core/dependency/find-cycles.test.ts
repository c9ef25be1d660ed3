import { expect, it } from 'vitest';
import type { Dependency } from '../../../core/app/policy.ts';
import { findCycles } from '../../../core/dependency/find-cycles.ts';

function cyclesOf(graph: { readonly [app: string]: readonly (string | Dependency)[] }): { readonly [app: string]: string } {
  const edges = Object.entries(graph).map(([app, targets]): [string, readonly Dependency[]] => [
    app,
    targets.map((target) => (typeof target === 'string' ? { app: target } : target)),
  ]);
  return Object.fromEntries(findCycles(new Map(edges)));
}

it('a graph without cycles has none, however its ways meet', () =>
  expect(cyclesOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [], e: ['missing'] })).toEqual({}));

it('an App that depends on itself is a cycle', () => expect(cyclesOf({ a: ['a'] })).toEqual({ a: 'a → a' }));

it('each App of a cycle is told it from its own side; those that only wait for it are not', () =>
  expect(cyclesOf({ x: ['a'], a: ['b'], b: ['c'], c: ['a', 'y'], y: [] })).toEqual({
    a: 'a → b → c → a',
    b: 'b → c → a → b',
    c: 'c → a → b → c',
  }));

it('two cycles are both told', () =>
  expect(cyclesOf({ a: ['b'], b: ['a'], c: ['d', 'a'], d: ['c'] })).toEqual({
    a: 'a → b → a',
    b: 'b → a → b',
    c: 'c → d → c',
    d: 'd → c → d',
  }));

it('an expression or another cluster closes no cycle', () => {
  expect(cyclesOf({ a: ['b'], b: [{ app: 'a', readyExpr: 'true' }] })).toEqual({});
  expect(cyclesOf({ a: [{ app: 'a', cluster: 'eu-1' }] })).toEqual({});
});

it('a chain and a cycle of ten thousand Apps end, and are told briefly', () => {
  const chain = (last: readonly string[]) =>
    Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`app-${i}`, i < 9_999 ? [`app-${i + 1}`] : last]));
  expect(cyclesOf(chain([]))).toEqual({});
  const cycles = cyclesOf(chain(['app-0']));
  expect(Object.keys(cycles)).toHaveLength(10_000);
  expect(cycles['app-5']).toBe('app-5 → app-6 → app-7 → app-8 → app-9 → app-10 → app-11 → app-12 → app-13 → app-14 → … → app-5');
});
