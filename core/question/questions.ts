import * as v from 'valibot';
import type { ResourceAction, TreeEvent } from '../api/tree.ts';
import type { ObjectKey } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import { openEnvelope, refuse } from '../protocol/dsse.ts';
import { type KeyList, QUESTIONS_TYPE } from '../protocol/messages.ts';
import { count, list, maybe, text } from '../protocol/schema-parts.ts';
import type { Verify } from '../protocol/signing.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * Questions: what people want to look at just now. They change nothing, so they are in no snapshot and make no generation (decision 0023); like everything
 * that an agent acts on they are signed, for a look at an object or at logs is a disclosure.
 *
 * A list is numbered like a clock: `number` grows, and the agent names in its poll the newest that it has seen. An empty list is how it learns that what
 * it has missed is over.
 */
export interface QuestionList {
  /** UID of kube-system. */
  readonly cluster: string;
  readonly number: number;
  /** Milliseconds since the epoch, Worker's clock; at most MAX_LIFE_MS apart. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly questions: readonly Question[];
}

export type Question =
  | { readonly id: string; readonly kind: 'object' | 'actions'; readonly app: string; readonly key: ObjectKey }
  | ({ readonly id: string; readonly kind: 'logs'; readonly app: string; readonly key: ObjectKey } & LogWish);

/** Which lines of a Pod. */
export interface LogWish {
  readonly container?: string;
  /** How many of the newest lines to begin with, at most MAX_TAIL. */
  readonly tail: number;
  /** Only lines of the last so many seconds. */
  readonly since?: number;
  /** Of the container that ran before this one. */
  readonly previous?: boolean;
  readonly follow: boolean;
}

export const MAX_LIFE_MS = 60_000;
export const MAX_TAIL = 5_000;
export const MAX_QUESTIONS = 100;

/** POST /agent/answers/<id>: a part of the answer, counted from 0. The last one has `done`. */
export interface AnswerPart {
  readonly seq: number;
  readonly done: boolean;
  readonly problem?: Problem;
  readonly object?: AnsweredObject;
  readonly actions?: readonly ResourceAction[];
  readonly lines?: readonly string[];
  /** Why logs ended. */
  readonly reason?: string;
}

/** An ObjectView without its key, which the asker knows. */
export interface AnsweredObject {
  readonly desired?: string;
  readonly live?: string;
  readonly differences: readonly { readonly path: string; readonly manager?: string; readonly time?: string }[];
  readonly events: readonly TreeEvent[];
}

const flag = maybe(v.boolean());
const about = { id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)), app: text(253), key: text(2048) };
const questionSchema = v.variant('kind', [
  v.object({ ...about, kind: v.picklist(['object', 'actions']) }),
  v.object({
    ...about,
    kind: v.literal('logs'),
    container: maybe(text(253)),
    tail: v.pipe(count, v.maxValue(MAX_TAIL)),
    since: maybe(count),
    previous: flag,
    follow: v.boolean(),
  }),
]);
const listSchema = v.object({
  cluster: text(128),
  number: count,
  issuedAt: count,
  expiresAt: count,
  // What a newer Worker may ask and this agent cannot answer is left out, one by one.
  questions: list(v.unknown(), MAX_QUESTIONS),
});

/** What the agent knows when questions arrive. */
export interface QuestionTrust {
  readonly cluster: string;
  readonly keyList: KeyList;
  /** Worker's clock, ms. */
  readonly now: number;
  readonly verify: Verify;
}

/**
 * Decides whether a list of questions may be answered. Fails with `protocol.refused`: P01–P04 (envelope), P50 (malformed), P51 (another cluster),
 * P52 (expired, or valid for longer than a minute). Questions of a form that is not known are left out.
 */
