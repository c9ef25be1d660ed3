import { PROBLEM_KINDS, type ProblemCode } from '../../core/problem/codes.ts';

/**
 * What the API said instead of an answer. `message` is what happened, `fix` what to do about it; `code` is `network` when nothing answered.
 */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly fix: string;

  constructor(problem: { readonly status: number; readonly code: string; readonly message: string; readonly fix?: string }) {
    super(problem.message);
    this.status = problem.status;
    this.code = problem.code;
    this.fix = problem.fix ?? fixOf(problem.code);
  }
}

/** Reads a problem body (`{code, message, fix}`) of an answer that is not 2xx; anything else becomes a problem that says so. */
export async function toApiProblem(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  const has = (name: string): string | undefined => {
    const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const fix = has('fix');
  return new ApiProblem({
    status: response.status,
    code: has('code') ?? 'unknown',
    message: has('message') ?? `the Worker answered ${response.status}`,
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Whatever was thrown, as a problem that can be shown. */
export function asApiProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) return noAnswer();
  return new ApiProblem({ status: 0, code: 'bug', message: error instanceof Error ? error.message : String(error) });
}

/** Nothing answered: the network is away, or the Worker is. */
export function noAnswer(): ApiProblem {
  return new ApiProblem({
    status: 0,
    code: 'network',
    message: 'Plumbline does not answer.',
    fix: 'Look at the network; the page tries again by itself.',
  });
}

function fixOf(code: string): string {
  return code in PROBLEM_KINDS ? PROBLEM_KINDS[code as ProblemCode].fix : ''; // `in` has just said that it is one
}
