import { useQuery } from '@tanstack/react-query';
import type { ApprovalState } from '../../../core/api/control.ts';
import { answer, param } from '../../api/client.ts';
import { ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { RenderedDiffView } from './rendered-diff.tsx';

/** What an approval would change of what runs. `to` is the digest of the render that waits, which is in no commit of the ledger yet. */
export function ApprovalDiff({ address, approval }: { readonly address: AppAddress; readonly approval: ApprovalState }) {
  const { data, error } = useQuery({
    queryKey: appKeys.deployments(address),
    queryFn: () => answer(appApi.deployments.$get({ param: param(address), query: { limit: '1' } })),
  });
  if (error !== null) return <ErrorNote error={error} />;
  if (data === undefined) return <Skeleton lines={4} label="Comparing" />;
  const running = data.deployments[0];
  if (running === undefined) return <Note>Nothing of it runs yet: everything in it is new.</Note>;
  return <RenderedDiffView address={address} from={running.entry} to={approval.bundle} />;
}
