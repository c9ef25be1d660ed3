/** No status of any object makes a rule throw (seeded: a seed that failed is kept here as a test of its own). */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { computeHealth } from '../../../core/health/compute-health.ts';
import { healthCheckOf } from '../../../core/health/health-check.ts';
import type { Json, JsonObject } from '../../../core/objects/object.ts';

const TESTDATA = new URL('testdata/', import.meta.url);
const OBJECTS = readdirSync(TESTDATA).map(
  (file) => [file, parse(readFileSync(new URL(file, TESTDATA), 'utf8')) as JsonObject] as const,
);

const STRANGE: readonly Json[] = [
  null,
  true,
  -1,
  1e300,
  '',
  'x',
  '3',
  [],
  [null],
  [[]],
  ['x'],
  {},
  { a: null },
  { conditions: 'x' },
];

/** A small generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Replaces or drops parts at random; the kind stays, so that its rule is asked. */
function mutate(value: Json | undefined, chance: () => number, depth = 0): Json {
  if (depth > 1 && chance() < 0.15) return STRANGE[Math.floor(chance() * STRANGE.length)] ?? null;
  if (Array.isArray(value)) return value.map((item: Json) => mutate(item, chance, depth + 1));
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value).filter(
    ([key]) => key === 'kind' || key === 'apiVersion' || depth === 0 || chance() > 0.1,
  );
  return Object.fromEntries(
    entries.map(([key, item]) => [
      key,
      key === 'kind' || key === 'apiVersion' ? (item ?? null) : mutate(item, chance, depth + 1),
    ]),
  );
}

it.each(OBJECTS)('%s, however it is mangled, has a health', (_, object) => {
  for (let seed = 0; seed < 200; seed += 1) {
    const mangled = mutate(object, numbers(seed)) as JsonObject; // An object stays one.
    for (const dialect of ['argo', 'flux'] as const) {
      expect(computeHealth(mangled, dialect).status, `seed ${seed}`).toMatch(
        /^(Healthy|Suspended|Progressing|Degraded|Unknown)$/,
      );
      expect(healthCheckOf(mangled, { dialect }).kind).toBe('known');
    }
  }
});

it.each(STRANGE.map((part) => [JSON.stringify(part), part] as const))(
  'status, spec and metadata that are %s harm no rule',
  (_, part) => {
    for (const [, { apiVersion, kind }] of OBJECTS)
      for (const field of ['status', 'spec', 'metadata'])
        for (const dialect of ['argo', 'flux'] as const)
          expect(computeHealth({ apiVersion, kind, [field]: part }, dialect).status).toBeDefined();
  },
);
