import { expect, it } from 'vitest';
import type { ActivityEvent } from '../../../core/api/activity.ts';
import { isShown, mergeEvents, parseActivityFilter, toQuery } from '../../../ui/activity/activity-filter.ts';

const event = (seq: number, changes: Partial<ActivityEvent> = {}): ActivityEvent => ({
  seq,
  time: seq,
  cluster: 'eu-1',
  app: 'shop',
  kind: 'deploy',
  text: 'deployed',
  ...changes,
});

it('a filter is written into the address and read back', () => {
  const filter = parseActivityFilter(new URLSearchParams('app=shop&kind=drift'));
  expect(filter).toEqual({ cluster: '', app: 'shop', kind: 'drift', actor: '' });
  expect(toQuery(filter)).toEqual({ app: 'shop', kind: 'drift' });
});

it('what comes live is sorted out as the API would', () => {
  const filter = parseActivityFilter(new URLSearchParams('app=shop&actor=ana'));
  expect(isShown(event(1, { actor: 'ana' }), filter)).toBe(true);
  expect(isShown(event(1), filter)).toBe(false);
});

it('an event that comes live and is asked for is there once, and the same number of another cluster is another', () => {
  const merged = mergeEvents([event(3), event(2)], [event(2), event(1), event(1, { cluster: 'us-1' })]);
  expect(merged.map(({ cluster, seq }) => `${cluster}#${seq}`)).toEqual(['eu-1#3', 'eu-1#2', 'eu-1#1', 'us-1#1']);
});
