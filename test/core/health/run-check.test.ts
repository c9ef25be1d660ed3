import { describe, expect, it } from 'vitest';
import type { Health } from '../../../core/app/status.ts';
import { runCheck, toHealth } from '../../../core/health/run-check.ts';
import type { Sandbox } from '../../../core/health/sandbox.ts';
import type { Json, JsonObject } from '../../../core/objects/object.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';

const settled = { kind: 'Widget', status: { phase: 'x' } };

describe('what a script gave', () => {
  it.each<[string, Json, Health]>([
    ['a known status with its message', { status: 'Degraded', message: 'why' }, { status: 'Degraded', message: 'why' }],
    ['a status without a message', { status: 'Healthy' }, { status: 'Healthy' }],
    ['an empty message', { status: 'Healthy', message: '' }, { status: 'Healthy' }],
    ['keys in another case, as Go reads them', { Status: 'Suspended', MESSAGE: 'm' }, { status: 'Suspended', message: 'm' }],
    ['a message that is a number', { status: 'Healthy', message: 3 }, { status: 'Healthy', message: '3' }],
    ['a status that nobody knows', { status: 'test' }, { status: 'Unknown', message: 'Lua returned an invalid health status' }],
    ['a status that is no text', { status: 1 }, { status: 'Unknown', message: 'Lua returned an invalid health status' }],
    ['a number', 1, { status: 'Unknown', message: 'expect table output from Lua script, not number' }],
    ['a text', 'Healthy', { status: 'Unknown', message: 'expect table output from Lua script, not string' }],
    ['a list', ['Healthy'], { status: 'Unknown', message: 'expect a table with a status from Lua script, not a list' }],
  ])('%s', (_, result, expected) => expect(toHealth(result, settled)).toEqual(expected));

  it.each<[string, Json]>([
    ['nothing', null],
    ['an empty table', []],
  ])('%s is no opinion: waited for until the object has a status', (_, result) => {
    expect(toHealth(result, { kind: 'Widget' }).status).toBe('Progressing');
    expect(toHealth(result, { kind: 'Widget', status: {} }).status).toBe('Progressing');
    expect(toHealth(result, settled)).toEqual({ status: 'Healthy' });
  });
});

/** Answers every program alike: what runs programs has tests of its own. */
function answering(result: Result<Json, Problem>): Sandbox {
  const answer = async () => result;
  return {
    lua: answer,
    jq: async () => (result.ok ? ok([result.value]) : result),
    cel: answer,
    // Positions are numbers.
    firstTrue: async () => (result.ok ? ok(result.value as number) : result),
    close: () => undefined,
  };
}

describe('a check that runs a program', () => {
  const lua = { kind: 'lua', script: '', openLibs: false } as const;
  const cel = { kind: 'cel', steps: [{ expression: 'a', health: { status: 'Degraded' } }] } as const;
  const secret: JsonObject = { apiVersion: 'v1', kind: 'Secret', status: {} };

  it('that fails is Unknown with the reason', async () => {
    const sandbox = answering(err(problem('script.limit', 'too long')));
    expect(await runCheck(lua, settled, sandbox)).toEqual({ status: 'Unknown', message: 'too long' });
    expect(await runCheck(cel, settled, sandbox)).toEqual({ status: 'Unknown', message: 'too long' });
  });

  it('takes the health of the first expression that is true, and Progressing when none is', async () => {
    expect(await runCheck(cel, settled, answering(ok(0)))).toEqual({ status: 'Degraded' });
    expect((await runCheck(cel, settled, answering(ok(-1)))).status).toBe('Progressing');
  });

  it('S10 says nothing of a Secret but its status', async () => {
    expect(await runCheck(lua, secret, answering(ok({ status: 'Degraded', message: 'geheim' })))).toEqual({ status: 'Degraded' });
    const failed = await runCheck(lua, secret, answering(err(problem('script.failed', 'geheim'))));
    expect(JSON.stringify(failed)).not.toContain('geheim');
  });
});
