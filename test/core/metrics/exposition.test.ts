import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AppRow } from '../../../core/api/board.ts';
import type { ClusterView } from '../../../core/api/views.ts';
import { NO_CLUSTER_COUNTERS, NO_FLEET_COUNTERS } from '../../../core/metrics/counters.ts';
import { type Measured, writeExposition } from '../../../core/metrics/exposition.ts';
import { parseOpenMetrics } from './parse-open-metrics.ts';

const cluster = (name: string): ClusterView => ({
  ...{ name, generation: 7, keys: 1, lastSeen: 1_700_000_000_500, silentSince: 1 },
  agent: { version: '0.1.0', rssBytes: 80_000_000, startedAt: 1_600_000_000_000 },
  apps: { total: 1, synced: 1, healthy: 1 },
  problems: [],
});
// Only what is looked at.
const row = (of: string, app: string) => ({ cluster: of, app, sync: 'Synced', health: 'Healthy' }) as AppRow;

function measured(names: readonly string[], apps: readonly AppRow[] = []): Measured {
  return {
    version: '0.1.0',
    apps,
    clusters: names.map(cluster),
    counters: new Map(names.map((name) => [name, { ...NO_CLUSTER_COUNTERS, openRequests: 2 }])),
    fleet: { ...NO_FLEET_COUNTERS, sources: 1, repositories: 2, dirty: 0 },
    notifications: { waiting: 1, failed: 0 },
  };
}

test('an installation without clusters has valid metrics', () => {
  expect(parseOpenMetrics(writeExposition(measured([]))).length).toBeGreaterThan(15);
});

test('every family is described in docs/observability.md, and nothing else is', async () => {
  const doc = await readFile(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
  const described = [...doc.matchAll(/^\| `(plumbline_\w+)` \| (\w+) /gm)].map(([, name = '', type = '']) => [
    name.replace(/_total$/, ''),
    type,
  ]);
  const families = parseOpenMetrics(writeExposition(measured(['eu-1'])));
  expect(described).toEqual(families.map(({ name, type }) => [name, type]));
});

test('a thousand Apps make no more series than one', () => {
  const apps = (count: number) => Array.from({ length: count }, (_, i) => row('eu-1', `app-${i}`));
  const series = (text: string) => parseOpenMetrics(text).flatMap(({ samples }) => samples).length;
  expect(series(writeExposition(measured(['eu-1'], apps(1_000))))).toBe(series(writeExposition(measured(['eu-1'], apps(1)))));
});

test('clusters beyond two thousand have no series of their own', () => {
  const names = Array.from({ length: 2_100 }, (_, i) => `c-${i}`);
  const families = parseOpenMetrics(writeExposition(measured(names, [row('c-2050', 'web')])));
  expect(families.find(({ name }) => name === 'plumbline_snapshot_generation')?.samples).toHaveLength(2_000);
  expect(families.find(({ name }) => name === 'plumbline_apps')?.samples).toEqual([]);
});

test('times are seconds, and a cluster without an agent has none', () => {
  const { lastSeen: _lastSeen, agent: _agent, silentSince: _silentSince, ...silent } = cluster('us-1');
  const families = parseOpenMetrics(writeExposition({ ...measured(['eu-1']), clusters: [cluster('eu-1'), silent] }));
  const of = (name: string) =>
    families.find((family) => family.name === name)?.samples.map(({ labels, value }) => [labels['cluster'], value]);
  expect(of('plumbline_agent_last_seen_timestamp_seconds')).toEqual([['eu-1', 1_700_000_000.5]]);
  expect(of('plumbline_agent_silent')).toEqual([['eu-1', 1]]);
});
