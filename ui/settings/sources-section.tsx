import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { FleetSource } from '../../core/api/views.ts';
import { answer, client } from '../api/client.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { ProblemList } from '../components/problem-list.tsx';
import { Table } from '../components/table.tsx';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';
import { AddSource } from './add-source.tsx';
import { CredentialsDialog } from './credentials-dialog.tsx';

/** Fleet paths: where definitions of Apps are read from. */
export function SourcesSection() {
  const query = useQuery({ queryKey: ['fleet'], queryFn: () => answer(client.fleet.$get()), refetchInterval: 15_000 });
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<FleetSource>();
  const [unlocking, setUnlocking] = useState<string>();
  const mayAdd = useCan('sources, create');
  const mayRemove = useCan('sources, delete');
  const mayUnlock = useCan('repositories, update');
  return (
    <Panel
      title="Sources"
      actions={
        <>
          {mayUnlock ? <Button onClick={() => setUnlocking('')}>Credentials …</Button> : null}
          {mayAdd ? (
            <Button tone="primary" onClick={() => setAdding(true)}>
              Add a source
            </Button>
          ) : null}
        </>
      }
    >
      <Loaded query={query}>
        {({ sources }) => (
          <>
            <ProblemList problems={sources.flatMap(({ problems }) => problems)} />
            {sources.length === 0 ? (
              <EmptyState title="No source yet">
                <p>
                  A source is a folder of a Git repository that holds Argo CD Applications, or Flux Kustomizations and
                  HelmReleases. Plumbline reads it after every push, and each minute.
                </p>
              </EmptyState>
            ) : (
              <Table
                caption="Sources"
                rows={sources}
                rowKey={({ id }) => id}
                columns={[
                  { id: 'url', title: 'Repository', cell: ({ url }) => url },
                  { id: 'path', title: 'Folder', cell: ({ path }) => (path === '' ? '/' : path) },
                  {
                    id: 'revision',
                    title: 'Revision',
                    cell: ({ revision, commit }) => `${revision}${commit === undefined ? '' : ` at ${commit.slice(0, 7)}`}`,
                  },
                  { id: 'cluster', title: 'Default cluster', cell: ({ cluster }) => cluster },
                  {
                    id: 'state',
                    title: 'State',
                    cell: ({ problems, commit }) =>
                      problems.length > 0 ? (
                        <Badge tone="bad">{problems.length} problems</Badge>
                      ) : (
                        <Badge tone={commit === undefined ? 'wait' : 'good'}>
                          {commit === undefined ? 'Not read yet' : 'Read'}
                        </Badge>
                      ),
                  },
                  {
                    id: 'actions',
                    title: '',
                    align: 'end',
                    cell: (source) => (
                      <>
                        {mayUnlock ? (
                          <Button
                            small
                            tone="quiet"
                            aria-label={`Credentials of ${source.url}`}
                            onClick={() => setUnlocking(source.url)}
                          >
                            Credentials
                          </Button>
                        ) : null}
                        {mayRemove ? (
                          <Button
                            small
                            tone="quiet"
                            aria-label={`Remove ${source.url} ${source.path}`}
                            onClick={() => setRemoving(source)}
                          >
                            Remove
                          </Button>
                        ) : null}
                      </>
                    ),
                  },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
      {isAdding ? <AddSource onClose={() => setAdding(false)} /> : null}
      {removing === undefined ? null : <RemoveSource source={removing} onClose={() => setRemoving(undefined)} />}
      {unlocking === undefined ? null : <CredentialsDialog url={unlocking} onClose={() => setUnlocking(undefined)} />}
    </Panel>
  );
}

function RemoveSource({ source, onClose }: { readonly source: FleetSource; readonly onClose: () => void }) {
  const remove = useAction<void, unknown>({
    run: () => answer(client.fleet.$delete({ query: { id: source.id } })),
    done: () => 'The source is removed.',
    refresh: [['fleet']],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title="Remove this source?"
      act="Remove the source"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    >
      <p>
        {source.url} {source.path}
      </p>
      <p>
        Its definitions are no longer read. What its Apps have deployed is deleted only where they say so, and above the deletion
        budget somebody is asked first.
      </p>
    </ConfirmDialog>
  );
}
