import { describe, expect, it } from 'vitest';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import { QUESTIONS_TYPE, SNAPSHOT_TYPE } from '../../../core/protocol/messages.ts';
import { acceptQuestions, beginQuestions, orderOfPart, parseAnswer, type Question } from '../../../core/question/questions.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import type { Party } from './frozen.ts';
import { KEY_LIST, NOW, ruleOf, SNAPSHOT, signerOf } from './parties.ts';

const ID = 'a'.repeat(32);
const QUESTION: Question = { id: ID, kind: 'object', app: 'web', key: '/Pod/shop/web-1' };
const LIST = { cluster: SNAPSHOT.cluster, number: 7, issuedAt: NOW - 1_000, expiresAt: NOW + 30_000, questions: [QUESTION] };

async function offer(change: object = {}, options: { readonly by?: Party; readonly type?: string } = {}) {
  const { by = 'online', type = QUESTIONS_TYPE } = options;
  const envelope = await signEnvelope(type, { ...LIST, ...change }, await signerOf(by));
  return acceptQuestions(envelope, { cluster: SNAPSHOT.cluster, keyList: KEY_LIST, now: NOW, verify: verifyEd25519 });
}

it('a list that a listed key signed just now for this cluster is accepted', async () =>
  expect(await offer()).toEqual({ ok: true, value: LIST }));

it('an empty list is accepted: it says how far the questions have come', async () =>
  expect(await offer({ questions: [] })).toMatchObject({ ok: true, value: { number: 7, questions: [] } }));

describe('the envelope of a list (S41, S42)', () => {
  it('signed by the root key, which signs no questions, is refused', async () =>
    expect(ruleOf(await offer({}, { by: 'root' }))).toBe('P03'));
  it('signed by an agent is refused', async () => expect(ruleOf(await offer({}, { by: 'agent' }))).toBe('P03'));
  it('signed as a snapshot is refused', async () => expect(ruleOf(await offer({}, { type: SNAPSHOT_TYPE }))).toBe('P02'));
});

describe('P50 a malformed list is refused, although it is signed (S43)', () => {
  const malformed: readonly (readonly [name: string, change: object])[] = [
    ['without a number', { number: undefined }],
    ['a number below zero', { number: -1 }],
    ['questions that are no list', { questions: { length: 1 } }],
    ['too many questions', { questions: Array.from({ length: 101 }, () => QUESTION) }],
  ];
  for (const [name, change] of malformed) it(`P50 refuses ${name}`, async () => expect(ruleOf(await offer(change))).toBe('P50'));

  const unknown: readonly (readonly [name: string, question: object])[] = [
    ['of a kind that is not known', { ...QUESTION, kind: 'exec' }],
    ['without an id', { ...QUESTION, id: undefined }],
    ['with an id that is none', { ...QUESTION, id: '../report' }],
    ['for more lines than there may be', { ...QUESTION, kind: 'logs', tail: 5_001, follow: false }],
  ];
  for (const [name, question] of unknown)
    it(`a question ${name} is left out, the others count`, async () =>
      expect(await offer({ questions: [question, QUESTION] })).toMatchObject({ ok: true, value: { questions: [QUESTION] } }));
});

it('P51 refuses a list that was made for another cluster', async () =>
  expect(ruleOf(await offer({ cluster: '8f1c3c2e-0d0b-4a53-9d5c-000000000002' }))).toBe('P51'));

describe('P52 questions are fresh', () => {
  it('P52 refuses a list that has expired', async () => expect(ruleOf(await offer({ expiresAt: NOW }))).toBe('P52'));
  it('P52 refuses a list that is valid for longer than a minute', async () =>
    expect(ruleOf(await offer({ issuedAt: NOW, expiresAt: NOW + 60_001 }))).toBe('P52'));
});

describe('P53 a question is answered once', () => {
  it('P53 refuses an id that was asked before, in another list or in the same', () => {
    const begun = new Map<string, number>();
    expect(beginQuestions(LIST, begun, 0).fresh).toEqual([QUESTION]);
    const again = beginQuestions({ ...LIST, questions: [QUESTION, { ...QUESTION, id: 'b'.repeat(32) }, QUESTION] }, begun, 1_000);
    expect(again.fresh.map(({ id }) => id)).toEqual(['b'.repeat(32)]);
    expect(again.repeated.map(({ rule }) => rule)).toEqual(['P53', 'P53']);
  });
  it('remembers ids for longer than a list can be valid, and no longer', () => {
    const begun = new Map<string, number>();
    beginQuestions(LIST, begun, 0);
    expect(beginQuestions(LIST, begun, 9 * 60_000).fresh).toEqual([]);
    expect(beginQuestions({ ...LIST, questions: [] }, begun, 11 * 60_000).fresh).toEqual([]);
    expect(begun.size).toBe(0);
  });
});

it('P54 takes parts of an answer in their order, and one that came before again as nothing', () => {
  expect(orderOfPart(2, { seq: 2, done: false })).toEqual({ ok: true, value: 'next' });
  expect(orderOfPart(2, { seq: 1, done: false })).toEqual({ ok: true, value: 'repeated' });
  expect(ruleOf(orderOfPart(2, { seq: 3, done: true }))).toBe('P54');
});

describe('an answer', () => {
  it('of unknown form is refused', () => {
    for (const value of [null, [], {}, { seq: 0 }, { seq: -1, done: true }, { seq: 0, done: true, lines: [1] }])
      expect(parseAnswer(value).ok).toBe(false);
  });
  it('with lines is taken', () => expect(parseAnswer({ seq: 0, done: false, lines: ['a'] }).ok).toBe(true));
});
