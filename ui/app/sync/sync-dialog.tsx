import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { Asked } from '../../../core/api/routes.ts';
import type { AppView } from '../../../core/api/views.ts';
import { answer, param } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { ErrorNote, Note } from '../../components/notes.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useQueryState } from '../data/use-query-state.ts';
import type { AppDialogProps } from '../decide/simple-dialogs.tsx';
import { mayDo } from '../words/app-menu.ts';
import { ReceiptView } from './receipt-view.tsx';
import styles from './sync.module.css';
import { SyncChoices } from './sync-choices.tsx';
import { isSameChoice, type SyncPlan, startPlan, toSyncInput, whyNotPlan } from './sync-plan.ts';
import { SyncProgressView } from './sync-progress.tsx';
import { useReceipt } from './use-receipt.ts';

/** Syncing: choose, rehearse, carry out, and watch. The sync that is watched is in the address (`request=<id>`), so that it can be left and found again. */
export function SyncDialog(props: AppDialogProps) {
  const [following, setFollowing] = useQueryState('request');
  if (following !== undefined) return <Watching {...props} id={following} again={() => setFollowing(undefined, true)} />;
  return <Choosing {...props} onAsked={(id) => setFollowing(id, true)} />;
}

function Choosing({ address, view, onClose, onAsked }: AppDialogProps & { readonly onAsked: (id: string) => void }) {
  const [plan, setPlan] = useState(() => startPlan(view));
  // What a dry run said holds for what was chosen then.
  const [rehearsed, setRehearsed] = useState<{ readonly id: string; readonly plan: SyncPlan } | undefined>(undefined);
  const ask = useAsk(address, plan);
  const form = useId();
  const rehearsal = useReceipt(address, rehearsed?.id);
  const isRehearsing = rehearsed !== undefined && rehearsal.receipt === undefined;
  const problem = whyNotPlan(plan) ?? (mayDo(view, 'sync') ? undefined : 'You may not sync this App.');
  return (
    <Dialog
      title={`Sync ${address.app}`}
      shape="wide"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            busy={isRehearsing || (ask.isPending && ask.variables)}
            disabled={problem !== undefined}
            title={problem}
            onClick={() => ask.mutate(true, { onSuccess: ({ id }) => setRehearsed({ id, plan }) })}
          >
            Dry run
          </Button>
          <Button
            type="submit"
            form={form}
            tone="primary"
            busy={ask.isPending && !ask.variables}
            disabled={problem !== undefined}
            title={problem}
          >
            Sync
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={styles.lines}
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate(false, { onSuccess: ({ id }) => onAsked(id) });
        }}
      >
        <SyncChoices plan={plan} view={view} onChange={setPlan} />
        <TextField
          label="Reason (optional)"
          hint="The ledger keeps it, with your name."
          value={plan.reason}
          maxLength={500}
          onChange={(event) => setPlan({ ...plan, reason: event.target.value })}
        />
      </form>
      {ask.error === null ? null : <ErrorNote error={ask.error} />}
      {rehearsal.error === undefined ? null : <ErrorNote error={rehearsal.error} />}
      {isRehearsing ? <p role="status">The agent rehearses: nothing is written.</p> : null}
      {rehearsal.receipt === undefined ? null : (
        <>
          {rehearsed === undefined || isSameChoice(rehearsed.plan, plan) ? null : (
            <Note tone="wait">You have changed your choices since this dry run.</Note>
          )}
          <ReceiptView receipt={rehearsal.receipt} />
        </>
      )}
    </Dialog>
  );
}

/** Asks for a sync, or with `true` for a dry run; gives the id of the request. */
function useAsk(address: AppAddress, plan: SyncPlan) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (dryRun: boolean): Promise<Asked> =>
      answer(appApi.sync.$post({ param: param(address), json: toSyncInput(plan, dryRun) })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: appKeys.view(address) }),
  });
}

interface WatchingProps extends AppDialogProps {
  readonly id: string;
  readonly again: () => void;
}

function Watching({ address, view, onClose, id, again }: WatchingProps) {
  const { receipt, error } = useReceipt(address, id);
  return (
    <Dialog
      title={receipt === undefined ? `${address.app} is being synced` : `Sync of ${address.app}`}
      shape="wide"
      isOpen
      onClose={onClose}
      actions={
        <>
          {receipt === undefined ? null : <Button onClick={again}>Sync again…</Button>}
          <Button tone="primary" onClick={onClose}>
            {receipt === undefined ? 'Go on in the background' : 'Close'}
          </Button>
        </>
      }
    >
      {whyItWaits(view, id) === undefined ? null : <Note tone="wait">{whyItWaits(view, id)}</Note>}
      <SyncProgressView id={id} status={view.status} receipt={receipt} />
      {error === undefined ? null : <ErrorNote error={error} />}
      {receipt === undefined ? null : <ReceiptView receipt={receipt} />}
    </Dialog>
  );
}

/** A sync that nothing moves says why: what the App waits for. */
function whyItWaits({ requests, status, reasons }: AppView, id: string): string | undefined {
  const isAsked = requests.some((request) => request.id === id);
  if (!isAsked || status?.progress?.state === 'running') return undefined;
  return reasons?.find(({ severity }) => severity !== 'info')?.text;
}
