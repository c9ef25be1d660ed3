import { PROBLEM_KINDS, type ProblemCode } from './codes.ts';

/**
 * What went wrong, as data: the code decides, the message says what happened, `where` says at which place
 * (`apps/web.yaml:12`, `Deployment shop/web`, a URL without credentials). Never holds a secret.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly where?: string;
  /** The numbered rule of PROTOCOL.md that was broken, for `protocol.refused`. */
  readonly rule?: string;
}

/** Builds a Problem; `at.where` and `at.rule` are left out when absent. */
export function problem(
  code: ProblemCode,
  message: string,
  at: { readonly where?: string; readonly rule?: string } = {},
): Problem {
  return {
    code,
    message,
    ...(at.where === undefined ? {} : { where: at.where }),
    ...(at.rule === undefined ? {} : { rule: at.rule }),
  };
}

/** One line for people: what happened, where, and what to do. */
export function describeProblem(p: Problem): string {
  const where = p.where === undefined ? '' : ` (${p.where})`;
  return `${p.message}${where}. ${PROBLEM_KINDS[p.code].fix}`;
}

/** True when trying again by itself can help. */
export function isRetried(p: Problem): boolean {
  return PROBLEM_KINDS[p.code].next === 'retry' || PROBLEM_KINDS[p.code].next === 'wait';
}

/** The only place where an unknown exception becomes a Problem: a bug, with the name of its class and its message. */
export function toProblem(error: unknown, where?: string): Problem {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return problem('bug', message, where === undefined ? {} : { where });
}
