import { describeKey, type ObjectKey } from '../../../core/objects/object.ts';
import styles from './decide.module.css';

const MOST = 200;

/** Objects by name, one a line. */
export function ObjectKeys({ keys }: { readonly keys: readonly ObjectKey[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ul className={styles.keys} tabIndex={0} aria-label="Objects">
      {keys.slice(0, MOST).map((key) => (
        <li key={key}>
          <code>{describeKey(key)}</code>
        </li>
      ))}
      {keys.length > MOST ? <li>and {keys.length - MOST} more</li> : null}
    </ul>
  );
}
