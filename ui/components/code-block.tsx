import styles from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

/** Text for machines, as it is; it can be scrolled and copied. `label` says what it is. */
export function CodeBlock({
  text,
  label,
  tall = false,
}: {
  readonly text: string;
  readonly label: string;
  readonly tall?: boolean;
}) {
  return (
    <div className={styles.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={tall ? styles.tall : styles.scroll} tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <span className={styles.copy}>
        <CopyButton text={text} label={`Copy ${label}`} />
      </span>
    </div>
  );
}
