import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ActivityEvent, NoticeKind } from '../../../core/api/activity.ts';
import { answer, client } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../../components/notes.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { type Column, Table } from '../../components/table.tsx';
import type { Tone } from '../../components/tone.ts';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { toLine } from '../words/plain-text.ts';

const POLL_MS = 5_000;
const LIMIT = '100';

const TONE: { readonly [notice in NoticeKind]: Tone } = {
  'sync-started': 'info',
  'sync-succeeded': 'good',
  'sync-failed': 'bad',
  'health-degraded': 'bad',
  'health-recovered': 'good',
  'drift-found': 'wait',
  'drift-healed': 'info',
  'rolled-back': 'bad',
  'approval-needed': 'wait',
  'deletion-held': 'wait',
  'agent-silent': 'bad',
  'agent-back': 'good',
  'signature-refused': 'bad',
};

/** Everything that happened to the App, newest first: by itself, or because somebody decided it. */
export function EventsTab({ address }: { readonly address: AppAddress }) {
  const { cluster, app } = address;
  const { data, error, refetch } = useQuery({
    queryKey: appKeys.events(address),
    queryFn: () => answer(client.activity.$get({ query: { cluster, app, limit: LIMIT } })),
    refetchInterval: POLL_MS,
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={8} label="Loading events" />;
  if (data.events.length === 0)
    return (
      <EmptyState title="Nothing happened yet">
        <p>Deployments, drift, health and what people decide appear here.</p>
      </EmptyState>
    );
  return (
    <>
      <Table
        caption="Events of this App"
        rows={data.events}
        rowKey={({ seq }) => String(seq)}
        columns={[
          { id: 'time', title: 'When', cell: ({ time }) => <RelativeTime time={time} /> },
          {
            id: 'kind',
            title: 'What',
            cell: ({ kind, notice }) => <Badge tone={notice === undefined ? 'quiet' : TONE[notice]}>{toLine(kind)}</Badge>,
          },
          {
            id: 'text',
            title: 'Details',
            cell: ({ text, reason }) => (
              <>
                {toLine(text)}
                {reason === undefined ? null : ` “${toLine(reason)}”`}
              </>
            ),
          },
          { id: 'actor', title: 'Who', cell: ({ actor }) => toLine(actor ?? '') },
          ...(data.events.some(({ ledger }) => ledger !== undefined) ? [ledgerColumn(cluster)] : []),
        ]}
      />
      <p>
        <Link href={`/activity?cluster=${encodeURIComponent(cluster)}&app=${encodeURIComponent(app)}`}>
          Everything that happened to it
        </Link>
      </p>
    </>
  );
}

function ledgerColumn(cluster: string): Column<ActivityEvent> {
  return {
    id: 'ledger',
    title: 'Ledger',
    cell: ({ ledger }) =>
      ledger === undefined ? null : (
        <Link href={`/ledger/${encodeURIComponent(cluster)}/${encodeURIComponent(ledger)}`}>{ledger.slice(0, 7)}</Link>
      ),
  };
}
