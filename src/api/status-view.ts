import type { AppRow, StatusView } from '../../core/api/board.ts';
import type { Reason } from '../../core/api/control.ts';
import type { ClusterView, FleetSource } from '../../core/api/views.ts';
import { PROBLEM_KINDS } from '../../core/problem/codes.ts';
import type { Problem } from '../../core/problem/problem.ts';

type Wrong = StatusView['wrong'][number];

/** What is wrong, worst first: clusters that are silent, sources that cannot be read, Apps that somebody should look at, notifications that do not arrive. */
export function computeStatus(at: {
  readonly apps: readonly AppRow[];
  readonly clusters: readonly ClusterView[];
  readonly sources: readonly FleetSource[];
  readonly notifications: readonly { readonly where: string; readonly message: string }[];
}): StatusView {
  const wrong: Wrong[] = [
    ...at.clusters.flatMap(clusterFaults),
    ...at.sources.flatMap(sourceFaults),
    ...at.apps.flatMap((row): Wrong[] =>
      row.why?.severity === 'bad' ? [{ what: 'app', cluster: row.cluster, name: row.app, reason: row.why }] : [],
    ),
    ...at.notifications.map(({ where, message }): Wrong => {
      const reason: Reason = { code: 'notification', text: message, severity: 'bad' };
      return { what: 'notification', name: where, reason };
    }),
  ];
  return {
    ok: wrong.length === 0,
    counts: {
      apps: at.apps.length,
      healthy: at.apps.filter(({ health }) => health === 'Healthy').length,
      synced: at.apps.filter(({ sync }) => sync === 'Synced').length,
      clusters: at.clusters.length,
    },
    wrong,
  };
}

function clusterFaults({ name, uid, silentSince, problems }: ClusterView): Wrong[] {
  const at = (reason: Reason): Wrong => ({ what: 'cluster', cluster: name, name, reason });
  if (uid === undefined)
    return [
      at({
        ...{ code: 'agent_missing', text: 'no agent has enrolled yet', severity: 'bad' },
        fix: `Run the install command of \`plumb cluster add ${name}\` in the cluster.`,
      }),
    ];
  const silent: Wrong[] =
    silentSince === undefined
      ? []
      : [
          at({
            ...{ code: 'agent_silent', text: 'nothing is heard of the agent', severity: 'bad', since: silentSince },
            fix: 'Look at the agent: `kubectl -n plumbline-system logs deploy/plumbline-agent`.',
          }),
        ];
  return [...silent, ...problems.map((problem) => at(toReason(problem)))];
}

function sourceFaults({ id, problems }: FleetSource): Wrong[] {
  const isWarning = ({ code }: Problem) => code === 'app.field_ignored' || code === 'fleet.ignored';
  return problems
    .filter((problem) => !isWarning(problem))
    .map((problem) => ({ what: 'source', name: id, reason: toReason(problem) }));
}

function toReason({ code, message, where }: Problem): Reason {
  const place = where === undefined ? '' : `${where}: `;
  return { code, text: `${place}${message}`, severity: 'bad', fix: PROBLEM_KINDS[code].fix };
}
