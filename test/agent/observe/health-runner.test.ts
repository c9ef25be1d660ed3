import { describe, expect, it } from 'vitest';
import { createHealthRunner } from '../../../agent/observe/health-runner.ts';
import type { HealthRules } from '../../../core/health/health-check.ts';
import type { Sandbox } from '../../../core/health/sandbox.ts';
import type { Json, JsonObject } from '../../../core/objects/object.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';

/** Counts what is run and answers as it is told. */
function countingSandbox(answer: () => Result<Json, Problem>): { readonly sandbox: Sandbox; readonly runs: string[] } {
  const runs: string[] = [];
  const run = async (program: string) => {
    runs.push(program);
    return answer();
  };
  const none = async () => err(problem('script.failed', 'not asked for'));
  return {
    runs,
    sandbox: {
      lua: run,
      cel: run,
      jq: none,
      firstTrue: async ([first = '']) => (await run(first)) as Result<number, Problem>,
      close: () => undefined,
    },
  };
}

const live = (resourceVersion: string): JsonObject => ({
  apiVersion: 'example.org/v1',
  kind: 'Widget',
  metadata: { name: 'w', uid: 'u1', resourceVersion },
  status: { phase: 'x' },
});
const rules = (lua: string): HealthRules => ({
  dialect: 'argo',
  customizations: { 'example.org/Widget': { lua, openLibs: false } },
});
const healthy = () => ok({ status: 'Healthy' });

describe('the health runner', () => {
  it('answers at once where no program is needed', () => {
    const { sandbox, runs } = countingSandbox(healthy);
    const runner = createHealthRunner({ sandbox, builtinLua: () => undefined });
    expect(runner.health(live('1'), { dialect: 'argo' })).toEqual({ status: 'Healthy' });
    expect(runner.health(live('1'), { dialect: 'flux' })).toEqual({ status: 'Healthy', message: 'Resource is current' });
    expect(runs).toEqual([]);
  });

  it('runs a script once for each version of an object, and answers at once afterwards', async () => {
    const { sandbox, runs } = countingSandbox(healthy);
    const runner = createHealthRunner({ sandbox, builtinLua: () => undefined });
    const [first, second] = [runner.health(live('1'), rules('a')), runner.health(live('1'), rules('a'))];
    expect(await Promise.all([first, second])).toEqual([{ status: 'Healthy' }, { status: 'Healthy' }]);
    expect(runner.health(live('1'), rules('a'))).toEqual({ status: 'Healthy' });
    expect(runs).toEqual(['a']);
    await runner.health(live('2'), rules('a'));
    await runner.health(live('2'), rules('b'));
    expect(runs).toEqual(['a', 'a', 'b']);
  });

  it('runs again what asks for the time, and what failed', async () => {
    const { sandbox, runs } = countingSandbox(() => err(problem('script.limit', 'too long')));
    const runner = createHealthRunner({ sandbox, builtinLua: () => undefined });
    for (let i = 0; i < 2; i += 1)
      expect(await runner.health(live('1'), rules('a'))).toEqual({ status: 'Unknown', message: 'too long' });
    expect(runs).toEqual(['a', 'a']);
    const timed = countingSandbox(healthy);
    const other = createHealthRunner({ sandbox: timed.sandbox, builtinLua: () => undefined });
    for (let i = 0; i < 2; i += 1) await other.health(live('1'), rules('return os.time()'));
    expect(timed.runs.length).toBe(2);
  });

  it("takes Argo CD's own scripts for kinds that have one", async () => {
    const { sandbox, runs } = countingSandbox(healthy);
    const runner = createHealthRunner({
      sandbox,
      builtinLua: (groupKind) => (groupKind === 'example.org/Widget' ? 'upstream' : undefined),
    });
    await runner.health(live('1'), { dialect: 'argo' });
    expect(runs).toEqual(['upstream']);
  });
});
