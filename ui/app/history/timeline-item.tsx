import { useId, useState } from 'react';
import { Link } from 'wouter';
import type { Deployment } from '../../../core/api/control.ts';
import type { AppView } from '../../../core/api/views.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { ErrorNote, Skeleton } from '../../components/notes.tsx';
import { OutsideLink } from '../../components/outside-link.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import type { Tone } from '../../components/tone.ts';
import type { AppAddress } from '../data/app-address.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { ReceiptView } from '../sync/receipt-view.tsx';
import { useReceipt } from '../sync/use-receipt.ts';
import { mayDo } from '../words/app-menu.ts';
import { toLine } from '../words/plain-text.ts';
import { toRepoLinks } from '../words/repo-link.ts';
import styles from './history.module.css';
import type { TimelineEntry } from './timeline.ts';

export interface TimelineItemProps {
  readonly address: AppAddress;
  readonly view: AppView;
  readonly entry: TimelineEntry;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  /** The deployment before it, where it is known. */
  readonly before: Deployment | undefined;
  readonly onCompare: (other: Deployment) => void;
}

const TONE: { readonly [outcome in TimelineEntry['outcome']]: Tone } = {
  good: 'good',
  bad: 'bad',
  running: 'wait',
  waiting: 'wait',
  unknown: 'quiet',
};

/** One deployment: the commit, what came of it, who decided what and why, and what can be done with it. */
export function TimelineItem({ address, view, entry, isChosen, onChoose, before, onCompare }: TimelineItemProps) {
  const { deployment, title, decision, outcome, outcomeText, lead, isCurrent } = entry;
  const [, setAsked] = useQueryState('do');
  const [, setTo] = useQueryState('to');
  const [isReceiptShown, setReceiptShown] = useState(false);
  const id = useId();
  const link = toRepoLinks(view.definition.source.repoURL)?.commit?.(deployment.revision);
  const rollBack = () => {
    setTo(deployment.entry, true);
    setAsked('rollback');
  };
  return (
    <li className={styles.entry} data-current={isCurrent || undefined}>
      <div className={styles.line}>
        <input id={id} type="checkbox" checked={isChosen} onChange={onChoose} />
        <label htmlFor={id}>
          <span className="visually-hidden">Compare </span>
          <strong>{title}</strong>
        </label>
        <Badge tone={TONE[outcome]}>{outcomeText}</Badge>
        {isCurrent ? <Badge tone="info">runs now</Badge> : null}
      </div>
      <p className={styles.meta}>
        <code title={deployment.revision}>
          <OutsideLink href={link}>{deployment.revision.slice(0, 7)}</OutsideLink>
        </code>{' '}
        by {toLine(deployment.author) || 'nobody known'}, <RelativeTime time={deployment.time} />
        {lead === undefined ? '' : `; ${lead}`}
      </p>
      {decision === undefined ? null : <p className={styles.decision}>{decision}</p>}
      <div className={styles.buttons}>
        {before === undefined ? null : (
          <Button small onClick={() => onCompare(before)}>
            What changed
          </Button>
        )}
        {isCurrent || !mayDo(view, 'rollback') ? null : (
          <Button small onClick={rollBack}>
            Roll back to this…
          </Button>
        )}
        <Button small tone="quiet" onClick={() => setReceiptShown(!isReceiptShown)} aria-expanded={isReceiptShown}>
          Receipt
        </Button>
        <Link href={`/ledger/${encodeURIComponent(address.cluster)}/${encodeURIComponent(deployment.entry)}`}>
          Ledger {deployment.entry.slice(0, 7)}
        </Link>
      </div>
      {isReceiptShown ? <Receipt address={address} entry={deployment.entry} /> : null}
    </li>
  );
}

function Receipt({ address, entry }: { readonly address: AppAddress; readonly entry: string }) {
  const { receipt, error } = useReceipt(address, entry);
  if (error !== undefined) return <ErrorNote error={error} />;
  return receipt === undefined ? <Skeleton lines={2} label="Waiting for the receipt" /> : <ReceiptView receipt={receipt} />;
}
