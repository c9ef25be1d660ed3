import { PROBLEM_KINDS } from '../../core/problem/codes.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { Note } from './notes.tsx';

/** Problems in words: what happened, where, what to do. Nothing when there are none. */
export function ProblemList({ problems }: { readonly problems: readonly Problem[] }) {
  return problems.map((problem) => (
    <Note
      key={`${problem.code} ${problem.where ?? ''} ${problem.message}`}
      tone={PROBLEM_KINDS[problem.code]?.next === 'user' ? 'bad' : 'wait'}
    >
      <strong>{problem.message}</strong> {problem.where === undefined ? '' : `(${problem.where}) `}
      {PROBLEM_KINDS[problem.code]?.fix}
    </Note>
  ));
}
