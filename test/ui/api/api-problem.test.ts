import { describe, expect, it } from 'vitest';
import { asApiProblem, toApiProblem } from '../../../ui/api/api-problem.ts';

describe('an answer that is not what was asked for', () => {
  it('is the problem that its body names', async () => {
    const body = { code: 'api.not_found', message: 'there is no App x', fix: 'Check the name.' };
    expect(await toApiProblem(Response.json(body, { status: 404 }))).toMatchObject({ status: 404, ...body });
  });

  it.each(['<html>', '[]', 'null', '{"code":7,"message":{}}', ''])('is still a problem when its body is %j', async (body) => {
    const problem = await toApiProblem(new Response(body, { status: 502 }));
    expect([problem.status, problem.code, problem.message]).toEqual([502, 'unknown', 'the Worker answered 502']);
  });
});

it('a network that fails is told from a bug', () => {
  expect(asApiProblem(new TypeError('fetch failed')).code).toBe('network');
  expect(asApiProblem(new RangeError('no')).code).toBe('bug');
});
