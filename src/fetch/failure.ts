import type { ProblemCode } from '../../core/problem/codes.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';

/**
 * An expected failure on its way out of a stream. Bytes that are missing or wrong are found many calls deep, between
 * two reads of a pack; there they are thrown as this, and `settle`, at the edge of the folder, makes values of them.
 * Everything else that is thrown is a bug and passes through.
 */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly problem: Problem;

  constructor(failed: Problem) {
    super(failed.message);
    this.problem = failed;
  }
}

/** Ends the work with a Problem. */
export function refuse(code: ProblemCode, message: string, where?: string): never {
  throw new GitFailure(problem(code, message, where === undefined ? {} : { where }));
}

/** Unwraps a success, ends the work with the Problem otherwise. */
export function need<T>(result: Result<T, Problem>): T {
  if (result.ok) return result.value;
  throw new GitFailure(result.error);
}

/** Runs the work; a GitFailure becomes a value again. */
export async function settle<T>(work: () => Promise<T>): Promise<Result<T, Problem>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof GitFailure) return err(error.problem);
    throw error;
  }
}
