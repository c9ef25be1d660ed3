import { useMemo } from 'react';
import { Link } from 'wouter';
import { useBoard } from '../board/use-board.tsx';
import { HealthBadge, SyncBadge } from '../components/badge.tsx';
import { Panel } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { EVERYTHING, filterRows } from '../fleet/fleet-filter.ts';
import { appPath } from '../shell/paths.ts';

const SHOWN = 25;

/** The Apps of a cluster, worst first; all of them are a filter of the fleet. */
export function ClusterApps({ cluster }: { readonly cluster: string }) {
  const { state } = useBoard();
  const rows = useMemo(
    () => filterRows(state?.rows ?? [], { ...EVERYTHING, clusters: [cluster], sort: 'worst' }),
    [state?.rows, cluster],
  );
  return (
    <Panel
      title={`${rows.length} Apps`}
      actions={<Link href={`/?cluster=${encodeURIComponent(cluster)}`}>All in the fleet</Link>}
    >
      {rows.length === 0 ? (
        <p>No App is defined for this cluster.</p>
      ) : (
        <Table
          caption={`Apps of ${cluster}`}
          rows={rows.slice(0, SHOWN)}
          rowKey={({ app }) => app}
          columns={[
            { id: 'app', title: 'App', cell: (row) => <Link href={appPath(row)}>{row.app}</Link> },
            { id: 'sync', title: 'Sync', cell: (row) => <SyncBadge status={row.sync} isSyncing={row.isSyncing} /> },
            { id: 'health', title: 'Health', cell: (row) => <HealthBadge status={row.health} /> },
            { id: 'why', title: 'Why', cell: (row) => row.why?.text ?? '' },
          ]}
        />
      )}
    </Panel>
  );
}
