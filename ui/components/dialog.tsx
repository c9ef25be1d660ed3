import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './dialog.module.css';

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  /** Escape, the cross, or a click beside it. */
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons at the bottom, the one that acts last. */
  readonly actions?: ReactNode;
  /** `side` comes in from the right and takes the whole height. */
  readonly shape?: 'middle' | 'wide' | 'side';
}

/**
 * A modal dialog: the browser's own, which keeps the focus inside, gives it back, and needs no style that the page's Content-Security-Policy
 * would refuse. Nothing inside is there while it is closed.
 */
export function Dialog({ title, isOpen, onClose, children, actions, shape = 'middle' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null || !isOpen) return undefined;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself (`cancel`)
    <dialog
      ref={element}
      className={classNames(styles.dialog, styles[shape])}
      aria-labelledby={titleId}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div className={styles.inner}>
        <header className={styles.header}>
          <h2 id={titleId}>{title}</h2>
          <Button tone="quiet" small aria-label="Close" onClick={onClose}>
            <X size={18} aria-hidden />
          </Button>
        </header>
        <div className={styles.body}>{children}</div>
        {actions === undefined ? null : <footer className={styles.footer}>{actions}</footer>}
      </div>
    </dialog>
  );
}
