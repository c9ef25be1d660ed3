import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import type { Figures } from '../../core/api/board.ts';
import { answer, client } from '../api/client.ts';
import { describeDuration } from '../components/age.ts';
import { SelectField, TextField } from '../components/field.tsx';
import { Loaded } from '../components/loaded.tsx';
import { EmptyState } from '../components/notes.tsx';
import { Page, Panel } from '../components/page.tsx';
import { PickCluster } from '../components/pick-cluster.tsx';
import { Bars } from './bars.tsx';
import styles from './figures-page.module.css';

const DAYS = ['7', '30', '90'] as const;

/** DORA's four figures, from the ledger. */
export function FiguresPage() {
  const [params, setParams] = useSearchParams();
  const asked = {
    cluster: params.get('cluster') ?? '',
    app: params.get('app') ?? '',
    days: DAYS.find((days) => days === params.get('days')) ?? '30',
  };
  const change = (changes: Partial<typeof asked>) => {
    const next = Object.entries({ ...asked, ...changes }).filter(
      ([name, value]) => value !== '' && !(name === 'days' && value === '30'),
    );
    setParams(Object.fromEntries(next), { replace: true });
  };
  const query = useQuery({
    queryKey: ['figures', asked],
    queryFn: () =>
      answer(client.figures.$get({ query: Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')) })),
    staleTime: 60_000,
  });
  return (
    <Page title="Figures">
      <search className={styles.filters}>
        <PickCluster value={asked.cluster} all="all" onPick={(cluster) => change({ cluster })} />
        <TextField label="App" placeholder="all" value={asked.app} onChange={(event) => change({ app: event.target.value })} />
        <SelectField
          label="Days"
          value={asked.days}
          choices={DAYS.map((days) => ({ value: days, title: `last ${days} days` }))}
          onChange={(event) => change({ days: DAYS.find((days) => days === event.target.value) ?? '30' })}
        />
      </search>
      <Loaded query={query}>{(figures) => <FiguresBody figures={figures} />}</Loaded>
    </Page>
  );
}

function FiguresBody({ figures }: { readonly figures: Figures }) {
  const { deployments, perDay, leadMs, failureRate, restoreMs, series, days } = figures;
  if (deployments === 0)
    return (
      <EmptyState title="Nothing was deployed in this time">
        <p>The figures come from the ledger: push a change, and it counts.</p>
      </EmptyState>
    );
  return (
    <>
      <dl className={styles.tiles}>
        <Tile
          name="Deployment frequency"
          value={`${perDay < 10 ? perDay.toFixed(1) : Math.round(perDay)} a day`}
          hint={`${deployments} in ${days} days`}
        />
        <Tile
          name="Lead time"
          value={leadMs === undefined ? '–' : describeDuration(leadMs)}
          hint="from commit to Healthy, median"
        />
        <Tile
          name="Change failure rate"
          value={failureRate === undefined ? '–' : `${Math.round(failureRate * 100)} %`}
          hint="failed, degraded or rolled back"
        />
        <Tile
          name="Time to restore"
          value={restoreMs === undefined ? '–' : describeDuration(restoreMs)}
          hint="until Healthy again, median"
        />
      </dl>
      <Panel title="Deployments per day">
        <Bars series={series} />
      </Panel>
    </>
  );
}

function Tile({ name, value, hint }: { readonly name: string; readonly value: string; readonly hint: string }) {
  return (
    <div className={styles.tile}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{hint}</span>
      </dd>
    </div>
  );
}
