import { X } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { asApiProblem } from '../api/api-problem.ts';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './toast.module.css';

interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad' | 'info';
  readonly text: string;
}

export interface Toasts {
  readonly done: (text: string) => void;
  readonly tell: (text: string) => void;
  /** Shows what was thrown: what happened and what to do. It stays until it is closed. */
  readonly failed: (error: unknown) => void;
}

const SHOWN_MS = 6_000;
const MOST = 4;
const Context = createContext<Toasts | undefined>(undefined);

/** Short messages about what one has just done, read aloud when they come. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const close = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const value = useMemo((): Toasts => {
    let next = 0;
    const add = (tone: Toast['tone'], text: string) => {
      const id = next++;
      setToasts((all) => [...all.slice(1 - MOST), { id, tone, text }]);
      if (tone !== 'bad') setTimeout(() => close(id), SHOWN_MS);
    };
    return {
      done: (text) => add('good', text),
      tell: (text) => add('info', text),
      failed: (error) => {
        const problem = asApiProblem(error);
        add('bad', `${problem.message} ${problem.fix}`.trim());
      },
    };
  }, [close]);
  return (
    <Context value={value}>
      {children}
      <div className={styles.stack} role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={classNames(styles.toast, styles[toast.tone])}>
            <span>{toast.text}</span>
            <Button tone="quiet" small aria-label="Close message" onClick={() => close(toast.id)}>
              <X size={14} aria-hidden />
            </Button>
          </div>
        ))}
      </div>
    </Context>
  );
}

export function useToasts(): Toasts {
  const toasts = useContext(Context);
  if (toasts === undefined) throw new Error('useToasts needs a ToastProvider around it');
  return toasts;
}
