import { PROBLEM_KINDS } from '../../core/problem/codes.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { printableLine } from './printable.ts';

/** Problems for people, one paragraph each: what happened, where, what to do. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const where = problem.where === undefined ? '' : `\n    where: ${printableLine(problem.where)}`;
      // A Worker that is newer than this CLI may know codes that it does not.
      const fix = (PROBLEM_KINDS as Partial<Record<string, { readonly fix: string }>>)[problem.code]?.fix;
      const todo = fix === undefined ? '' : `\n    to do: ${fix}`;
      return `  ${printableLine(problem.message)} [${printableLine(problem.code)}]${where}${todo}\n`;
    })
    .join('');
}
