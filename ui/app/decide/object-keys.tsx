import { describeRef, type ObjectKey, refOfKey } from '../../../core/objects/object.ts';
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

/** `Deployment shop/web`; a key that is none as it stands. */
export function describeKey(key: ObjectKey): string {
  const ref = refOfKey(key);
  return ref === undefined ? key : describeRef(ref);
}
