import { describe, expect, it } from 'vitest';
import {
  newReleaseState,
  parseReleaseState,
  previousSuccess,
  type ReleaseRecord,
  truncateHistory,
} from '../../../core/release/release-state.ts';
import { ReleaseRun } from './releases.ts';

const record = (revision: number, status: ReleaseRecord['status'], tests?: 'succeeded' | 'failed'): ReleaseRecord => ({
  revision,
  bundle: `b${revision}`,
  action: 'upgrade',
  status,
  ...(tests === undefined ? {} : { tests }),
});
const revisions = (history: readonly ReleaseRecord[]) => history.map(({ revision }) => revision);

describe('what is stored', () => {
  it('is read as it was written', () => {
    expect(parseReleaseState(JSON.parse(JSON.stringify(newReleaseState())))).toEqual({ ok: true, value: newReleaseState() });
    const { state } = new ReleaseRun().installed();
    expect(parseReleaseState(JSON.parse(JSON.stringify(state)))).toEqual({ ok: true, value: state });
  });

  it('is small, however long a release goes on failing', () => {
    const run = new ReleaseRun({ upgrade: { retries: -1 } }).installed().want('b');
    for (let attempt = 0; attempt < 200; attempt++) {
      run.look();
      run.fail();
      if (run.effect.do === 'rollback') attempt % 3 === 0 ? run.fail() : run.succeed();
    }
    expect(JSON.stringify(run.state).length).toBeLessThan(2_000);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'deployed'],
    ['an unknown field', { ...newReleaseState(), more: 1 }],
    ['a negative count', { ...newReleaseState(), failures: { install: -1, upgrade: 0 } }],
    ['an unknown status', { ...newReleaseState(), history: [{ ...record(1, 'deployed'), status: 'pending' }] }],
    ['revisions that do not fall', { ...newReleaseState(), history: [record(1, 'deployed'), record(2, 'failed')] }],
    ['two that are deployed', { ...newReleaseState(), history: [record(2, 'deployed'), record(1, 'deployed')] }],
    ['an old one that runs', { ...newReleaseState(), history: [record(2, 'deployed'), record(1, 'running')] }],
    ['too many records', { ...newReleaseState(), history: Array.from({ length: 21 }, (_, i) => record(30 - i, 'failed')) }],
  ])('is refused: %s', (_, value) => {
    const parsed = parseReleaseState(value);
    expect(parsed.ok ? 'accepted' : parsed.error.code).toBe('apply.release_state');
  });
});

describe('the history', () => {
  const history = [
    record(7, 'failed'),
    record(6, 'deployed', 'failed'),
    record(5, 'failed'),
    record(4, 'superseded'),
    record(3, 'superseded'),
  ];

  it('is gone back in to the last success before the newest', () => {
    expect(previousSuccess(history, true)?.revision).toBe(6);
    expect(previousSuccess(history, false)?.revision).toBe(4);
    expect(previousSuccess([record(1, 'deployed')], true)).toBeUndefined();
    expect(previousSuccess([], true)).toBeUndefined();
  });

  it('is kept to that success, or, without one, to the newest five', () => {
    expect(revisions(truncateHistory(history, true))).toEqual([7, 6]);
    expect(revisions(truncateHistory(history, false))).toEqual([7, 6, 5, 4]);
    const failures = Array.from({ length: 8 }, (_, i) => record(8 - i, 'failed'));
    expect(revisions(truncateHistory(failures, false))).toEqual([8, 7, 6, 5, 4]);
  });
});
