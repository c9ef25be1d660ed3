import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import { answer, param } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState, ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { Panel } from '../../components/page.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { RenderedDiffView } from '../diff/rendered-diff.tsx';
import styles from './history.module.css';
import { chooseEntry, computeTimeline, toComparison } from './timeline.ts';
import { TimelineItem } from './timeline-item.tsx';

const STEP = 30;

/** What ran when, who brought it and what came of it; any two can be compared, and any of them can run again. */
export function HistoryTab({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  const [most, setMost] = useState(STEP);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const stamp = `${view.status?.generation ?? 0} ${view.status?.health.status ?? ''} ${view.revision} ${view.control?.pin?.entry ?? ''}`;
  const { data, error, refetch } = useQuery({
    queryKey: [...appKeys.deployments(address), most, stamp],
    queryFn: () => answer(appApi.deployments.$get({ param: param(address), query: { limit: String(most) } })),
    placeholderData: keepPreviousData,
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={8} label="Loading history" />;
  const { deployments } = data;
  if (deployments.length === 0)
    return (
      <EmptyState title="Nothing was deployed yet">
        <p>The first commit that renders appears here, with who made it and what came of it.</p>
      </EmptyState>
    );
  const comparison = toComparison(deployments, chosen);
  return (
    <>
      {comparison === undefined ? (
        <Note>
          {chosen.length === 0
            ? 'Tick two deployments to see what differs between them.'
            : 'Tick another one to compare it with.'}
        </Note>
      ) : (
        <Panel
          title={`From ${comparison.from.revision.slice(0, 7)} to ${comparison.to.revision.slice(0, 7)}`}
          actions={
            <Button small onClick={() => setChosen([])}>
              Close
            </Button>
          }
        >
          <RenderedDiffView address={address} from={comparison.from.entry} to={comparison.to.entry} />
        </Panel>
      )}
      {computeTimeline(deployments).map(({ day, entries }) => (
        <section key={day} className={styles.day} aria-label={describeDay(day)}>
          <h2 className={styles.date}>{describeDay(day)}</h2>
          <ol className={styles.entries}>
            {entries.map((entry) => (
              <TimelineItem
                key={entry.deployment.entry}
                address={address}
                view={view}
                entry={entry}
                isChosen={chosen.includes(entry.deployment.entry)}
                onChoose={() => setChosen(chooseEntry(chosen, entry.deployment.entry))}
                before={deployments.find(({ n }) => n === entry.deployment.n + 1)}
                onCompare={(other) => setChosen([other.entry, entry.deployment.entry])}
              />
            ))}
          </ol>
        </section>
      ))}
      {deployments.length >= most ? <Button onClick={() => setMost(most + STEP)}>Earlier deployments</Button> : null}
    </>
  );
}

function describeDay(day: string): string {
  return new Date(`${day}T12:00:00`).toLocaleDateString(undefined, {
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  });
}
