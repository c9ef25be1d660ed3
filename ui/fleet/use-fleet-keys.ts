import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { AppRow } from '../../core/api/board.ts';
import { rowKey } from '../board/board-state.ts';
import { type FleetItem, nextItem } from './fleet-groups.ts';

/** Where the list should go and put the focus; `n` makes a step to the same line another one. */
export interface Target {
  readonly index: number;
  readonly n: number;
}

interface FleetKeys {
  readonly searchRef: RefObject<HTMLInputElement | null>;
  readonly target: Target | undefined;
  readonly onFocusRow: (key: string) => void;
}

interface KeyOptions {
  readonly items: readonly FleetItem[];
  readonly onSync: (row: AppRow) => void;
  readonly onHelp: () => void;
}

/** `/` search, `j` and `k` next and previous, `n` next problem, `s` sync, `?` help. Enter is the link's own. Not while somebody types. */
export function useFleetKeys({ items, onSync, onHelp }: KeyOptions): FleetKeys {
  const searchRef = useRef<HTMLInputElement>(null);
  const [target, setTarget] = useState<Target>();
  const current = useRef<string>(undefined);
  const latest = useRef({ items, onSync, onHelp });
  latest.current = { items, onSync, onHelp };

  useEffect(() => {
    const isCurrent = (item: FleetItem) => item.kind === 'row' && rowKey(item.row) === current.current;
    const step = (by: 1 | -1, onlyProblems: boolean) => {
      const all = latest.current.items;
      const index = nextItem(all, all.findIndex(isCurrent), { step: by, onlyProblems });
      const item = index === undefined ? undefined : all[index];
      if (index === undefined || item?.kind !== 'row') return;
      current.current = rowKey(item.row);
      setTarget((before) => ({ index, n: (before?.n ?? 0) + 1 }));
    };
    const actions: { readonly [key: string]: () => void } = {
      '/': () => searchRef.current?.focus(),
      j: () => step(1, false),
      k: () => step(-1, false),
      n: () => step(1, true),
      s: () => {
        const item = latest.current.items.find(isCurrent);
        if (item?.kind === 'row') latest.current.onSync(item.row);
      },
      '?': () => latest.current.onHelp(),
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
      if (isTyping(event.target)) {
        if (event.key === 'Escape' && event.target === searchRef.current) searchRef.current?.blur();
        return;
      }
      const action = actions[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const onFocusRow = useCallback((key: string) => {
    current.current = key;
  }, []);
  return { searchRef, target, onFocusRow };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);
}
