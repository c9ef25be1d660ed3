import { ok, type Result } from '../core/result.ts';
import { type Failure, notAsAsked, usage } from './failure.ts';
import type { Terminal } from './terminal.ts';

/**
 * Lets a person confirm what cannot be taken back by typing a word, usually the name of the thing. `yes` says that they did on the command
 * line. Fails when nobody can be asked (2), or when they typed something else (1).
 */
export async function confirm(
  terminal: Terminal,
  asked: { readonly question: string; readonly word: string; readonly yes: boolean },
): Promise<Result<true, Failure>> {
  if (asked.yes) return ok(true);
  if (!terminal.canAsk) return usage('nobody can be asked here', 'Give --yes.');
  const answer = await terminal.ask(`${asked.question} Type ${asked.word}: `);
  return answer.trim() === asked.word ? ok(true) : notAsAsked('not confirmed: nothing was changed');
}
