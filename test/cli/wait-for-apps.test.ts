import { describe, expect, it } from 'vitest';
import type { Failure } from '../../cli/failure.ts';
import type { ProgressItem } from '../../cli/output/progress.ts';
import type { Verdict } from '../../cli/wait/judge-app.ts';
import { waitForApps } from '../../cli/wait/wait-for-apps.ts';
import type { AppView } from '../../core/api/views.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { fullView } from './views.ts';

const AWAY: Failure = { exit: 3, code: 'cli.unreachable', message: 'away' };
const GONE: Failure = { exit: 3, code: 'api.not_found', message: 'gone' };

/** Waits for Apps that are judged as is said, one answer after the other; the last stays. */
async function wait(
  answers: readonly (readonly Verdict['kind'][] | Failure)[],
  options: { readonly timeoutMs?: number; readonly patienceMs?: number } = {},
) {
  const shown: (readonly ProgressItem[])[] = [];
  let at = 0;
  let kinds: readonly Verdict['kind'][] = [];
  const waited = await waitForApps<AppView>({
    async look(): Promise<Result<readonly AppView[], Failure>> {
      const answer = answers[Math.min(at++, answers.length - 1)] ?? [];
      if ('message' in answer) return err(answer);
      kinds = answer;
      return ok(answer.map((_, i) => fullView(`app-${i}`)));
    },
    judge: (view) => ({ kind: kinds[Number(view.app.split('-')[1])] ?? 'waiting', why: ['why'] }),
    timeoutMs: 60_000,
    patienceMs: 60_000,
    progress: { show: (items) => void shown.push(items), end: () => {} },
    ...options,
  });
  return { waited, shown };
}

describe('waiting', () => {
  it('is over with 0 when everything is as asked, and shows each state', async () => {
    const { waited, shown } = await wait([
      ['waiting', 'done'],
      ['done', 'done'],
    ]);
    expect(waited).toMatchObject({ value: { exit: 0 } });
    expect(shown.map((items) => items.map(({ details }) => details))).toEqual([
      [['why'], []],
      [[], []],
    ]);
  });

  it.each([
    ['4: the time is over', ['done', 'waiting'], 4],
    ['5: one is bad', ['held', 'bad'], 5],
    ['6: one is held', ['waiting', 'held'], 6],
    ['4: there are none', [], 4],
  ] as const)('ends with %s', async (_, kinds, exit) =>
    expect((await wait([kinds], { timeoutMs: 0 })).waited).toMatchObject({ value: { exit } }),
  );

  it.each([
    ['bad', 5],
    ['held', 6],
  ] as const)('ends before its time when one stays %s for longer than patience lasts', async (kind, exit) =>
    expect((await wait([['waiting'], [kind]], { patienceMs: 0 })).waited).toMatchObject({ value: { exit } }),
  );

  it('forgives what does not last', async () =>
    expect((await wait([['bad'], ['waiting'], ['done']], { patienceMs: 5_000 })).waited).toMatchObject({ value: { exit: 0 } }));

  it('goes on when the Worker is away for a moment, but not from the start', async () => {
    expect((await wait([['waiting'], AWAY, ['done']])).waited).toMatchObject({ value: { exit: 0 } });
    expect((await wait([AWAY])).waited).toEqual(err(AWAY));
  });

  it('ends when an App is no longer there', async () => expect((await wait([['waiting'], GONE])).waited).toEqual(err(GONE)));
});
