import type { Problem } from '../../core/problem/problem.ts';
import { signEnvelope } from '../../core/protocol/dsse.ts';
import { type Envelope, QUESTIONS_TYPE } from '../../core/protocol/messages.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import {
  type AnswerPart,
  MAX_LIFE_MS,
  MAX_QUESTIONS,
  orderOfPart,
  type Question,
  type QuestionList,
} from '../../core/question/questions.ts';
import { ok, type Result } from '../../core/result.ts';

/**
 * Questions that wait for an agent's answer. All of it is in memory: whoever asked holds a request open, and when the object goes so does the request.
 *
 *   ask ─► the Lobby lets the poll go ─► the agent fetches the signed list ─► answers by POST, in parts
 *
 * Lists are numbered by the clock, so that a number made after a restart is above every one before.
 */
export interface QuestionDesk {
  /** Number of the newest list; 0 when nothing was asked since the object began. */
  number(): number;
  /** Asks; parts of the answer go to `take` in their order, and `gone` means that nobody listens any more. */
  ask(question: Question, take: (part: AnswerPart) => 'taken' | 'gone'): void;
  /** Nobody listens any more. */
  forget(id: string): void;
  /** A part of an answer: `gone` when nobody listens, a problem when it is not the next part. */
  answer(id: string, part: AnswerPart): Result<'taken' | 'gone', Problem>;
  /** The open questions that an agent has not seen, signed; an empty list says that what it has missed is over. */
  list(options: { readonly cluster: string; readonly signer: Signer; readonly seen: number }): Promise<Envelope>;
}

interface Open {
  readonly question: Question;
  readonly number: number;
  readonly until: number;
  readonly take: (part: AnswerPart) => 'taken' | 'gone';
  next: number;
}

/** Where questions of people wait for the agent’s next poll, and for its answer. */
export function createQuestionDesk(now: () => number): QuestionDesk {
  const open = new Map<string, Open>();
  let newest = 0;
  return {
    number: () => newest,
    ask(question, take) {
      newest = Math.max(newest + 1, now());
      open.set(question.id, { question, number: newest, until: now() + MAX_LIFE_MS, take, next: 0 });
    },
    forget(id) {
      open.delete(id);
    },
    answer(id, part) {
      const asked = open.get(id);
      if (asked === undefined) return ok('gone');
      const order = orderOfPart(asked.next, part);
      if (!order.ok) return order;
      // Sent again, because the answer to it was lost.
      if (order.value === 'repeated') return ok('taken');
      asked.next++;
      const taken = asked.take(part);
      if (part.done || taken === 'gone') open.delete(id);
      return ok(taken);
    },
    async list({ cluster, signer, seen }) {
      const at = now();
      const questions = [...open.values()]
        .filter(({ number, until, next }) => number > seen && until > at && next === 0)
        .slice(0, MAX_QUESTIONS)
        .map(({ question }) => question);
      const list: QuestionList = {
        cluster,
        // Never below what the Lobby may have told the agent of before a restart.
        number: newest === 0 ? at : newest,
        issuedAt: at,
        expiresAt: at + MAX_LIFE_MS,
        questions,
      };
      return signEnvelope(QUESTIONS_TYPE, list, signer);
    },
  };
}