export async function acceptQuestions(envelope: unknown, trust: QuestionTrust): Promise<Result<QuestionList, Problem>> {
  const opened = await openEnvelope(envelope, { type: QUESTIONS_TYPE, keys: trust.keyList.keys, verify: trust.verify });
  if (!opened.ok) return opened;
  const parsed = v.safeParse(listSchema, opened.value.value, { abortEarly: true });
  if (!parsed.success) return refuse('P50', 'malformed list of questions');
  const { questions, ...rest } = parsed.output;
  if (rest.cluster !== trust.cluster) return refuse('P51', `questions for cluster ${rest.cluster}, this is ${trust.cluster}`);
  if (rest.expiresAt <= trust.now) return refuse('P52', `the questions expired ${trust.now - rest.expiresAt} ms ago`);
  if (rest.expiresAt - rest.issuedAt > MAX_LIFE_MS) return refuse('P52', 'the questions are valid for longer than a minute');
  const known = questions.flatMap((question) => {
    const one = v.safeParse(questionSchema, question);
    // The schema spells out the type.
    return one.success ? [one.output as Question] : [];
  });
  return ok({ ...rest, questions: known });
}

/** How long ids are remembered: for longer than any list is valid, with clocks that differ. */
const REMEMBERED_MS = 10 * 60_000;

/**
 * The questions of an accepted list that were not begun before, and a refusal (P53) for each that was; `begun` remembers them by their ids.
 * `now` only has to go forwards.
 */
export function beginQuestions(
  { questions }: QuestionList,
  begun: Map<string, number>,
  now: number,
): { readonly fresh: readonly Question[]; readonly repeated: readonly Problem[] } {
  for (const [id, at] of begun) if (now - at > REMEMBERED_MS) begun.delete(id);
  const fresh = questions.filter(({ id }, i) => !begun.has(id) && questions.findIndex((other) => other.id === id) === i);
  const repeated = questions.filter((question) => !fresh.includes(question));
  for (const { id } of fresh) begun.set(id, now);
  return { fresh, repeated: repeated.map(({ id }) => refuse('P53', `question ${id} was asked before`).error) };
}

/** Whether a part of an answer is the next one, or was taken before; fails with `protocol.refused` (P54) when it comes too early. */
export function orderOfPart(next: number, { seq }: AnswerPart): Result<'next' | 'repeated', Problem> {
  if (seq > next) return refuse('P54', `part ${seq} of an answer came before part ${next}`);
  return ok(seq === next ? 'next' : 'repeated');
}

const eventSchema = v.object({
  type: v.picklist(['Normal', 'Warning']),
  reason: text(128),
  message: text(4096),
  count,
  last: text(64),
});
const objectSchema = v.object({
  desired: maybe(text(4_000_000)),
  live: maybe(text(4_000_000)),
  differences: list(v.object({ path: text(2048), manager: maybe(text()), time: maybe(text(64)) }), 1_000),
  events: list(eventSchema, 100),
});
const actionSchema = v.object({
  name: text(64),
  title: text(128),
  disabled: maybe(text(512)),
  parameters: maybe(list(v.object({ name: text(64), type: v.picklist(['integer', 'text']), default: maybe(text(64)) }), 10)),
});
const answerSchema = v.object({
  seq: count,
  done: v.boolean(),
  problem: maybe(v.object({ code: text(64), message: text(4096), where: maybe(text(2048)), rule: maybe(text(16)) })),
  object: maybe(objectSchema),
  actions: maybe(list(actionSchema, 50)),
  lines: maybe(list(text(20_000), 10_000)),
  reason: maybe(text(256)),
});

/** Parses a part of an answer. The error names the field. */
export function parseAnswer(value: unknown): Result<AnswerPart, string> {
  const parsed = v.safeParse(answerSchema, value, { abortEarly: true });
  // The schema spells out the type; problem codes are text because a newer agent may know more of them.
  if (parsed.success) return ok(parsed.output as AnswerPart);
  return err(`${v.getDotPath(parsed.issues[0]) ?? 'answer'}: is not as it should be`);
}
