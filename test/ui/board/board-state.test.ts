import { expect, it } from 'vitest';
import type { ClusterView } from '../../../core/api/views.ts';
import { applyMessages, toBoardState } from '../../../ui/board/board-state.ts';
import { row } from '../fleet/rows.ts';

const cluster = (name: string, lastSeen?: number): ClusterView => ({
  name,
  generation: 1,
  keys: 1,
  apps: { total: 0, synced: 0, healthy: 0 },
  problems: [],
  ...(lastSeen === undefined ? {} : { lastSeen }),
});
const start = toBoardState({
  apps: [row({ app: 'shop' }), row({ app: 'api' }), row({ app: 'shop', cluster: 'us-1' })],
  clusters: [cluster('us-1'), cluster('eu-1', 5)],
  cursor: '7',
});
const names = (state: typeof start) => state.rows.map(({ app, cluster }) => `${app}@${cluster}`);

it('a board is sorted by name, then cluster', () => {
  expect(names(start)).toEqual(['api@eu-1', 'shop@eu-1', 'shop@us-1']);
  expect(start.clusters.map(({ name }) => name)).toEqual(['eu-1', 'us-1']);
});

it('Apps change in place, come where they belong, and go', () => {
  const after = applyMessages(start, [
    { event: 'apps', data: { changed: [row({ app: 'shop', health: 'Degraded' }), row({ app: 'cart' })], gone: [] } },
    { event: 'apps', data: { changed: [], gone: [{ cluster: 'us-1', app: 'shop' }] } },
  ]);
  expect(names(after)).toEqual(['api@eu-1', 'cart@eu-1', 'shop@eu-1']);
  expect(after.rows.at(-1)?.health).toBe('Degraded');
  expect(after.rows[0]).toBe(start.rows[0]);
});

it('of two messages about an App the later holds', () => {
  const gone = { event: 'apps', data: { changed: [], gone: [{ cluster: 'eu-1', app: 'api' }] } } as const;
  const back = { event: 'apps', data: { changed: [row({ app: 'api' })], gone: [] } } as const;
  expect(names(applyMessages(start, [gone, back]))).toContain('api@eu-1');
  expect(names(applyMessages(start, [back, gone]))).not.toContain('api@eu-1');
});

it('what does not concern Apps leaves their list the same', () => {
  const after = applyMessages(start, [
    { event: 'heard', data: { 'eu-1': 9, 'us-1': 8 } },
    { event: 'heard', data: { 'eu-1': 4 } },
    { event: 'cluster', data: cluster('ap-1') },
  ]);
  expect(after.rows).toBe(start.rows);
  expect(after.clusters.map(({ name, lastSeen }) => [name, lastSeen])).toEqual([
    ['ap-1', undefined],
    ['eu-1', 9],
    ['us-1', 8],
  ]);
});
