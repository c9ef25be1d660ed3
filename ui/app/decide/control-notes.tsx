import type { ReactNode } from 'react';
import type { Decided, PinUntil } from '../../../core/api/control.ts';
import type { AppView } from '../../../core/api/views.ts';
import { Button } from '../../components/button.tsx';
import { Note } from '../../components/notes.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useNow } from '../../platform/use-now.ts';
import type { AppAddress } from '../data/app-address.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { type MenuAction, mayDo } from '../words/app-menu.ts';
import { toLine } from '../words/plain-text.ts';
import { describeTime } from '../words/reason-view.ts';
import { ApprovalCard } from './approval-card.tsx';
import styles from './decide.module.css';

/** What people decided beyond Git, who and why, each with its way back. */
export function ControlNotes({ address, view }: { readonly address: AppAddress; readonly view: AppView }) {
  const now = useNow(10_000);
  const { control } = view;
  if (control === undefined || Object.keys(control).length === 0) return null;
  const { pin, suspended, glass, windows, deletions, deleted, approval, rollbackFailed } = control;
  return (
    <section className={styles.notes} aria-label="Decisions in force">
      {approval === undefined ? null : <ApprovalCard address={address} view={view} approval={approval} />}
      {pin === undefined ? null : (
        <DecidedNote view={view} action="unpin" needs="rollback" title="Unpin…" decided={pin}>
          Pinned to <code>{pin.revision.slice(0, 7)}</code> {toLine(pin.subject)}, {describeUntil(pin.until, now)}
          {pin.automatic === undefined
            ? null
            : pin.automatic === 'deadline'
              ? '; by itself, because it was not Healthy in time'
              : '; by itself, because it was Degraded'}
          .
          {control.next === undefined ? null : (
            <>
              {' '}
              Waiting in Git: <code>{control.next.revision.slice(0, 7)}</code> {toLine(control.next.subject)}.
            </>
          )}
        </DecidedNote>
      )}
      {rollbackFailed === undefined ? null : (
        <Note tone="bad">Could not be rolled back by itself: {toLine(rollbackFailed.text)}</Note>
      )}
      {suspended === undefined ? null : (
        <DecidedNote view={view} action="resume" needs="suspend" title="Resume…" decided={suspended}>
          Suspended: nothing is applied, healed or deleted.
        </DecidedNote>
      )}
      {glass === undefined ? null : (
        <DecidedNote view={view} tone="bad" decided={glass}>
          The glass is broken: drift is not healed until {describeTime(glass.until, now)}.
        </DecidedNote>
      )}
      {windows === undefined ? null : (
        <DecidedNote view={view} decided={windows}>
          Sync windows do not hold until {describeTime(windows.until, now)}.
        </DecidedNote>
      )}
      {deletions === undefined ? null : (
        <DecidedNote view={view} action="confirm" needs="delete" title="Confirm deletions…" tone="wait">
          {deletions.objects.length} of {deletions.total} objects would be deleted: that waits for a person.
        </DecidedNote>
      )}
      {deleted === undefined ? null : (
        <DecidedNote view={view} action="restore" needs="delete" title="Restore…" tone="wait" decided={deleted}>
          Deleted, though its definition is still in Git; its objects {deleted.cascade === 'prune' ? 'are deleted' : 'are left'}.
        </DecidedNote>
      )}
    </section>
  );
}

interface DecidedNoteProps {
  readonly view: AppView;
  readonly children: ReactNode;
  readonly decided?: Decided;
  readonly tone?: 'info' | 'wait' | 'bad';
  /** The way back, where there is one. */
  readonly action?: MenuAction;
  readonly needs?: string;
  readonly title?: string;
}

function DecidedNote({ view, children, decided, tone = 'info', action, needs = '', title }: DecidedNoteProps) {
  const [, setAsked] = useQueryState('do');
  return (
    <Note tone={tone}>
      <div className={styles.cardRow}>
        <p>
          {children} {decided === undefined ? null : <By decided={decided} />}
        </p>
        {action === undefined || !mayDo(view, needs) ? null : (
          <Button small onClick={() => setAsked(action)}>
            {title}
          </Button>
        )}
      </div>
    </Note>
  );
}

function By({ decided }: { readonly decided: Decided }) {
  return (
    <span className={styles.quiet}>
      {toLine(decided.actor)}, <RelativeTime time={decided.at} />
      {decided.reason === undefined ? null : `: “${toLine(decided.reason)}”`}
    </span>
  );
}

function describeUntil(until: PinUntil, now: number): string {
  if (until.kind === 'newer-commit') return 'until a newer commit changes it';
  return until.kind === 'unpin' ? 'until somebody unpins it' : `until ${describeTime(until.at, now)}`;
}
