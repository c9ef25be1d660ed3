import type { AppRow } from '../api/board.ts';
import type { ClusterView } from '../api/views.ts';
import type { ClusterCounters, FleetMetrics } from './counters.ts';
import { type Labels, type MetricFamily, writeOpenMetrics } from './open-metrics.ts';

/** Everything that is measured, as the objects know it. */
export interface Measured {
  readonly version: string;
  readonly apps: readonly AppRow[];
  readonly clusters: readonly ClusterView[];
  /** By cluster. */
  readonly counters: ReadonlyMap<string, ClusterCounters>;
  readonly fleet: FleetMetrics;
  /** Notifications by state: `waiting`, `delivered`, `failed`, … */
  readonly notifications: { readonly [state: string]: number };
}

/** Clusters with labels of their own: what nobody would look at one by one is left out, so that a scrape stays small. */
const MAX_CLUSTERS = 2_000;

type Point = readonly [Labels, number];

/** The text of GET /metrics. Labels are clusters, states of Argo CD's vocabulary and outcomes: their number is bounded. */
export function writeExposition(measured: Measured): string {
  const { apps, fleet, notifications } = measured;
  const clusters = measured.clusters.slice(0, MAX_CLUSTERS);
  const each = (value: (view: ClusterView) => number | undefined): Point[] =>
    clusters.flatMap((view) => {
      const found = value(view);
      return found === undefined ? [] : [[{ cluster: view.name }, found] as const];
    });
  const counted = clusters.flatMap(({ name }) => {
    const counters = measured.counters.get(name);
    return counters === undefined ? [] : [{ cluster: name, counters }];
  });
  const families: MetricFamily[] = [
    gauge('plumbline_build_info', 'The running version; always 1.', [[{ version: measured.version }, 1]]),
    gauge(
      'plumbline_apps',
      'Apps by cluster, sync status and health.',
      countApps(apps, new Set(clusters.map(({ name }) => name))),
    ),
    counter(
      'plumbline_syncs',
      'Syncs that ended, by outcome.',
      byOutcome(counted, ({ syncs }) => syncs),
    ),
    {
      ...{ name: 'plumbline_sync_duration_seconds', type: 'histogram', unit: 'seconds' },
      help: 'How long syncs took, by the clock of the agent.',
      samples: counted.map(({ cluster, counters }) => [{ cluster }, counters.syncSeconds] as const),
    },
    counter(
      'plumbline_drift',
      'Differences that somebody made in the cluster, by what was done about them.',
      counted.flatMap(({ cluster, counters: { drift } }) => [
        [{ cluster, action: 'reported' }, drift.found] as const,
        [{ cluster, action: 'healed' }, drift.healed] as const,
      ]),
    ),
    counter(
      'plumbline_rollbacks',
      'Rollbacks, by people and automatic.',
      counted.map(({ cluster, counters }) => [{ cluster }, counters.rollbacks]),
    ),
    gauge(
      'plumbline_requests_open',
      'Requests of people that wait for the agent.',
      counted.map(({ cluster, counters }) => [{ cluster }, counters.openRequests]),
    ),
    gauge(
      'plumbline_snapshot_generation',
      'The newest signed generation.',
      each(({ generation }) => generation),
    ),
    gauge(
      'plumbline_snapshot_key_list_version',
      'The key list under which it was signed.',
      each(({ keys }) => keys),
    ),
    gauge(
      'plumbline_agent_last_seen_timestamp_seconds',
      'When the agent was heard of last.',
      each(({ lastSeen }) => toSeconds(lastSeen)),
      'seconds',
    ),
    gauge(
      'plumbline_agent_silent',
      'Whether the agent has not been heard of for too long.',
      each(({ agent, silentSince }) => (agent === undefined ? undefined : Number(silentSince !== undefined))),
    ),
    gauge(
      'plumbline_agent_memory_bytes',
      'Resident memory of the agent.',
      each(({ agent }) => agent?.rssBytes),
      'bytes',
    ),
    gauge(
      'plumbline_agent_start_timestamp_seconds',
      'When the agent was started.',
      each(({ agent }) => toSeconds(agent?.startedAt)),
      'seconds',
    ),
    gauge('plumbline_sources', 'Fleet paths.', [[{}, fleet.sources]]),
    gauge('plumbline_repositories', 'Git repositories in use.', [[{}, fleet.repositories]]),
    gauge('plumbline_repositories_queued', 'Repositories with work to do.', [[{}, fleet.dirty]]),
    counter(
      'plumbline_git_polls',
      'Times that a repository was asked where its revisions are, with the fetch when one moved.',
      fromRecord('outcome', fleet.polls),
    ),
    {
      ...{ name: 'plumbline_git_poll_duration_seconds', type: 'histogram', unit: 'seconds' },
      help: 'How long that took.',
      samples: [[{}, fleet.pollSeconds]],
    },
    counter(
      'plumbline_renders',
      'Renders of Apps; cached ones were answered by an earlier render of the same inputs.',
      fromRecord('outcome', fleet.renders),
    ),
    {
      ...{ name: 'plumbline_render_duration_seconds', type: 'histogram', unit: 'seconds' },
      help: 'How long renders took that were not cached.',
      samples: [[{}, fleet.renderSeconds]],
    },
    gauge('plumbline_notifications', 'Notifications by state.', fromRecord('state', notifications)),
  ];
  return writeOpenMetrics(families);
}

function gauge(name: string, help: string, samples: readonly Point[], unit?: string): MetricFamily {
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) };
}

function counter(name: string, help: string, samples: readonly Point[]): MetricFamily {
  return { name, type: 'counter', help, samples };
}

function fromRecord(label: string, values: { readonly [name: string]: number }): Point[] {
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}

interface Counted {
  readonly cluster: string;
  readonly counters: ClusterCounters;
}

function byOutcome(
  counted: readonly Counted[],
  of: (counters: ClusterCounters) => { readonly [outcome: string]: number },
): Point[] {
  return counted.flatMap(({ cluster, counters }) =>
    Object.entries(of(counters)).map(([outcome, value]) => [{ cluster, outcome }, value] as const),
  );
}

function countApps(apps: readonly AppRow[], clusters: ReadonlySet<string>): Point[] {
  const counts = new Map<string, { readonly labels: Labels; n: number }>();
  for (const { cluster, sync, health } of apps) {
    if (!clusters.has(cluster)) continue;
    const key = `${cluster}/${sync}/${health}`;
    const count = counts.get(key) ?? { labels: { cluster, sync, health }, n: 0 };
    count.n += 1;
    counts.set(key, count);
  }
  return [...counts.values()].map(({ labels, n }) => [labels, n]);
}

function toSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
