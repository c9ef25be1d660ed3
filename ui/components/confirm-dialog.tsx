import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';
import { ErrorNote } from './notes.tsx';

export interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** On the button. */
  readonly act: string;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
  readonly busy: boolean;
  readonly error: unknown;
  /** Has to be typed first: for what cannot be undone. */
  readonly typed?: string;
  /** Asks for a reason, which the ledger keeps. */
  readonly asksReason?: boolean;
}

/** Asks before something is lost. It is there while it is shown only, so it forgets what was typed. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, act, onConfirm, onClose, busy, error, typed, asksReason = false } = props;
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const isReady = typed === undefined || text === typed;
  return (
    <Dialog
      isOpen
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="danger" busy={busy} disabled={!isReady} onClick={() => onConfirm(reason.trim())}>
            {act}
          </Button>
        </>
      }
    >
      {children}
      {asksReason ? (
        <TextField
          label="Reason"
          hint="For the ledger; may stay empty."
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      ) : null}
      {typed === undefined ? null : (
        <TextField
          label={`Type ${typed} to confirm`}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {error === null || error === undefined ? null : <ErrorNote error={error} />}
    </Dialog>
  );
}
