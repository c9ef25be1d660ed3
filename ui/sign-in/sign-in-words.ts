import { PROBLEM_KINDS, type ProblemCode } from '../../core/problem/codes.ts';

/** What to do after a sign-in that failed, by the code in the address; nothing of the address itself is shown (threat S28). undefined without one. */
export function describeSignInProblem(code: string | null): string | undefined {
  if (code === null) return undefined;
  const fix = Object.hasOwn(PROBLEM_KINDS, code) ? PROBLEM_KINDS[code as ProblemCode].fix : 'Try again.'; // its own keys are the codes
  return `Signing in failed. ${fix}`;
}

/** The token of a link `/sign-in#token=…`, which is taken out of the address and the history; empty without one. */
export function takeTokenFromFragment(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (token !== '') history.replaceState(null, '', location.pathname + location.search);
  return token;
}
