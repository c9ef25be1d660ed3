import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { ActivityEvent } from '../../core/api/activity.ts';
import { answer, client } from '../api/client.ts';
import { useActivity, useBoard } from '../board/use-board.tsx';
import { Button } from '../components/button.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../components/notes.tsx';
import { Page, Panel } from '../components/page.tsx';
import { type ActivityFilter, isShown, mergeEvents, parseActivityFilter, toQuery } from './activity-filter.ts';
import styles from './activity-page.module.css';
import { EventList } from './event-list.tsx';

const PAGE = '100';
const MOST_LIVE = 500;

/** Everything that happened, newest first, as it happens. */
export function ActivityPage() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => parseActivityFilter(params), [params]);
  const [live, setLive] = useState<readonly ActivityEvent[]>([]);
  useActivity(useCallback((event) => setLive((before) => [event, ...before].slice(0, MOST_LIVE)), []));
  const asked = useInfiniteQuery({
    queryKey: ['activity', filter],
    queryFn: ({ pageParam }) =>
      answer(
        client.activity.$get({ query: { ...toQuery(filter), limit: PAGE, ...(pageParam === '' ? {} : { before: pageParam }) } }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ before }) => before,
  });
  const events = useMemo(
    () =>
      mergeEvents(
        live.filter((event) => isShown(event, filter)),
        asked.data?.pages.flatMap((page) => page.events) ?? [],
      ),
    [live, asked.data, filter],
  );
  const change = (changes: Partial<ActivityFilter>) => setParams(toQuery({ ...filter, ...changes }), { replace: true });
  return (
    <Page title="Activity">
      <Filters filter={filter} events={events} onChange={change} />
      {asked.error === null ? null : <ErrorNote error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending ? (
        <Skeleton lines={8} />
      ) : events.length === 0 ? (
        <EmptyState title="Nothing happened yet">
          <p>Pushes, syncs, drift, what people decide and who signs in appear here, as they happen.</p>
        </EmptyState>
      ) : (
        <Panel title="Newest first">
          <EventList events={events} />
          {asked.hasNextPage ? (
            <p>
              <Button busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
                Older
              </Button>
            </p>
          ) : null}
        </Panel>
      )}
    </Page>
  );
}

interface FiltersProps {
  readonly filter: ActivityFilter;
  readonly events: readonly ActivityEvent[];
  readonly onChange: (changes: Partial<ActivityFilter>) => void;
}

function Filters({ filter, events, onChange }: FiltersProps) {
  const { state } = useBoard();
  const kinds = useMemo(
    () => [...new Set([...events.map(({ kind }) => kind), filter.kind])].filter((kind) => kind !== '').sort(),
    [events, filter.kind],
  );
  const clusters = [...new Set([...(state?.clusters ?? []).map(({ name }) => name), filter.cluster])].filter(
    (name) => name !== '',
  );
  return (
    <search className={styles.filters}>
      <SelectField
        label="Cluster"
        value={filter.cluster}
        choices={[{ value: '', title: 'all' }, ...clusters.map((name) => ({ value: name, title: name }))]}
        onChange={(event) => onChange({ cluster: event.target.value })}
      />
      <SelectField
        label="Kind"
        value={filter.kind}
        choices={[{ value: '', title: 'all' }, ...kinds.map((kind) => ({ value: kind, title: kind }))]}
        onChange={(event) => onChange({ kind: event.target.value })}
      />
      <TextField label="App" value={filter.app} onChange={(event) => onChange({ app: event.target.value })} />
      <TextField label="Who" value={filter.actor} onChange={(event) => onChange({ actor: event.target.value })} />
    </search>
  );
}
