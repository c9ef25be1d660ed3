import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { TokenView } from '../../core/api/access.ts';
import { answer, client, param } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { Table } from '../components/table.tsx';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';
import { AddToken } from './add-token.tsx';

/** Tokens for programs: pipelines, scripts, scrapers. */
export function TokensSection() {
  const query = useQuery({ queryKey: ['tokens'], queryFn: () => answer(client.tokens.$get()) });
  const [isAdding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<TokenView>();
  const mayAdd = useCan('tokens, create');
  const mayRevoke = useCan('tokens, delete');
  return (
    <Panel
      title="API tokens"
      actions={
        mayAdd ? (
          <Button tone="primary" onClick={() => setAdding(true)}>
            Create a token
          </Button>
        ) : undefined
      }
    >
      <Loaded query={query}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <EmptyState title="No token yet">
              <p>
                A pipeline that calls `plumb app wait`, or a script that reads the API, uses a token of its own: with few rights,
                and an end.
              </p>
            </EmptyState>
          ) : (
            <Table
              caption="API tokens"
              rows={tokens}
              rowKey={({ id }) => id}
              columns={[
                { id: 'name', title: 'Name', cell: ({ name }) => name },
                {
                  id: 'roles',
                  title: 'May',
                  cell: ({ roles, project }) => `${roles.join(', ')}${project === undefined ? '' : ` in ${project}`}`,
                },
                { id: 'by', title: 'Created by', cell: ({ createdBy }) => createdBy },
                { id: 'created', title: 'Created', cell: ({ createdAt }) => <RelativeTime time={createdAt} /> },
                {
                  id: 'used',
                  title: 'Last used',
                  cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : <RelativeTime time={lastUsedAt} />),
                },
                {
                  id: 'ends',
                  title: 'Ends',
                  cell: ({ expiresAt }) => (expiresAt === undefined ? 'never' : <RelativeTime time={expiresAt} />),
                },
                {
                  id: 'actions',
                  title: '',
                  align: 'end',
                  cell: (token) =>
                    mayRevoke ? (
                      <Button small tone="quiet" aria-label={`Revoke ${token.name}`} onClick={() => setRevoking(token)}>
                        Revoke
                      </Button>
                    ) : null,
                },
              ]}
            />
          )
        }
      </Loaded>
      {isAdding ? <AddToken onClose={() => setAdding(false)} /> : null}
      {revoking === undefined ? null : <RevokeToken token={revoking} onClose={() => setRevoking(undefined)} />}
    </Panel>
  );
}

function RevokeToken({ token, onClose }: { readonly token: TokenView; readonly onClose: () => void }) {
  const revoke = useAction<void, unknown>({
    run: () => answer(client.tokens[':id'].$delete({ param: param({ id: token.id }) })),
    done: () => `${token.name} is revoked.`,
    refresh: [['tokens']],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke ${token.name}?`}
      act="Revoke"
      busy={revoke.isPending}
      error={revoke.error}
      onClose={onClose}
      onConfirm={() => revoke.mutate()}
    >
      <p>Whatever uses it is refused from now on, and streams that it has open end.</p>
    </ConfirmDialog>
  );
}
