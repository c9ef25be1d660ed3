import { ChevronDown, ChevronRight } from 'lucide-react';
import { HealthBadge, SyncBadge } from '../../components/badge.tsx';
import { useNow } from '../../platform/use-now.ts';
import { describeLifetime } from '../words/durations.ts';
import { toKindMark } from '../words/kind-mark.ts';
import styles from './tree.module.css';
import type { TreeEntry, TreeFold } from './tree-fold.ts';
import type { TreeItem } from './tree-model.ts';

export interface TreeListProps {
  readonly entries: readonly TreeEntry[];
  readonly onOpen: (key: string) => void;
  readonly onToggle: (fold: string) => void;
  readonly isOpened: (fold: string) => boolean;
}

const AGE_STEP_MS = 10_000;

/** The tree as a table: each line indented below its owner. */
export function TreeList({ entries, onOpen, onToggle, isOpened }: TreeListProps) {
  const now = useNow(AGE_STEP_MS);
  const depth = new Map<string, number>();
  const rows = entries.map((entry) => {
    const level = entry.parent === undefined ? 0 : (depth.get(entry.parent) ?? 0) + 1;
    depth.set(entry.id, level);
    return { entry, level };
  });
  return (
    <div className={styles.list}>
      <table>
        <caption className="visually-hidden">Objects of the App</caption>
        <thead>
          <tr>
            {['Object', 'Health', 'Sync', 'Age', 'Details'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ entry, level }) =>
            entry.kind === 'fold' ? (
              <FoldRow
                key={entry.id}
                fold={entry}
                level={level}
                isOpened={isOpened(entry.id)}
                onToggle={() => onToggle(entry.id)}
              />
            ) : (
              <ObjectRow key={entry.id} item={entry.item} level={level} now={now} onOpen={() => onOpen(entry.id)} />
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

/** The indentation of a level; deep trees do not walk off a narrow screen. */
const indent = (level: number) => ({ paddingInlineStart: `calc(var(--s3) + ${Math.min(level, 6) * 1.1}rem)` });

interface ObjectRowProps {
  readonly item: TreeItem;
  readonly level: number;
  readonly now: number;
  readonly onOpen: () => void;
}

function ObjectRow({ item, level, now, onOpen }: ObjectRowProps) {
  const { ref, health, sync, createdAt, drift, restarts, info, events } = item;
  const details = [...info, ...(restarts > 0 ? [`${restarts} restarts`] : []), ...events.slice(0, 1).map(({ reason }) => reason)];
  return (
    <tr>
      <th scope="row" style={indent(level)}>
        <button type="button" className={styles.open} onClick={onOpen}>
          <span className={styles.mark} aria-hidden="true">
            {toKindMark(ref.kind)}
          </span>
          <span>
            <span className={styles.kind}>{ref.kind}</span> {ref.name}
          </span>
        </button>
      </th>
      <td data-title="Health">
        <HealthBadge status={health.status} />
      </td>
      <td data-title="Sync">{sync === undefined ? null : <SyncBadge status={sync} />}</td>
      <td data-title="Age">{describeLifetime(createdAt, now)}</td>
      <td data-title="Details" className={styles.details}>
        {drift === undefined ? null : (
          <span className={styles.drift}>drift{drift.manager === undefined ? '' : ` by ${drift.manager}`} </span>
        )}
        {details.join(' · ')}
      </td>
    </tr>
  );
}

interface FoldRowProps {
  readonly fold: TreeFold;
  readonly level: number;
  readonly isOpened: boolean;
  readonly onToggle: () => void;
}

function FoldRow({ fold, level, isOpened, onToggle }: FoldRowProps) {
  const Arrow = isOpened ? ChevronDown : ChevronRight;
  return (
    <tr>
      <th scope="row" style={indent(level)}>
        <button type="button" className={styles.open} aria-expanded={isOpened} onClick={onToggle}>
          <Arrow size={16} aria-hidden /> {fold.title}
        </button>
      </th>
      <td data-title="Health" colSpan={4}>
        <HealthBadge status={fold.health} />
      </td>
    </tr>
  );
}
