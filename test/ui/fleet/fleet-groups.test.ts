import { describe, expect, it } from 'vitest';
import { countRows, type FleetItem, labelsOf, nextItem, toItems } from '../../../ui/fleet/fleet-groups.ts';
import { row } from './rows.ts';

const ROWS = [
  row({ app: 'api', cluster: 'us-1', labels: { team: 'web' } }),
  row({ app: 'cart', cluster: 'eu-1', health: 'Degraded' }),
  row({ app: 'mail', cluster: 'us-1', labels: { team: 'core', tier: '1' } }),
];
const NONE: ReadonlySet<string> = new Set();
const lines = (items: readonly FleetItem[]) =>
  items.map((item) => (item.kind === 'group' ? `${item.name}: ${item.counts.total}` : item.row.app));

describe('the lines of the list', () => {
  it('without groups are the Apps', () => expect(lines(toItems(ROWS, 'none', NONE))).toEqual(['api', 'cart', 'mail']));

  it('by cluster have heads with counts', () =>
    expect(lines(toItems(ROWS, 'cluster', NONE))).toEqual(['eu-1: 1', 'cart', 'us-1: 2', 'api', 'mail']));

  it('of a folded group are its head', () =>
    expect(lines(toItems(ROWS, 'cluster', new Set(['us-1'])))).toEqual(['eu-1: 1', 'cart', 'us-1: 2']));

  it('by label have those without it last', () =>
    expect(lines(toItems(ROWS, 'label:team', NONE))).toEqual(['core: 1', 'mail', 'web: 1', 'api', ': 1', 'cart']));

  it('count what is in them', () =>
    expect(countRows(ROWS)).toEqual({ total: 3, problems: 1, health: { Healthy: 2, Degraded: 1 }, sync: { Synced: 3 } }));

  it('offer labels that are used, the most used first', () => expect(labelsOf(ROWS)).toEqual(['team', 'tier']));
});

describe('steps by keyboard', () => {
  const items = toItems(ROWS, 'cluster', NONE);

  it('skip heads of groups and end at the ends', () => {
    expect([nextItem(items, -1, { step: 1 }), nextItem(items, 1, { step: 1 }), nextItem(items, 3, { step: -1 })]).toEqual([
      1, 3, 1,
    ]);
    expect([nextItem(items, 4, { step: 1 }), nextItem(items, 1, { step: -1 })]).toEqual([undefined, undefined]);
  });

  it('to the next problem begin again at the start', () => {
    expect(nextItem(items, -1, { step: 1, onlyProblems: true })).toBe(1);
    expect(nextItem(items, 4, { step: 1, onlyProblems: true })).toBe(1);
    expect(nextItem(toItems([row()], 'none', NONE), -1, { step: 1, onlyProblems: true })).toBeUndefined();
  });
});
