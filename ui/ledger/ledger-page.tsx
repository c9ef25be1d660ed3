import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useLocation, useParams } from 'wouter';
import type { LedgerState } from '../../core/api/routes.ts';
import { INSTALLATION_LEDGER } from '../../core/ledger/installation.ts';
import { answer, client, param } from '../api/client.ts';
import { useBoard } from '../board/use-board.tsx';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { CodeBlock } from '../components/code-block.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState, ErrorNote, Note, Skeleton } from '../components/notes.tsx';
import { Facts, Page, Panel } from '../components/page.tsx';
import { PickCluster } from '../components/pick-cluster.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { Table } from '../components/table.tsx';
import { ledgerPath } from '../shell/paths.ts';
import { subjectOf } from './commit-message.ts';

const PAGE = '50';
/** People, tokens, sources and keys: what concerns no single cluster. */
const INSTALLATION = { value: INSTALLATION_LEDGER, title: 'the installation' };

/** The ledger of a cluster: every decision and receipt, as signed commits that anybody can clone and verify. */
export function LedgerPage() {
  const { cluster: named } = useParams<{ cluster?: string }>();
  const [, navigate] = useLocation();
  const { state } = useBoard();
  const cluster = named ?? state?.clusters[0]?.name;
  if (cluster === undefined)
    return (
      <Page title="Ledger">
        {state === undefined ? (
          <Skeleton />
        ) : (
          <EmptyState title="No ledger yet">
            <p>
              Each cluster has a ledger of its own. <Link href="/clusters">Add a cluster</Link> first.
            </p>
          </EmptyState>
        )}
      </Page>
    );
  return (
    <Page
      title={cluster === INSTALLATION_LEDGER ? 'Ledger of the installation' : `Ledger of ${cluster}`}
      actions={<PickCluster value={cluster} onPick={(name) => navigate(ledgerPath(name))} other={INSTALLATION} />}
    >
      <State cluster={cluster} />
      <Log cluster={cluster} />
    </Page>
  );
}

function State({ cluster }: { readonly cluster: string }) {
  const query = useQuery({
    queryKey: ['ledger-state', cluster],
    queryFn: () => answer(client.ledger[':cluster'].state.$get({ param: param({ cluster }) })),
    staleTime: 30_000,
  });
  return (
    <Panel title="Verification">
      <Loaded query={query}>{(state) => <StateBody cluster={cluster} state={state} />}</Loaded>
    </Panel>
  );
}

function StateBody({ cluster, state }: { readonly cluster: string; readonly state: LedgerState }) {
  const { entries, checked, verified, broken, clone, head } = state;
  return (
    <>
      {broken === undefined ? null : (
        <Note tone="bad">
          <strong>{broken.commit.slice(0, 7)} is not as it should be.</strong> {broken.message}
        </Note>
      )}
      <Facts
        facts={[
          [
            'State',
            <Badge key="state" tone={verified ? 'good' : entries === 0 ? 'quiet' : 'bad'}>
              {verified ? 'Verified' : entries === 0 ? 'Empty' : 'Not verified'}
            </Badge>,
          ],
          ['Entries', entries],
          ['Checked here', `the newest ${checked}`],
          [
            'Newest',
            head === undefined ? (
              'none'
            ) : (
              <Link key="head" href={ledgerPath(cluster, head)}>
                {head.slice(0, 7)}
              </Link>
            ),
          ],
        ]}
      />
      <p>The Worker checked itself here. To check all of it without trusting the Worker, clone it and let your machine do it:</p>
      <CodeBlock label="clone command" text={clone} />
      <CodeBlock label="verify command" text={`plumb ledger verify ${cluster}`} />
    </>
  );
}

function Log({ cluster }: { readonly cluster: string }) {
  const log = useInfiniteQuery({
    queryKey: ['ledger', cluster],
    queryFn: ({ pageParam }) =>
      answer(
        client.ledger[':cluster'].$get({
          param: param({ cluster }),
          query: { limit: PAGE, ...(pageParam === '' ? {} : { before: pageParam }) },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ before }) => before,
  });
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? [];
  if (log.isPending) return <Skeleton lines={8} />;
  return (
    <>
      {log.error === null ? null : <ErrorNote error={log.error} onRetry={() => void log.refetch()} />}
      {entries.length === 0 ? (
        <EmptyState title="Nothing is written yet">
          <p>The first entry comes with the first App of this cluster.</p>
        </EmptyState>
      ) : (
        <Table
          caption={`Entries of the ledger of ${cluster}`}
          rows={entries}
          rowKey={({ commit }) => commit}
          columns={[
            {
              id: 'commit',
              title: 'Entry',
              cell: ({ commit }) => <Link href={ledgerPath(cluster, commit)}>{commit.slice(0, 7)}</Link>,
            },
            { id: 'message', title: 'What', cell: ({ message }) => subjectOf(message) },
            { id: 'generation', title: 'Generation', cell: ({ generation }) => generation },
            { id: 'time', title: 'When', cell: ({ time }) => <RelativeTime time={time} /> },
          ]}
        />
      )}
      {log.hasNextPage ? (
        <p>
          <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Older
          </Button>
        </p>
      ) : null}
    </>
  );
}
