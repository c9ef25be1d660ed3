import { DiffView } from '../../components/diff-view.tsx';
import { ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { Table } from '../../components/table.tsx';
import type { AppAddress } from '../data/app-address.ts';
import type { TreeItem } from '../tree/tree-model.ts';
import { toLine } from '../words/plain-text.ts';
import { useObject } from './use-object.ts';

/** What differs between Git and the cluster, and which manager set each field that does. */
export function ObjectDiff({ address, item }: { readonly address: AppAddress; readonly item: Pick<TreeItem, 'key'> }) {
  const { data, error, refetch } = useObject(address, item.key);
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={8} label="The agent reads the object" />;
  return (
    <>
      {data.differences.length === 0 ? (
        <Note tone="good">Every field that Git sets is as Git says. What the cluster adds by itself does not count.</Note>
      ) : (
        <Table
          caption="Fields that differ"
          rows={data.differences}
          rowKey={({ path }) => path}
          columns={[
            { id: 'path', title: 'Field', cell: ({ path }) => <code>{toLine(path)}</code> },
            { id: 'manager', title: 'Set by', cell: ({ manager }) => (manager === undefined ? 'unknown' : toLine(manager)) },
            { id: 'time', title: 'When', cell: ({ time }) => (time === undefined ? '' : <RelativeTime time={time} />) },
          ]}
        />
      )}
      <DiffView title="from Git to the cluster" from={data.desired} to={data.live} />
    </>
  );
}
