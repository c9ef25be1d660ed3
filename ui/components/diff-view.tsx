import { useMemo } from 'react';
import { classNames } from './class-names.ts';
import { computeDiffLines, countChanges } from './diff-lines.ts';
import styles from './diff-view.module.css';

const SIGN = { same: ' ', add: '+', remove: '−', gap: '⋯' } as const;
const SPOKEN = { same: '', add: 'added: ', remove: 'removed: ', gap: '' } as const;
/** More lines than anybody reads at once, and than a browser draws at once. */
const MOST_LINES = 3_000;

export interface DiffViewProps {
  /** Absent: it did not exist. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly title: string;
}

/** Two texts as a unified diff with line numbers. Signs and words say what colours show. */
export function DiffView({ from = '', to = '', title }: DiffViewProps) {
  const lines = useMemo(() => computeDiffLines(from, to), [from, to]);
  const { added, removed } = countChanges(lines);
  return (
    <figure className={styles.diff}>
      <figcaption className={styles.title}>
        <span>{title}</span>
        <span className={styles.counts}>
          <span className={styles.added}>+{added}</span> <span className={styles.removed}>−{removed}</span>
          <span className="visually-hidden">lines added and removed</span>
        </span>
      </figcaption>
      {lines.length === 0 ? (
        <p className={styles.none}>No difference.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.scroll} tabIndex={0} aria-label={`Differences of ${title}`}>
          <table className={styles.table}>
            <tbody>
              {lines.slice(0, MOST_LINES).map((line, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines of one diff never move
                <tr key={index} className={styles[line.kind]}>
                  <td className={styles.number}>{line.from}</td>
                  <td className={styles.number}>{line.to}</td>
                  <td className={classNames(styles.text)}>
                    <span aria-hidden="true">{SIGN[line.kind]} </span>
                    <span className="visually-hidden">{SPOKEN[line.kind]}</span>
                    {line.text}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {lines.length > MOST_LINES ? (
            <p className={styles.none}>{lines.length - MOST_LINES} more lines are not shown.</p>
          ) : null}
        </section>
      )}
    </figure>
  );
}
