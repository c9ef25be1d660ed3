/** Flux' own cases of CEL health checks (fluxcd/pkg, runtime/cel), read from the tables of its Go tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { afterAll, describe, expect, it } from 'vitest';
import { goModule } from '../../../build/go-module.ts';
import type { HealthExpression } from '../../../core/app/policy.ts';
import { healthCheckOf } from '../../../core/health/health-check.ts';
import { runCheck } from '../../../core/health/run-check.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { readGoTable } from './go-literal.ts';
import { FLUX_RUNTIME } from './upstream.ts';

const folder = join(await goModule(FLUX_RUNTIME), 'cel');
const evaluator = readFileSync(join(folder, 'status_evaluator_test.go'), 'utf8');
const expressions = readFileSync(join(folder, 'expression_test.go'), 'utf8');
const sandbox = createSandbox({ wallMs: 10_000 });
afterAll(() => sandbox.close());

const STATUS = {
  'status.CurrentStatus': 'Healthy',
  'status.InProgressStatus': 'Progressing',
  'status.FailedStatus': 'Degraded',
} as const;

interface Exprs {
  readonly Current?: string;
  readonly InProgress?: string;
  readonly Failed?: string;
}
// The fields of upstream's tables.
type Checked = {
  readonly name: string;
  readonly exprs: Exprs;
  readonly obj: JsonObject;
  readonly err?: string;
  readonly result?: { readonly Status: keyof typeof STATUS };
};
type Evaluated = {
  readonly name: string;
  readonly expr: string;
  readonly data: JsonObject;
  readonly err?: string;
  readonly result?: boolean | string;
};
const CHECKS = readGoTable(evaluator, 'func TestStatusEvaluator_Evaluate') as unknown as readonly Checked[];
const BOOLEANS = readGoTable(expressions, 'func TestExpression_EvaluateBoolean') as unknown as readonly Evaluated[];
const STRINGS = readGoTable(expressions, 'func TestExpression_EvaluateString(') as unknown as readonly Evaluated[];

it('upstream has all the cases that it had', () => {
  expect(CHECKS.length).toBeGreaterThanOrEqual(14);
  expect(BOOLEANS.length).toBeGreaterThanOrEqual(12);
  expect(STRINGS.length).toBeGreaterThanOrEqual(6);
});

describe('a health check of Flux', () => {
  it.each(CHECKS)('$name', async ({ exprs, obj, err, result }) => {
    const rule: HealthExpression = {
      apiVersion: 'v1',
      kind: 'Test',
      current: exprs.Current ?? '',
      ...(exprs.InProgress === undefined ? {} : { inProgress: exprs.InProgress }),
      ...(exprs.Failed === undefined ? {} : { failed: exprs.Failed }),
    };
    const object = { apiVersion: 'v1', kind: 'Test', ...obj };
    const health = await runCheck(healthCheckOf(object, { dialect: 'flux', expressions: [rule] }), object, sandbox);
    expect(health.status).toBe(err === undefined && result !== undefined ? STATUS[result.Status] : 'Unknown');
  });
});

describe('an expression', () => {
  it.each(BOOLEANS)('$name', async ({ expr, data, err, result }) => {
    const answer = await sandbox.firstTrue([expr], data);
    expect(answer.ok ? answer.value === 0 : answer.error.code).toEqual(err === undefined ? result === true : 'script.failed');
  });

  it.each(STRINGS)('$name', async ({ expr, data, err, result }) => {
    const answer = await sandbox.cel(expr, data);
    if (err === undefined) expect(answer).toEqual({ ok: true, value: result });
    else expect(answer.ok && typeof answer.value === 'string').toBe(false);
  });
});
