import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { ClusterView } from '../../core/api/views.ts';
import { answer, client } from '../api/client.ts';
import { useBoard } from '../board/use-board.tsx';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { describeBytes } from '../components/bytes.ts';
import { EmptyState, ErrorNote, Skeleton } from '../components/notes.tsx';
import { Page } from '../components/page.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { type Column, Table } from '../components/table.tsx';
import { clusterPath } from '../shell/paths.ts';
import { useCan } from '../shell/use-me.ts';
import { AddCluster } from './add-cluster.tsx';
import { clusterState } from './cluster-state.ts';

const COLUMNS: readonly Column<ClusterView>[] = [
  { id: 'name', title: 'Cluster', cell: ({ name }) => <Link href={clusterPath(name)}>{name}</Link> },
  { id: 'state', title: 'State', cell: (view) => <Badge tone={clusterState(view).tone}>{clusterState(view).word}</Badge> },
  {
    id: 'apps',
    title: 'Apps',
    cell: ({ apps }) => `${apps.total} (${apps.synced} synced, ${apps.healthy} healthy)`,
  },
  {
    id: 'seen',
    title: 'Last seen',
    cell: ({ lastSeen }) => (lastSeen === undefined ? 'never' : <RelativeTime time={lastSeen} />),
  },
  { id: 'agent', title: 'Agent', cell: ({ agent }) => agent?.version ?? '–' },
  { id: 'memory', title: 'Memory', cell: ({ agent }) => (agent === undefined ? '–' : describeBytes(agent.rssBytes)) },
  { id: 'latency', title: 'Latency', cell: ({ agent }) => (agent?.rttMs === undefined ? '–' : `${Math.round(agent.rttMs)} ms`) },
  { id: 'generation', title: 'Generation', align: 'end', cell: ({ generation }) => generation },
];

export function ClustersPage() {
  const { state, problem } = useBoard();
  const [isAdding, setAdding] = useState(false);
  const mayAdd = useCan('clusters, create');
  // The board knows a cluster once its agent has spoken; those that only have a name are in the register.
  const known = useQuery({ queryKey: ['clusters'], queryFn: () => answer(client.clusters.$get()), refetchInterval: 15_000 });
  const live = new Map(state?.clusters.map((view) => [view.name, view]));
  const registered = known.data?.clusters.map((view) => live.get(view.name) ?? view);
  const clusters = registered ?? state?.clusters;
  return (
    <Page
      title="Clusters"
      actions={
        mayAdd ? (
          <Button tone="primary" onClick={() => setAdding(true)}>
            Add a cluster
          </Button>
        ) : undefined
      }
    >
      {clusters === undefined ? (
        problem === undefined ? (
          <Skeleton />
        ) : (
          <ErrorNote error={problem} />
        )
      ) : clusters.length === 0 ? (
        <EmptyState title="No cluster yet">
          <p>
            A cluster is added by one command that is run in it. The agent then holds one request open to this address: the
            cluster needs no way in, and its credentials never leave it.
          </p>
          {mayAdd ? (
            <p>
              <Button tone="primary" onClick={() => setAdding(true)}>
                Add the first
              </Button>
            </p>
          ) : null}
        </EmptyState>
      ) : (
        <Table caption="Clusters" rows={clusters} rowKey={({ name }) => name} columns={COLUMNS} />
      )}
      {isAdding ? <AddCluster onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}
