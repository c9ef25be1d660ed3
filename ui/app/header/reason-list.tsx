import { useState } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import { Button } from '../../components/button.tsx';
import { Note } from '../../components/notes.tsx';
import { useNow } from '../../platform/use-now.ts';
import { type ReasonView, toReasonViews } from '../words/reason-view.ts';
import styles from './app-header.module.css';

const SHOWN = 3;
const STEP_MS = 10_000;

/** Why an App is not simply Synced and Healthy, the most important first, each with what to do about it. */
export function ReasonList({ view }: { readonly view: AppView }) {
  const [isWhole, setWhole] = useState(false);
  const reasons = toReasonViews(view, useNow(STEP_MS));
  if (reasons.length === 0) return null;
  const shown = isWhole ? reasons : reasons.slice(0, SHOWN);
  return (
    <section aria-label="Why it is as it is">
      <ul className={styles.reasons}>
        {shown.map((reason) => (
          <li key={`${reason.code} ${reason.text}`}>
            <OneReason reason={reason} />
          </li>
        ))}
      </ul>
      {reasons.length > SHOWN ? (
        <Button tone="quiet" small onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
          {isWhole ? 'Fewer reasons' : `${reasons.length - SHOWN} more`}
        </Button>
      ) : null}
    </section>
  );
}

const TONE = { bad: 'bad', wait: 'wait', info: 'info' } as const;

function OneReason({ reason }: { readonly reason: ReasonView }) {
  return (
    <Note tone={TONE[reason.severity]}>
      <div className={styles.reason}>
        <p>
          {reason.text} {reason.when === undefined ? null : <span className={styles.when}>{reason.when}</span>}{' '}
          <code className={styles.code}>{reason.code}</code>
        </p>
        {reason.fix === undefined || reason.fix === '' ? null : <p>{reason.fix}</p>}
      </div>
    </Note>
  );
}
