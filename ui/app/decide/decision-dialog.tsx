import type { UseMutationResult } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { ErrorNote } from '../../components/notes.tsx';
import styles from './decide.module.css';

export interface DecisionDialogProps<Input> {
  readonly title: string;
  /** What it does and what it leaves alone, in plain words. */
  readonly children: ReactNode;
  readonly confirm: string;
  readonly isDangerous?: boolean;
  /** A decision that is loud by nature needs a reason. */
  readonly needsReason?: boolean;
  /** Why it cannot be done yet; the button waits. */
  readonly problem?: string | undefined;
  readonly toInput: (reason: string | undefined) => Input;
  readonly decision: UseMutationResult<unknown, Error, Input>;
  readonly onClose: () => void;
}

/** Asks for a reason, which the ledger keeps beside the person's name, and decides. */
export function DecisionDialog<Input>(props: DecisionDialogProps<Input>) {
  const { title, children, confirm, decision, toInput, onClose, needsReason = false, isDangerous = false } = props;
  const [reason, setReason] = useState('');
  const form = useId();
  const given = reason.trim();
  const problem = props.problem ?? (needsReason && given === '' ? 'Say why first.' : undefined);
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            tone={isDangerous ? 'danger' : 'primary'}
            busy={decision.isPending}
            disabled={problem !== undefined}
            title={problem}
          >
            {confirm}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined) decision.mutate(toInput(given === '' ? undefined : given));
        }}
      >
        <FormLines>
          {children}
          <TextField
            label={needsReason ? 'Reason' : 'Reason (optional)'}
            hint="The ledger keeps it, with your name."
            value={reason}
            maxLength={500}
            required={needsReason}
            onChange={(event) => setReason(event.target.value)}
          />
          {decision.error === null ? null : <ErrorNote error={decision.error} />}
        </FormLines>
      </form>
    </Dialog>
  );
}

/** The lines of a form, one below the other. */
function FormLines({ children }: { readonly children: ReactNode }) {
  return <div className={styles.lines}>{children}</div>;
}
