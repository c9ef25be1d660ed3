import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react';
import styles from './field.module.css';

interface FieldParts {
  readonly label: string;
  /** What to write, below the label. */
  readonly hint?: ReactNode;
  /** What is wrong with what was written. */
  readonly problem?: string | undefined;
}

function Frame({ id, label, hint, problem, children }: FieldParts & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {children}
      {problem === undefined ? null : (
        <p id={`${id}-problem`} className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function describedBy(id: string, { hint, problem }: FieldParts): string | undefined {
  const ids = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`].filter(
    (part) => part !== '',
  );
  return ids.length === 0 ? undefined : ids.join(' ');
}

/** A labelled input. */
export function TextField({ label, hint, problem, ...rest }: FieldParts & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const parts: FieldParts = { label, problem, ...(hint === undefined ? {} : { hint }) };
  return (
    <Frame id={id} {...parts}>
      <input
        id={id}
        className={styles.input}
        aria-describedby={describedBy(id, parts)}
        aria-invalid={problem !== undefined || undefined}
        {...rest}
      />
    </Frame>
  );
}

export function TextArea({ label, hint, problem, ...rest }: FieldParts & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  const parts: FieldParts = { label, problem, ...(hint === undefined ? {} : { hint }) };
  return (
    <Frame id={id} {...parts}>
      <textarea
        id={id}
        className={styles.area}
        aria-describedby={describedBy(id, parts)}
        aria-invalid={problem !== undefined || undefined}
        {...rest}
      />
    </Frame>
  );
}

export interface Choice {
  readonly value: string;
  readonly title: string;
}

export function SelectField({
  label,
  hint,
  problem,
  choices,
  ...rest
}: FieldParts & { readonly choices: readonly Choice[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  const parts: FieldParts = { label, problem, ...(hint === undefined ? {} : { hint }) };
  return (
    <Frame id={id} {...parts}>
      <select id={id} className={styles.input} aria-describedby={describedBy(id, parts)} {...rest}>
        {choices.map(({ value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </Frame>
  );
}

/** A box to tick; `hint` says what it does. */
export function CheckField({ label, hint, ...rest }: Omit<FieldParts, 'problem'> & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input id={id} type="checkbox" aria-describedby={hint === undefined ? undefined : `${id}-hint`} {...rest} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint === undefined ? null : (
          <p id={`${id}-hint`} className={styles.hint}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
