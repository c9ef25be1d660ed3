import { useQuery } from '@tanstack/react-query';
import { compareManifests } from '../../../core/api/compare-manifests.ts';
import type { ApprovalState } from '../../../core/api/control.ts';
import { describeKey } from '../../../core/objects/object.ts';
import { answer, param } from '../../api/client.ts';
import { DiffView } from '../../components/diff-view.tsx';
import { ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import styles from './diff.module.css';

const MOST = 60;

/** What an approval would change of what runs, Secrets masked. */
export function ApprovalDiff({ address, approval }: { readonly address: AppAddress; readonly approval: ApprovalState }) {
  const { data, error, refetch } = useQuery({
    queryKey: [...appKeys.diff(address), 'next', approval.bundle],
    queryFn: () => answer(appApi.diff.$get({ param: param(address) })),
  });
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={4} label="Comparing" />;
  if (data.next === undefined) return <Note>Nothing waits any more.</Note>;
  const changes = compareManifests(data.desired, data.next);
  if (changes.length === 0) return <Note>It renders the same objects as what runs.</Note>;
  return (
    <div className={styles.list}>
      {changes.slice(0, MOST).map(({ key, from, to }) => (
        <DiffView key={key} title={describeKey(key)} from={from} to={to} />
      ))}
      {changes.length > MOST ? <Note>{changes.length - MOST} more objects change.</Note> : null}
    </div>
  );
}
