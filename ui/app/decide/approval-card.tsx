import { useState } from 'react';
import type { ApprovalState } from '../../../core/api/control.ts';
import type { AppView } from '../../../core/api/views.ts';
import { answer, param } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { Panel } from '../../components/page.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import type { AppAddress } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useDecision } from '../data/use-decision.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { ApprovalDiff } from '../diff/approval-diff.tsx';
import { mayDo } from '../words/app-menu.ts';
import { toLine } from '../words/plain-text.ts';
import styles from './decide.module.css';
import { DecisionDialog } from './decision-dialog.tsx';
import type { AppDialogProps } from './simple-dialogs.tsx';
import { why } from './why.ts';

export interface ApprovalCardProps {
  readonly address: AppAddress;
  readonly view: AppView;
  readonly approval: ApprovalState;
}

/** A render that waits for people: exactly which, who approved it, how many are missing, and what it would change. */
export function ApprovalCard({ address, view, approval }: ApprovalCardProps) {
  const [, setAsked] = useQueryState('do');
  const [isShown, setShown] = useState(false);
  const missing = Math.max(0, approval.needed - approval.approvals.length);
  const next = view.control?.next;
  return (
    <Panel
      title="Waits for approval"
      actions={
        <>
          <Button small onClick={() => setShown(!isShown)} aria-expanded={isShown}>
            {isShown ? 'Hide changes' : 'Show changes'}
          </Button>
          {mayDo(view, 'approve') ? (
            <Button small tone="primary" onClick={() => setAsked('approve')}>
              Approve…
            </Button>
          ) : null}
        </>
      }
    >
      <p>
        <Badge tone="wait">
          {approval.approvals.length} of {approval.needed}
        </Badge>{' '}
        <code>{approval.revision.slice(0, 7)}</code> {next === undefined ? null : toLine(next.subject)} needs {missing}{' '}
        {missing === 1 ? 'approval' : 'approvals'} more{approval.role === undefined ? '' : ` of ${toLine(approval.role)}`}. It
        waits since <RelativeTime time={approval.since} />.
      </p>
      {approval.approvals.length === 0 ? null : (
        <ul>
          {approval.approvals.map(({ actor, at, reason }) => (
            <li key={`${actor} ${at}`}>
              {toLine(actor)} approved <RelativeTime time={at} />
              {reason === undefined ? null : `: “${toLine(reason)}”`}
            </li>
          ))}
        </ul>
      )}
      <CodeBlock label="digest of the render" text={approval.bundle} />
      {isShown ? <ApprovalDiff address={address} approval={approval} /> : null}
    </Panel>
  );
}

export function ApproveDialog({ address, view, onClose }: AppDialogProps) {
  const approval = view.control?.approval;
  // Exactly what was shown when the dialog opened is approved: another commit in the meantime is another digest, which the API refuses.
  const [bundle] = useState(approval?.bundle ?? '');
  const decision = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.approve.$post({ param: param(address), json: { ...why(reason), bundle } })),
    done: 'Approved.',
    onDone: onClose,
  });
  const isOther = approval !== undefined && approval.bundle !== bundle;
  return (
    <DecisionDialog
      title="Approve"
      confirm="Approve"
      problem={isOther ? 'A newer commit came: close this and look at it first.' : undefined}
      toInput={(reason) => reason}
      decision={decision}
      onClose={onClose}
    >
      <p className={styles.lines}>
        You approve exactly this render of <code>{approval?.revision.slice(0, 7)}</code>, and no later one:
      </p>
      <CodeBlock label="digest of the render" text={bundle} />
      {isOther ? <p role="alert">A newer commit came: close this and look at it first.</p> : null}
    </DecisionDialog>
  );
}
