import type { Health } from '../../core/app/status.ts';
import { stringAt } from '../../core/health/fields.ts';
import { type BuiltinLua, type HealthCheck, type HealthRules, healthCheckOf } from '../../core/health/health-check.ts';
import { runCheck } from '../../core/health/run-check.ts';
import type { Sandbox } from '../../core/health/sandbox.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { argoScripts } from '../../sandbox/sandbox.ts';

export interface HealthRunner {
  /**
   * The health of a live object by the rules of its App: at once when no program is needed or its answer for this version of the object is
   * known, otherwise a promise that never fails.
   */
  health(live: JsonObject, rules: HealthRules): Health | Promise<Health>;
}

interface Answered {
  readonly version: string;
  readonly check: HealthCheck;
  health: Health | Promise<Health>;
}

/** Objects whose last answer is kept; the one that was asked about longest ago goes first. */
const KEPT = 5_000;

/**
 * Finds health, and runs the programs that it needs once for each version of an object. Without `builtinLua`, Argo CD's own scripts are those that the
 * agent carries.
 * A script that asks for the time is run each time: its answer changes by itself.
 */
export function createHealthRunner(options: { readonly sandbox: Sandbox; readonly builtinLua?: BuiltinLua }): HealthRunner {
  const { sandbox, builtinLua = argoScripts() } = options;
  const answers = new Map<string, Answered>();

  function run(check: HealthCheck, live: JsonObject): Health | Promise<Health> {
    const uid = stringAt(live, 'metadata.uid');
    const version = stringAt(live, 'metadata.resourceVersion');
    if (uid === '' || version === '' || asksForTime(check)) return runCheck(check, live, sandbox);
    const known = answers.get(uid);
    if (known !== undefined && known.version === version && isSame(known.check, check)) return known.health;
    const pending = runCheck(check, live, sandbox);
    const answered: Answered = { version, check, health: pending };
    answers.delete(uid);
    answers.set(uid, answered);
    const [oldest] = answers.keys();
    if (answers.size > KEPT && oldest !== undefined) answers.delete(oldest);
    void pending.then((health) => {
      answered.health = health;
      // A program that failed may have been stopped for want of time: it gets another chance.
      if (health.status === 'Unknown' && answers.get(uid) === answered) answers.delete(uid);
    });
    return pending;
  }

  return {
    health(live, rules) {
      const check = healthCheckOf(live, rules, builtinLua);
      return check.kind === 'known' ? check.health : run(check, live);
    },
  };
}

const asksForTime = (check: HealthCheck): boolean => check.kind === 'lua' && /\bos\b/.test(check.script);

function isSame(a: HealthCheck, b: HealthCheck): boolean {
  if (a.kind === 'lua' && b.kind === 'lua') return a.script === b.script && a.openLibs === b.openLibs;
  if (a.kind === 'cel' && b.kind === 'cel')
    return a.steps.length === b.steps.length && a.steps.every(({ expression }, i) => expression === b.steps[i]?.expression);
  return false;
}
