import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AppDiff, AppView } from '../../../core/api/views.ts';
import type { Drift, ResourceStatus } from '../../../core/app/status.ts';
import { describeKey, type ObjectKey } from '../../../core/objects/object.ts';
import { answer, param } from '../../api/client.ts';
import { Badge, SyncBadge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../../components/notes.tsx';
import { Panel } from '../../components/page.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { ObjectDiff } from '../object/object-diff.tsx';
import { toLine } from '../words/plain-text.ts';
import styles from './diff.module.css';
import { DriftNote } from './drift-note.tsx';

/** Everything that is not as Git says: what somebody changed, and what a sync would change. */
export function DiffTab({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  // With another observation it may be another answer.
  const stamp = `${view.status?.observedAt ?? 0} ${view.revision}`;
  const { data, error, refetch } = useQuery({
    queryKey: [...appKeys.diff(address), stamp],
    queryFn: () => answer(appApi.diff.$get({ param: param(address) })),
    placeholderData: keepPreviousData,
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} label="Loading differences" />;
  const changes = toChanges(data);
  if (changes.length === 0)
    return (
      <EmptyState title="Nothing differs">
        <p>
          Everything in the cluster is as <code>{data.revision.slice(0, 7)}</code> says.
        </p>
      </EmptyState>
    );
  return (
    <div className={styles.list}>
      {changes.map((change) => (
        <OneChange key={change.key} address={address} change={change} />
      ))}
    </div>
  );
}

interface Change {
  readonly key: ObjectKey;
  readonly status?: ResourceStatus;
  readonly drift?: Drift;
}

function toChanges({ outOfSync, drift }: AppDiff): readonly Change[] {
  const statuses = new Map(outOfSync.map((status) => [status.key, status]));
  const drifts = new Map(drift.map((one) => [one.key, one]));
  return [...new Set([...statuses.keys(), ...drifts.keys()])].map((key) => {
    const [status, one] = [statuses.get(key), drifts.get(key)];
    return { key, ...(status === undefined ? {} : { status }), ...(one === undefined ? {} : { drift: one }) };
  });
}

function OneChange({ address, change }: { readonly address: AppAddress; readonly change: Change }) {
  const [isShown, setShown] = useState(false);
  const [, setObject] = useQueryState('object');
  const { key, status, drift } = change;
  return (
    <Panel
      title={describeKey(key)}
      actions={
        <>
          <Button small onClick={() => setShown(!isShown)} aria-expanded={isShown}>
            {isShown ? 'Hide the diff' : 'Show the diff'}
          </Button>
          <Button small tone="quiet" onClick={() => setObject(key)}>
            Open
          </Button>
        </>
      }
    >
      <div className={styles.title}>
        {status === undefined ? null : <SyncBadge status={status.sync} />}
        {drift === undefined ? null : <Badge tone={drift.action === 'healed' ? 'info' : 'wait'}>Drift</Badge>}
        {status?.health.status === 'Missing' ? <Badge tone="bad">Missing</Badge> : null}
        {status?.problem === undefined ? null : <span>{toLine(status.problem.message)}</span>}
      </div>
      {drift === undefined ? null : <DriftNote drift={drift} />}
      {isShown ? <ObjectDiff address={address} item={{ key }} /> : null}
    </Panel>
  );
}
