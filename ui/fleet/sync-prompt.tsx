import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AppRow } from '../../core/api/board.ts';
import { answer, client, param } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { CheckField, TextField } from '../components/field.tsx';
import { ErrorNote } from '../components/notes.tsx';
import { useToasts } from '../components/toast.tsx';

/** Asks before it syncs; what else a sync can do is on the App's own page. */
export function SyncPrompt({ row, onClose }: { readonly row: AppRow | undefined; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [prune, setPrune] = useState(false);
  const toasts = useToasts();
  const sync = useMutation({
    mutationFn: ({ cluster, app }: AppRow) =>
      answer(
        client.apps[':cluster'][':app'].sync.$post({
          param: param({ cluster, app }),
          json: { prune, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) },
        }),
      ),
    onSuccess: (_, { app, cluster }) => {
      toasts.done(`${app} on ${cluster} is asked to sync.`);
      close();
    },
  });
  const close = () => {
    setReason('');
    setPrune(false);
    sync.reset();
    onClose();
  };
  if (row === undefined) return null;
  return (
    <Dialog
      isOpen
      title={`Sync ${row.app} on ${row.cluster}?`}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button tone="primary" busy={sync.isPending} onClick={() => sync.mutate(row)}>
            Sync
          </Button>
        </>
      }
    >
      <p>The agent brings the cluster to what Git says{row.revision === '' ? '' : ` (${row.revision.slice(0, 7)})`}.</p>
      <CheckField
        label="Prune"
        hint="Also delete what Git no longer has."
        checked={prune}
        onChange={(event) => setPrune(event.target.checked)}
      />
      <TextField
        label="Reason"
        hint="For the ledger; may stay empty."
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {sync.error === null ? null : <ErrorNote error={sync.error} />}
    </Dialog>
  );
}
