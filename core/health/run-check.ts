/** Runs a check that needs a program and reads its answer; a program that fails is a health too, never an exception. */
import type { Health, HealthStatus } from '../app/status.ts';
import { isJsonObject } from '../objects/json-object.ts';
import { groupOf, type Json, type JsonObject } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import { fieldAt, stringAt } from './fields.ts';
import { type HealthCheck, NOT_CURRENT } from './health-check.ts';
import type { Sandbox } from './sandbox.ts';
import { healthy, progressing, unknown } from './words.ts';

/**
 * Takes a check, the object that it is about and what runs programs; gives the object's health. A program that fails gives Unknown with the
 * reason, as both tools do; for a Secret the reason is its kind only, as a program's message may hold what it read.
 */
export async function runCheck(check: HealthCheck, object: JsonObject, sandbox: Sandbox): Promise<Health> {
  switch (check.kind) {
    case 'known':
      return check.health;
    case 'lua': {
      const result = await sandbox.lua(check.script, object, { openLibs: check.openLibs });
      return withoutSecrets(object, result.ok ? toHealth(result.value, object) : toUnknown(result.error, object));
    }
    case 'cel': {
      const result = await sandbox.firstTrue(
        check.steps.map(({ expression }) => expression),
        object,
      );
      return result.ok ? (check.steps[result.value]?.health ?? NOT_CURRENT) : toUnknown(result.error, object);
    }
  }
}

const isSecret = (object: JsonObject): boolean =>
  stringAt(object, 'kind') === 'Secret' && groupOf(stringAt(object, 'apiVersion')) === '';

function toUnknown({ code, message }: Problem, object: JsonObject): Health {
  return unknown(isSecret(object) ? `the health check of this Secret failed (${code})` : message);
}

function withoutSecrets(object: JsonObject, health: Health): Health {
  return isSecret(object) ? { status: health.status } : health;
}

const STATUSES: ReadonlySet<string> = new Set<HealthStatus>([
  'Healthy',
  'Suspended',
  'Progressing',
  'Missing',
  'Degraded',
  'Unknown',
]);

/**
 * Takes what a health script returned and the object; gives its health.
 *
 * - A status that Argo CD does not know, or what is no table: Unknown.
 * - Nothing, or an empty table: no opinion. Argo CD leaves such an object out of the App's health, but waits for it for ever between waves.
 *   Here it is Progressing while the object has no status, and Healthy once it has one.
 * - Keys are found whatever their case, as Go reads JSON. A message that is a number is shown; Argo CD would drop the status with it.
 */
export function toHealth(result: Json, object: JsonObject): Health {
  if (typeof result !== 'object') return unknown(`expect table output from Lua script, not ${typeof result}`);
  if (isBlank(result))
    return isBlank(fieldAt(object, 'status') ?? null) ? progressing('the health check gave no status') : healthy();
  if (!isJsonObject(result)) return unknown('expect a table with a status from Lua script, not a list');
  const status = keyed(result, 'status');
  const message = keyed(result, 'message');
  // Checked by the set of all of them.
  if (typeof status === 'string' && STATUSES.has(status)) return withMessage(status as HealthStatus, message);
  return unknown('Lua returned an invalid health status');
}

const isBlank = (value: Json): boolean => value === null || (typeof value === 'object' && Object.keys(value).length === 0);

function keyed(result: JsonObject, name: string): Json | undefined {
  const key = Object.hasOwn(result, name) ? name : Object.keys(result).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : result[key];
}

function withMessage(status: HealthStatus, message: Json | undefined): Health {
  const text = typeof message === 'string' || typeof message === 'number' ? String(message) : '';
  return text === '' ? { status } : { status, message: text };
}
