import { Link } from 'wouter';
import type { ClusterView } from '../../core/api/views.ts';
import { CodeBlock } from '../components/code-block.tsx';
import { EmptyState } from '../components/notes.tsx';
import { useCan } from '../shell/use-me.ts';

/** There is no App yet: what comes next depends on what there is. */
export function FirstSteps({ clusters }: { readonly clusters: readonly ClusterView[] }) {
  const mayAddCluster = useCan('clusters, create');
  const mayAddSource = useCan('sources, create');
  if (clusters.length === 0)
    return (
      <EmptyState title="First, a cluster">
        <p>
          No cluster is connected yet. Adding one gives a single <code>kubectl apply</code> to run in it: the agent needs no way
          in, only a way out.
        </p>
        {mayAddCluster ? (
          <p>
            <Link href="/clusters">Add a cluster</Link>, or in a terminal:
          </p>
        ) : (
          <p>Whoever may add clusters does it on the page Clusters, or in a terminal:</p>
        )}
        <CodeBlock label="command that adds a cluster" text="plumb cluster add eu-1" />
      </EmptyState>
    );
  return (
    <EmptyState title="Next, a source">
      <p>
        {clusters.length === 1 ? `The cluster ${clusters[0]?.name ?? ''} is` : `${clusters.length} clusters are`} there, but no
        Apps are defined. Name a folder of a Git repository that holds Argo CD Applications or Flux Kustomizations and
        HelmReleases.
      </p>
      {mayAddSource ? (
        <p>
          <Link href="/settings/sources">Add a source</Link>, or in a terminal:
        </p>
      ) : (
        <p>Whoever may add sources does it in the settings, or in a terminal:</p>
      )}
      <CodeBlock
        label="command that adds a source"
        text={`plumb fleet add https://git.example.org/fleet.git --path clusters/eu-1 --cluster ${clusters[0]?.name ?? 'eu-1'}`}
      />
    </EmptyState>
  );
}
