import { useEffect, useState } from 'react';
import type { AppStatus } from '../../../core/app/status.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { toLine } from '../words/plain-text.ts';
import styles from './sync.module.css';
import { computePhases, followStatus, startFollow } from './sync-follow.ts';

export interface SyncProgressProps {
  readonly id: string;
  readonly status: AppStatus | undefined;
  readonly receipt: Receipt | undefined;
}

/** A sync as it runs: its phases and waves, how many objects are done, and what it said on the way. */
export function SyncProgressView({ id, status, receipt }: SyncProgressProps) {
  const [follow, setFollow] = useState(() => startFollow(id));
  useEffect(() => {
    if (status !== undefined) setFollow((before) => followStatus(before, status));
  }, [status]);
  const phases = computePhases(receipt === undefined ? follow : { ...follow, receipt });
  const { total, synced, healthy, failed } = follow.counts;
  return (
    <section className={styles.lines} aria-label="Progress">
      <ol className={styles.phases} aria-label="Phases">
        {phases.map(({ phase, state, wave }) => (
          <li key={phase} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
            {phase}
            {wave === undefined ? '' : `, wave ${wave}`}
            <span className="visually-hidden">{state === 'done' ? 'done' : state === 'next' ? 'not yet' : ''}</span>
          </li>
        ))}
      </ol>
      <progress className={styles.bar} max={Math.max(1, total)} value={synced} aria-label="Objects that are synced" />
      <p role="status">
        {total === 0
          ? 'Waiting for the agent.'
          : `${synced} of ${total} objects synced, ${healthy} healthy${failed === 0 ? '' : `, ${failed} failing`}.`}
      </p>
      {follow.steps.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <ol className={styles.steps} tabIndex={0} aria-label="Steps">
          {follow.steps.map((step) => (
            <li key={`${step.phase} ${step.wave} ${step.message} ${step.since}`}>
              {step.phase === '' ? '' : `${step.phase}${step.wave === undefined ? '' : `, wave ${step.wave}`}: `}
              {toLine(step.message)}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
