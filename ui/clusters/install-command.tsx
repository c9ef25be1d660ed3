import type { ClusterAdded } from '../../core/api/views.ts';
import { CodeBlock } from '../components/code-block.tsx';
import { Note } from '../components/notes.tsx';

/** What to run in the cluster. Its address holds a token that serves this cluster once; it is shown now and never again. */
export function InstallCommand({ added }: { readonly added: ClusterAdded }) {
  return (
    <>
      <p>
        Run this with a kubectl that may administer <strong>{added.name}</strong>. The agent appears here some seconds later.
      </p>
      <CodeBlock label="install command" text={`kubectl apply --server-side -f ${added.install}`} />
      <Note tone="wait">
        The address holds a token that works for this cluster, once. It is not shown again: close this when the command has run.
      </Note>
    </>
  );
}
