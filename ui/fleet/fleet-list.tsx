import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { rowKey } from '../board/board-state.ts';
import type { FleetItem } from './fleet-groups.ts';
import styles from './fleet-list.module.css';
import { FleetRow, GroupHead } from './fleet-row.tsx';
import type { Target } from './use-fleet-keys.ts';

const ROW_PX = 60;
const HEAD_PX = 44;
const OVERSCAN = 8;

export interface FleetListProps {
  readonly items: readonly FleetItem[];
  /** How many Apps there are in the list, folded ones too. */
  readonly total: number;
  readonly onFold: (group: string) => void;
  readonly target: Target | undefined;
  readonly onFocusRow: (key: string) => void;
}

/** The list: only the lines in sight (and a few around) exist, so two thousand Apps are as quick as twenty. */
export function FleetList({ items, total, onFold, target, onFocusRow }: FleetListProps) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => (items[index]?.kind === 'group' ? HEAD_PX : ROW_PX),
    getItemKey: (index) => keyOf(items[index]),
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  const scroll = useRef(virtual);
  scroll.current = virtual;
  useEffect(() => {
    if (target === undefined) return undefined;
    scroll.current.scrollToIndex(target.index, { align: 'auto' });
    // The line may have to be drawn first.
    const frame = requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        list.current?.querySelector<HTMLElement>(`[data-index="${target.index}"] a`)?.focus({ preventScroll: false }),
      ),
    );
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return (
    <div ref={list} className={styles.list}>
      <div className={styles.heads} aria-hidden="true">
        <span>App</span>
        <span>Cluster</span>
        <span>Sync</span>
        <span>Health</span>
        <span>Revision</span>
        <span>Since</span>
      </div>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the role of a list without bullets */}
      <ul className={styles.lines} role="list" aria-label={`${total} Apps`} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className={styles.line}
              aria-setsize={item.kind === 'row' ? total : undefined}
              aria-posinset={item.kind === 'row' ? item.position + 1 : undefined}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {item.kind === 'row' ? <FleetRow row={item.row} onFocus={onFocusRow} /> : <GroupHead item={item} onFold={onFold} />}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function keyOf(item: FleetItem | undefined): string {
  if (item === undefined) return '';
  return item.kind === 'row' ? `row ${rowKey(item.row)}` : `group ${item.name}`;
}
