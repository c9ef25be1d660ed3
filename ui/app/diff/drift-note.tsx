import type { Drift } from '../../../core/app/status.ts';
import { CodeBlock } from '../../components/code-block.tsx';
import { Note } from '../../components/notes.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { toLine } from '../words/plain-text.ts';
import styles from './diff.module.css';

const KIND: { readonly [kind in Drift['kind']]: string } = {
  changed: 'Somebody changed it',
  deleted: 'Somebody deleted it',
  extra: 'Somebody added it',
};

/** What somebody else changed: which fields, who, when, whether it was healed, and what Git would have to say to keep it. */
export function DriftNote({ drift }: { readonly drift: Drift }) {
  const { kind, fields, manager, time, owners = [], mutated = [], action, patch } = drift;
  const owner = new Map(owners.map((one) => [one.field, one]));
  return (
    <Note tone={action === 'healed' ? 'info' : 'wait'}>
      <p>
        <strong>{KIND[kind]}</strong>
        {manager === undefined ? '' : ` with ${toLine(manager)}`} {time === undefined ? null : <RelativeTime time={time} />}
        {action === 'healed' ? '; it was healed.' : '; it is reported, not healed.'}
      </p>
      {fields.length === 0 ? null : (
        <ul className={styles.fields}>
          {fields.map((field) => (
            <li key={field}>
              <code>{toLine(field)}</code>
              {owner.get(field) === undefined ? null : (
                <span className={styles.quiet}>
                  {' '}
                  {toLine(owner.get(field)?.manager ?? '')}, {owner.get(field)?.operation}{' '}
                  <RelativeTime time={owner.get(field)?.time ?? ''} />
                </span>
              )}
              {mutated.includes(field) ? (
                <span className={styles.quiet}> (the API server sets it: a webhook, a policy or a default)</span>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {patch === undefined ? null : (
        <details>
          <summary>Keep it: what Git would have to say</summary>
          <p>A JSON merge patch of the manifest in Git.</p>
          <CodeBlock label="patch for Git" text={JSON.stringify(patch, null, 2)} />
        </details>
      )}
    </Note>
  );
}
