import { beforeEach, describe, expect, it } from 'vitest';
import { type AnswerPart, acceptQuestions, type Question } from '../../../core/question/questions.ts';
import { hasNews } from '../../../src/deliver/answer-poll.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { createQuestionDesk, type QuestionDesk } from '../../../src/question/question-desk.ts';
import { makeSigner } from '../deliver/agents.ts';

const CLUSTER = 'c-1';
const question = (n: number): Question => ({ id: String(n).padStart(32, '0'), kind: 'object', app: 'web', key: '/Pod/shop/a' });

let now: number;
let desk: QuestionDesk;
let taken: AnswerPart[];
const take = (part: AnswerPart) => {
  taken.push(part);
  return 'taken' as const;
};

beforeEach(() => {
  now = 1_000_000;
  taken = [];
  desk = createQuestionDesk(() => now);
});

/** What an agent that has seen so much makes of the list. */
async function listed(seen: number) {
  const signer = await makeSigner();
  const envelope = await desk.list({ cluster: CLUSTER, signer, seen });
  const keyList = { root: signer.publicKey.keyid, version: 1, keys: [signer.publicKey] };
  const accepted = await acceptQuestions(envelope, { cluster: CLUSTER, keyList, now, verify: verifyEd25519 });
  if (!accepted.ok) throw new Error(accepted.error.message);
  return accepted.value;
}

describe('a list of questions', () => {
  it('holds what the agent has not seen, under a number that grows', async () => {
    desk.ask(question(1), take);
    const first = await listed(0);
    desk.ask(question(2), take);
    const second = await listed(first.number);
    expect(first.questions.map(({ id }) => id)).toEqual([question(1).id]);
    expect(second.questions.map(({ id }) => id)).toEqual([question(2).id]);
    expect(second.number).toBeGreaterThan(first.number);
  });

  it('of a Cluster object that was restarted is numbered above all before it', async () => {
    desk.ask(question(1), take);
    const before = desk.number();
    now += 1;
    desk = createQuestionDesk(() => now);
    expect((await listed(0)).number).toBeGreaterThan(before);
    desk.ask(question(2), take);
    expect(desk.number()).toBeGreaterThan(before);
  });

  it('leaves out what nobody waits for any more', async () => {
    desk.ask(question(1), take);
    desk.ask(question(2), take);
    desk.forget(question(2).id);
    now += 61_000;
    desk.ask(question(3), take);
    expect((await listed(0)).questions.map(({ id }) => id)).toEqual([question(3).id]);
  });
});

describe('an answer', () => {
  it('goes to who asked, part by part, each once', () => {
    desk.ask(question(1), take);
    const { id } = question(1);
    expect(desk.answer(id, { seq: 0, done: false })).toEqual({ ok: true, value: 'taken' });
    expect(desk.answer(id, { seq: 0, done: false })).toEqual({ ok: true, value: 'taken' });
    expect(desk.answer(id, { seq: 2, done: false })).toMatchObject({ ok: false, error: { rule: 'P54' } });
    expect(desk.answer(id, { seq: 1, done: true })).toEqual({ ok: true, value: 'taken' });
    expect(desk.answer(id, { seq: 2, done: true })).toEqual({ ok: true, value: 'gone' });
    expect(taken.map(({ seq }) => seq)).toEqual([0, 1]);
  });

  it('to nobody, or to somebody who has gone, is told so', () => {
    expect(desk.answer('f'.repeat(32), { seq: 0, done: true })).toEqual({ ok: true, value: 'gone' });
    desk.ask(question(1), () => 'gone');
    expect(desk.answer(question(1).id, { seq: 0, done: false })).toEqual({ ok: true, value: 'gone' });
    expect(desk.answer(question(1).id, { seq: 1, done: false })).toEqual({ ok: true, value: 'gone' });
  });
});

describe('a poll', () => {
  const standing = { keys: 1, generation: 1, expiresAt: 1 };
  const poll = { ...standing, cluster: CLUSTER, bundles: [], agentVersion: '1' };
  it('is let go by a question that the agent has not seen', () => {
    expect(hasNews({ ...poll, questions: 4 }, { ...standing, questions: 5 })).toBe(true);
    expect(hasNews({ ...poll, questions: 5 }, { ...standing, questions: 5 })).toBe(false);
  });
  it('of an agent that answers no questions is not', () => expect(hasNews(poll, { ...standing, questions: 5 })).toBe(false));
});
