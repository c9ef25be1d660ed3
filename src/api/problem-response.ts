import type { Context } from 'hono';
import { PROBLEM_KINDS, type ProblemCode } from '../../core/problem/codes.ts';
import type { Problem } from '../../core/problem/problem.ts';

const STATUS: Partial<Record<ProblemCode, 400 | 401 | 403 | 404 | 409 | 413 | 428 | 429 | 503>> = {
  'api.unauthenticated': 401,
  'api.forbidden': 403,
  'api.cross_site': 403,
  'api.too_many': 429,
  'auth.refused': 401,
  'auth.code': 401,
  'auth.pending': 428,
  'auth.roles': 403,
  'api.not_found': 404,
  'api.invalid': 400,
  'api.too_large': 413,
  'api.conflict': 409,
  'agent.unknown': 401,
  'agent.signature': 401,
  'question.gone': 404,
  'question.no_answer': 503,
  'question.forbidden': 409,
  'action.unknown': 400,
  'action.invalid': 400,
  'action.disabled': 409,
  'action.old_agent': 409,
  'enrol.token': 403,
  'webhook.signature': 401,
  'webhook.payload': 400,
  'webhook.too_large': 413,
  'webhook.unknown_repository': 404,
};

/** A Problem as an HTTP answer: `{code, message, where?, rule?, fix}`; 422 where no other status says more. */
export function problemResponse(c: Context, problem: Problem): Response {
  return c.json({ ...problem, fix: PROBLEM_KINDS[problem.code].fix }, STATUS[problem.code] ?? 422);
}
