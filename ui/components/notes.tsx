import type { ReactNode } from 'react';
import { asApiProblem } from '../api/api-problem.ts';
import { Button } from './button.tsx';
import styles from './notes.module.css';

/** Nothing is here yet: says what would be, and what to do next. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <section className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What went wrong, why, and what to do; `onRetry` gives a button. */
export function ErrorNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { message, fix, code } = asApiProblem(error);
  return (
    <div className={styles.error} role="alert">
      <p>
        <strong>{message}</strong> {fix}
      </p>
      <p className={styles.code}>{code}</p>
      {onRetry === undefined ? null : (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** A calm remark in a frame. */
export function Note({
  tone = 'info',
  children,
}: {
  readonly tone?: 'info' | 'wait' | 'bad' | 'good';
  readonly children: ReactNode;
}) {
  return (
    <div className={styles.note} data-tone={tone}>
      {children}
    </div>
  );
}

/** Where text will be, while it is asked for. */
export function Skeleton({ lines = 3, label = 'Loading' }: { readonly lines?: number; readonly label?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <span key={index} />
      ))}
    </div>
  );
}
