/** Argo CD's own test of its health scripts (util/lua/health_test.go): every case of every health_test.yaml, status and message. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { afterAll, expect, it } from 'vitest';
import { goModule } from '../../../build/go-module.ts';
import { ARGO_CD, buildLuaScripts } from '../../../build/lua-scripts.ts';
import type { Health } from '../../../core/app/status.ts';
import { computeHealth } from '../../../core/health/compute-health.ts';
import { healthCheckOf } from '../../../core/health/health-check.ts';
import { readLuaScripts } from '../../../core/health/lua-scripts.ts';
import { runCheck } from '../../../core/health/run-check.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { readYaml } from './upstream.ts';

const root = join(await goModule(ARGO_CD), 'resource_customizations');
const scripts = await buildLuaScripts();
const builtinLua = readLuaScripts(() => readFileSync(scripts, 'utf8'));
const sandbox = createSandbox({ wallMs: 10_000 });
afterAll(() => sandbox.close());

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('/health_test.yaml'));

interface Case {
  readonly name: string;
  readonly object: JsonObject;
  readonly expected: Health;
}

/** Go finds fields whatever their case, and upstream relies on it. */
function fieldOf(object: JsonObject, name: string): unknown {
  return Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function casesOf(file: string): readonly Case[] {
  // The layout of upstream's test files.
  const tests = readYaml(join(root, file))['tests'] as unknown as readonly JsonObject[];
  return tests.map((test) => {
    const input = String(fieldOf(test, 'inputPath'));
    const { message = '', status } = fieldOf(test, 'healthStatus') as {
      readonly status: Health['status'];
      readonly message?: string;
    };
    return {
      name: `${dirname(file)} ${input}`,
      object: readYaml(join(root, dirname(file), input)),
      expected: message === '' ? { status } : { status, message },
    };
  });
}

const CASES = files.flatMap(casesOf);

it('upstream has all the cases that it had', () => {
  expect(files.length).toBeGreaterThanOrEqual(238);
  expect(CASES.length).toBeGreaterThanOrEqual(1_140);
});

/** Upstream asks the scripts alone, which an object that is being deleted never reaches. */
function undeleted(object: JsonObject): JsonObject {
  const { deletionTimestamp: _, ...metadata } = (object['metadata'] ?? {}) as JsonObject;
  return { ...object, metadata };
}

/** Where Plumbline says something else than the script alone, and why. */
const DIFFERENT: Readonly<Record<string, Health>> = {
  // What Argo CD itself says of every object that is being deleted, before it asks the script.
  'apiextensions.k8s.io/CustomResourceDefinition testdata/crd-v1-terminating-timestamp-progressing.yaml': {
    status: 'Progressing',
    message: 'Pending deletion',
  },
};

it.each(CASES)('$name is as healthy as in Argo CD', async ({ name, object, expected }) => {
  const script = healthCheckOf(undeleted(object), { dialect: 'argo' }, builtinLua);
  // A rule of ours is asked as always, a script with the whole object.
  const health = script.kind === 'known' ? computeHealth(object, 'argo') : await runCheck(script, object, sandbox);
  expect(health).toEqual(DIFFERENT[name] ?? expected);
});
