import { useState } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import { answer, param } from '../../api/client.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useDecision } from '../data/use-decision.ts';
import { parsePeriodAhead } from '../words/durations.ts';
import { DecisionDialog } from './decision-dialog.tsx';
import { ObjectKeys } from './object-keys.tsx';
import { why } from './why.ts';

export interface AppDialogProps {
  readonly address: AppAddress;
  readonly view: AppView;
  readonly onClose: () => void;
}

export function UnpinDialog({ address, onClose }: AppDialogProps) {
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.unpin.$post({ param: param(address), json: why(reason) })),
    done: 'The pin is gone: the App follows Git again.',
    onDone: onClose,
  });
  return (
    <DecisionDialog title="Unpin" confirm="Unpin" toInput={(reason) => reason} decision={decision} onClose={onClose}>
      <p>The App goes to what Git says now, and follows it again.</p>
    </DecisionDialog>
  );
}

export function SuspendDialog({ address, onClose }: AppDialogProps) {
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.suspend.$post({ param: param(address), json: why(reason) })),
    done: 'The App is suspended.',
    onDone: onClose,
  });
  return (
    <DecisionDialog title="Suspend" confirm="Suspend" toInput={(reason) => reason} decision={decision} onClose={onClose}>
      <p>Nothing is applied, healed or deleted until somebody resumes it. What happens in the cluster is still reported.</p>
    </DecisionDialog>
  );
}

export function ResumeDialog({ address, onClose }: AppDialogProps) {
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.resume.$post({ param: param(address), json: why(reason) })),
    done: 'The App goes on.',
    onDone: onClose,
  });
  return (
    <DecisionDialog title="Resume" confirm="Resume" toInput={(reason) => reason} decision={decision} onClose={onClose}>
      <p>The App is synced and healed again. Changes that came in the meantime are applied.</p>
    </DecisionDialog>
  );
}

const TIMES = [
  { value: '15m', title: '15 minutes' },
  { value: '1h', title: '1 hour' },
  { value: '4h', title: '4 hours' },
  { value: 'other', title: 'Another time' },
];

/** How long: one of the usual times, or what is typed. */
function useHowLong() {
  const [choice, setChoice] = useState('1h');
  const [text, setText] = useState('');
  const seconds = parsePeriodAhead(choice === 'other' ? text : choice);
  const fields = (
    <>
      <SelectField label="For how long" choices={TIMES} value={choice} onChange={(event) => setChoice(event.target.value)} />
      {choice === 'other' ? (
        <TextField
          label="Time"
          hint="Such as 30m, 2h or 1h30m."
          value={text}
          onChange={(event) => setText(event.target.value)}
          problem={text !== '' && seconds === undefined ? 'Write a time such as 30m, 2h or 1h30m.' : undefined}
        />
      ) : null}
    </>
  );
  return { seconds, fields, problem: seconds === undefined ? 'Say for how long.' : undefined };
}

export function BreakGlassDialog({ address, onClose }: AppDialogProps) {
  const { seconds = 0, fields, problem } = useHowLong();
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi['break-glass'].$post({ param: param(address), json: { ...why(reason), seconds } })),
    done: 'The glass is broken: drift is not healed for now.',
    onDone: onClose,
  });
  return (
    <DecisionDialog
      title="Break glass"
      confirm="Break glass"
      isDangerous
      needsReason
      problem={problem}
      toInput={(reason) => reason}
      decision={decision}
      onClose={onClose}
    >
      <p>
        What you change in the cluster by hand stays until the time is over; then it is healed back to Git. Everybody who watches
        this App is told, with your reason.
      </p>
      {fields}
    </DecisionDialog>
  );
}

export function WindowsDialog({ address, onClose }: AppDialogProps) {
  const { seconds = 0, fields, problem } = useHowLong();
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi['override-windows'].$post({ param: param(address), json: { ...why(reason), seconds } })),
    done: 'Sync windows do not hold for now.',
    onDone: onClose,
  });
  return (
    <DecisionDialog
      title="Override windows"
      confirm="Override windows"
      problem={problem}
      toInput={(reason) => reason}
      decision={decision}
      onClose={onClose}
    >
      <p>The App is synced until then although its sync windows say otherwise.</p>
      {fields}
    </DecisionDialog>
  );
}

export function RestoreDialog({ address, onClose }: AppDialogProps) {
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.restore.$post({ param: param(address), json: why(reason) })),
    done: 'The App comes back.',
    onDone: onClose,
  });
  return (
    <DecisionDialog title="Restore" confirm="Restore" toInput={(reason) => reason} decision={decision} onClose={onClose}>
      <p>Its definition is still in Git: it is deployed again as Git says now.</p>
    </DecisionDialog>
  );
}

export function ConfirmDialog({ address, view, onClose }: AppDialogProps) {
  const { objects = [], total = 0 } = view.control?.deletions ?? {};
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.confirm.$post({ param: param(address), json: why(reason) })),
    done: 'The deletions are confirmed.',
    onDone: onClose,
  });
  return (
    <DecisionDialog
      title="Confirm deletions"
      confirm={`Delete ${objects.length}`}
      isDangerous
      toInput={(reason) => reason}
      decision={decision}
      onClose={onClose}
    >
      <p>
        Git no longer has {objects.length} of {total} objects; that is more than this App may lose without a person. These are
        deleted, and none that come later:
      </p>
      <ObjectKeys keys={objects} />
    </DecisionDialog>
  );
}

const CASCADES = [
  { value: 'prune', title: 'Delete its objects from the cluster' },
  { value: 'orphan', title: 'Leave its objects in the cluster' },
];

export function DeleteDialog({ address, onClose }: AppDialogProps) {
  const [cascade, setCascade] = useState<'prune' | 'orphan'>('prune');
  const [name, setName] = useState('');
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.delete.$post({ param: param(address), json: { ...why(reason), cascade, confirm: name } })),
    done: 'The App is being deleted.',
    onDone: onClose,
  });
  return (
    <DecisionDialog
      title={`Delete ${address.app}`}
      confirm="Delete"
      isDangerous
      problem={name === address.app ? undefined : `Type ${address.app} to confirm.`}
      toInput={(reason) => reason}
      decision={decision}
      onClose={onClose}
    >
      <p>
        The App is taken out of <strong>{address.cluster}</strong>, although its definition is still in Git. Restore brings it
        back; to remove it for good, remove its definition from Git.
      </p>
      <SelectField
        label="What happens to its objects"
        choices={CASCADES}
        value={cascade}
        onChange={(event) => setCascade(event.target.value === 'orphan' ? 'orphan' : 'prune')}
      />
      <TextField
        label={`Type ${address.app} to confirm`}
        value={name}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setName(event.target.value)}
      />
    </DecisionDialog>
  );
}
