import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignInProvider } from '../../core/api/access.ts';
import { answer, client } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState, ErrorNote } from '../components/notes.tsx';
import { Panel } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { useAction } from '../components/use-action.ts';
import { useCan } from '../shell/use-me.ts';
import { EditProvider } from './edit-provider.tsx';

const KINDS = { oidc: 'OpenID Connect', github: 'GitHub', 'cloudflare-access': 'Cloudflare Access' } as const;

/** How people sign in. */
export function SignInSection() {
  const query = useQuery({ queryKey: ['sign-in'], queryFn: () => answer(client['sign-in'].$get()) });
  return <Loaded query={query}>{({ providers }) => <Providers providers={providers} />}</Loaded>;
}

function Providers({ providers }: { readonly providers: readonly SignInProvider[] }) {
  const [editing, setEditing] = useState<SignInProvider | 'new'>();
  const mayChange = useCan('accounts, update');
  const save = useAction<readonly SignInProvider[], unknown>({
    run: (all) => answer(client['sign-in'].$put({ json: { providers: all } })),
    done: () => 'The sign-in providers are set.',
    refresh: [['sign-in'], ['sign-in-options']],
    onDone: () => setEditing(undefined),
  });
  return (
    <Panel
      title="Sign-in providers"
      actions={
        mayChange ? (
          <Button tone="primary" onClick={() => setEditing('new')}>
            Add a provider
          </Button>
        ) : undefined
      }
    >
      <p>
        The address to come back to, which providers ask for: <code>{`${location.origin}/auth/callback`}</code>
      </p>
      {providers.length === 0 ? (
        <EmptyState title="No provider yet">
          <p>
            People sign in with OpenID Connect (Google, Okta, Entra, Keycloak, Dex …), with GitHub, or by Cloudflare Access before
            this address.
          </p>
        </EmptyState>
      ) : (
        <Table
          caption="Sign-in providers"
          rows={providers}
          rowKey={({ id }) => id}
          columns={[
            { id: 'title', title: 'Title', cell: ({ title }) => title },
            { id: 'kind', title: 'Kind', cell: ({ kind }) => KINDS[kind] },
            { id: 'where', title: 'Where', cell: ({ issuer, teamDomain }) => issuer ?? teamDomain ?? 'github.com' },
            {
              id: 'actions',
              title: '',
              align: 'end',
              cell: (provider) =>
                mayChange ? (
                  <>
                    <Button small tone="quiet" aria-label={`Change ${provider.title}`} onClick={() => setEditing(provider)}>
                      Change
                    </Button>
                    <Button
                      small
                      tone="quiet"
                      aria-label={`Remove ${provider.title}`}
                      busy={save.isPending}
                      onClick={() => save.mutate(providers.filter(({ id }) => id !== provider.id))}
                    >
                      Remove
                    </Button>
                  </>
                ) : null,
            },
          ]}
        />
      )}
      {save.error === null || editing !== undefined ? null : <ErrorNote error={save.error} />}
      {editing === undefined ? null : (
        <EditProvider
          provider={editing === 'new' ? undefined : editing}
          busy={save.isPending}
          error={save.error}
          onClose={() => {
            save.reset();
            setEditing(undefined);
          }}
          onSave={(made) => {
            const isKnown = providers.some(({ id }) => id === made.id);
            save.mutate(isKnown ? providers.map((one) => (one.id === made.id ? made : one)) : [...providers, made]);
          }}
        />
      )}
    </Panel>
  );
}
