import { useQuery } from '@tanstack/react-query';
import { describeKey } from '../../../core/objects/object.ts';
import { answer, param } from '../../api/client.ts';
import { DiffView } from '../../components/diff-view.tsx';
import { ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import styles from './diff.module.css';

const MOST = 60;

/** What differs between two states of the ledger, object by object; Secrets are masked. */
export function RenderedDiffView({
  address,
  from,
  to,
}: {
  readonly address: AppAddress;
  readonly from: string;
  readonly to: string;
}) {
  const { data, error, refetch } = useQuery({
    queryKey: appKeys.compare(address, from, to),
    queryFn: () => answer(appApi.compare.$get({ param: param(address), query: { from, to } })),
    // Commits never change.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} label="Comparing" />;
  if (data.files.length === 0) return <Note>Both rendered the same: no object differs.</Note>;
  return (
    <div className={styles.list}>
      {data.files.slice(0, MOST).map((file) => (
        <DiffView key={file.key} title={describeKey(file.key)} from={file.from} to={file.to} />
      ))}
      {data.files.length > MOST ? <Note>{data.files.length - MOST} more objects differ.</Note> : null}
    </div>
  );
}
