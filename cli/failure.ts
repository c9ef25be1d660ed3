import { PROBLEM_KINDS } from '../core/problem/codes.ts';
import type { Problem } from '../core/problem/problem.ts';
import { err } from '../core/result.ts';

/**
 * What scripts may rely on: 0 done; 1 the thing is not as asked (not synced, not verified, does not render); 2 wrong usage;
 * 3 the Worker refused or cannot be reached. Waiting says how it ended: 4 the time was over; 5 the App is Degraded, its sync failed, or it was
 * rolled back; 6 nothing goes on before a person acts.
 */
export const EXIT = { ok: 0, notAsAsked: 1, usage: 2, refused: 3, timeout: 4, bad: 5, held: 6 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Why a command could not do what was asked: what happened, where, and what to do. Never holds a secret. */
export interface Failure {
  readonly exit: Exclude<ExitCode, 0>;
  readonly message: string;
  readonly code?: string;
  readonly where?: string;
  readonly fix?: string;
}

/** The command was called wrongly. */
export function usage(message: string, fix?: string): { readonly ok: false; readonly error: Failure } {
  return err({ exit: EXIT.usage, message, ...(fix === undefined ? {} : { fix }) });
}

/** The command was carried out and the answer is no. */
export function notAsAsked(message: string, fix?: string): { readonly ok: false; readonly error: Failure } {
  return err({ exit: EXIT.notAsAsked, message, ...(fix === undefined ? {} : { fix }) });
}

/** A Problem of core as the failure of a command. */
export function fromProblem(problem: Problem, exit: Failure['exit']): Failure {
  return { exit, ...problem, fix: PROBLEM_KINDS[problem.code].fix };
}

/** The lines that stderr gets: `error: what [code]`, then where and what to do. */
export function describeFailure(failure: Failure): string {
  const code = failure.code === undefined ? '' : ` [${failure.code}]`;
  const lines = [`error: ${failure.message}${code}`];
  if (failure.where !== undefined) lines.push(`  where: ${failure.where}`);
  if (failure.fix !== undefined) lines.push(`  to do: ${failure.fix}`);
  return `${lines.join('\n')}\n`;
}
