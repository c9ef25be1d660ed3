import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ObjectView } from '../../../core/api/tree.ts';
import { DiffView } from '../../components/diff-view.tsx';
import { CheckField } from '../../components/field.tsx';
import { ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { Table } from '../../components/table.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import type { TreeItem } from '../tree/tree-model.ts';
import { toLine } from '../words/plain-text.ts';
import { narrowLive } from './narrow-live.ts';
import { useObject } from './use-object.ts';

export interface ObjectDiffProps {
  readonly address: AppAddress;
  readonly item: Pick<TreeItem, 'key'>;
}

/** What differs between Git and the cluster, and which manager set each field that does. */
export function ObjectDiff({ address, item }: ObjectDiffProps) {
  const { data, error, refetch } = useObject(address, item.key);
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={8} label="The agent reads the object" />;
  return (
    <>
      <Differences view={data} />
      <Texts address={address} view={data} />
    </>
  );
}

function Differences({ view }: { readonly view: ObjectView }) {
  if (view.live === undefined) return <Note tone="bad">It is not in the cluster.</Note>;
  if (view.desired === undefined) return <Note>Git does not have it.</Note>;
  if (view.differences.length === 0) return <Note tone="good">Every field that Git sets is as Git says.</Note>;
  return (
    <Table
      caption="Fields that differ"
      rows={view.differences}
      rowKey={({ path }) => path}
      columns={[
        { id: 'path', title: 'Field', cell: ({ path }) => <code>{toLine(path)}</code> },
        { id: 'manager', title: 'Set by', cell: ({ manager }) => (manager === undefined ? 'unknown' : toLine(manager)) },
        { id: 'time', title: 'When', cell: ({ time }) => (time === undefined ? '' : <RelativeTime time={time} />) },
      ]}
    />
  );
}

/** Both as text. What the cluster adds by itself is left out unless it is asked for: it would hide what matters. */
function Texts({ address, view }: { readonly address: AppAddress; readonly view: ObjectView }) {
  const { key, desired, live } = view;
  const [isWhole, setWhole] = useState(false);
  const narrowed = useQuery({
    queryKey: [...appKeys.object(address, key), 'narrowed', desired, live],
    enabled: desired !== undefined && live !== undefined,
    queryFn: () => narrow(desired ?? '', live ?? ''),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const both = isWhole || desired === undefined || live === undefined ? { desired, live } : narrowed.data;
  return (
    <>
      <CheckField label="With everything that the cluster adds by itself" checked={isWhole} onChange={() => setWhole(!isWhole)} />
      {both === undefined ? (
        <Skeleton lines={8} label="Comparing" />
      ) : (
        <DiffView title="from Git to the cluster" from={both.desired} to={both.live} />
      )}
    </>
  );
}

async function narrow(desired: string, live: string): Promise<{ readonly desired: string; readonly live: string }> {
  const { parse, stringify } = await import('yaml');
  const wanted: unknown = parse(desired);
  return { desired: stringify(wanted), live: stringify(narrowLive(wanted, parse(live))) };
}
