import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import { describeKey } from '../../../core/objects/object.ts';
import { answer, param } from '../../api/client.ts';
import { CodeBlock } from '../../components/code-block.tsx';
import { TextField } from '../../components/field.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../../components/notes.tsx';
import { Panel } from '../../components/page.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';

const MOST = 100;

/** What Git wants: the rendered manifests, Secrets masked, and the definition of the App itself. */
export function ManifestTab({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  const [search, setSearch] = useState('');
  const { data, error, refetch } = useQuery({
    queryKey: [...appKeys.diff(address), view.bundle ?? ''],
    queryFn: () => answer(appApi.diff.$get({ param: param(address) })),
    placeholderData: keepPreviousData,
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={8} label="Loading manifests" />;
  const wanted = search.toLowerCase();
  const found = data.desired.filter(({ key, yaml }) => key.toLowerCase().includes(wanted) || yaml.toLowerCase().includes(wanted));
  return (
    <>
      <Definition view={view} />
      {data.desired.length === 0 ? (
        <EmptyState title="Nothing is rendered">
          <p>As soon as Git renders something for this App, its manifests are here.</p>
        </EmptyState>
      ) : (
        <Panel title={`Manifests at ${data.revision.slice(0, 7)}`}>
          {data.desired.length > 3 ? (
            <TextField
              label="Find in manifests"
              type="search"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
            />
          ) : null}
          {found.slice(0, MOST).map(({ key, yaml }) => (
            <details key={key} open={found.length === 1}>
              <summary>{describeKey(key)}</summary>
              <CodeBlock label={`manifest of ${describeKey(key)}`} text={yaml} />
            </details>
          ))}
          {found.length > MOST ? <p>{found.length - MOST} more: find them by name.</p> : null}
          {found.length === 0 ? <p>Nothing matches.</p> : null}
        </Panel>
      )}
    </>
  );
}

function Definition({ view }: { readonly view: AppView }) {
  const { origin, policy, source } = view.definition;
  return (
    <Panel title="Definition">
      <p>
        {origin.kind}{' '}
        <strong>
          {origin.namespace === '' ? '' : `${origin.namespace}/`}
          {origin.name}
        </strong>{' '}
        in <code>{origin.file}</code>, line {origin.line}
      </p>
      <details>
        <summary>What it says</summary>
        <CodeBlock label="definition as it is understood" text={JSON.stringify({ source, policy }, null, 2)} />
      </details>
    </Panel>
  );
}
