import type { AppStatus } from '../../core/app/status.ts';
import type { AppRequest } from '../../core/protocol/messages.ts';
import { computeReasons } from '../../core/reason/compute-reasons.ts';
import { type DesiredApp, listDesired, wantedState } from '../deliver/desired-apps.ts';
import { readNewest } from '../deliver/newest-snapshot.ts';
import { readFact } from '../platform/facts.ts';
import type { AppView, ClusterView } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { readObserved } from '../report/observed-apps.ts';
import { toAppControl } from './cluster-control.ts';
import type { AgentFact } from './cluster-report.ts';

/** One App as people see it: what it should be beside what it is. Before the agent has spoken of what is wanted now, it is out of sync. */
export function toAppView(
  cluster: string,
  desired: DesiredApp,
  status: AppStatus | undefined,
  requests: readonly (AppRequest & { readonly app: string })[],
): AppView {
  const { definition, commit, digest, problems } = desired;
  return {
    cluster,
    app: definition.id,
    state: wantedState(desired) === 'present' ? 'present' : 'removed',
    definition,
    revision: commit?.commit ?? '',
    subject: commit?.subject ?? '',
    author: commit?.author ?? '',
    ...(commit === undefined ? {} : { committedAt: commit.committedAt }),
    ...(digest === undefined ? {} : { bundle: digest }),
    problems,
    ...(status === undefined ? {} : { status: isCurrent(desired, status) ? status : { ...status, sync: 'OutOfSync' } }),
    requests: requests.filter((request) => request.app === definition.id).map(({ app: _app, ...request }) => request),
  };
}

/** Makes views of Apps with what people decided about them, and why they are not simply well. */
export function appViewer(sql: Sql, now: number) {
  const name = readFact<string>(sql, 'name') ?? '';
  const enrolled = readFact(sql, 'enrolled') !== undefined;
  const silentSince = readFact<number | null>(sql, 'silent') ?? undefined;
  const cluster = { now, enrolled, ...(silentSince === undefined ? {} : { silentSince }) };
  return (desired: DesiredApp, status: AppStatus | undefined, requests: Parameters<typeof toAppView>[3]): AppView => {
    const control = toAppControl(desired, status);
    const view = { ...toAppView(name, desired, status, requests), ...(control === undefined ? {} : { control }) };
    return { ...view, reasons: computeReasons(view, cluster) };
  };
}

/** True when the agent speaks of what is wanted now (I9). */
export function isCurrent({ state, digest, control }: DesiredApp, status: AppStatus): boolean {
  return wantedState({ state, ...(control === undefined ? {} : { control }) }) === 'present' && status.bundle === (digest ?? '');
}

/** The cluster as a whole. An App counts as synced only when the agent speaks of the bundle that is wanted now (I9). */
export function toClusterView(sql: Sql): ClusterView {
  const newest = readNewest(sql);
  const agent = readFact<AgentFact>(sql, 'agent');
  const uid = readFact<{ uid: string }>(sql, 'enrolled')?.uid;
  const silentSince = readFact<number | null>(sql, 'silent') ?? undefined;
  const desired = listDesired(sql).filter((app) => wantedState(app) === 'present');
  const observed = readObserved(sql);
  const current = desired.flatMap((app) => {
    const status = observed.get(app.definition.id);
    return status !== undefined && isCurrent(app, status) ? [status] : [];
  });
  return {
    name: readFact<string>(sql, 'name') ?? '',
    ...(uid === undefined ? {} : { uid }),
    generation: newest?.generation ?? 0,
    keys: newest?.keys ?? 0,
    ...(agent === undefined ? {} : { lastSeen: agent.lastSeen, agent: toAgentView(agent) }),
    apps: {
      total: desired.length,
      synced: current.filter((status) => status.sync === 'Synced').length,
      healthy: current.filter((status) => status.health.status === 'Healthy').length,
    },
    ...(silentSince === undefined ? {} : { silentSince }),
    problems: agent?.problems ?? [],
  };
}

function toAgentView({ version, rssBytes, startedAt, rttMs }: AgentFact): NonNullable<ClusterView['agent']> {
  return { version, rssBytes, startedAt, ...(rttMs === undefined ? {} : { rttMs }) };
}
