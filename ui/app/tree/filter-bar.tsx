import { Search } from 'lucide-react';
import type { HealthStatus, SyncStatus } from '../../../core/app/status.ts';
import { HealthIcon } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import styles from './tree.module.css';
import { isFiltering, NO_FILTER, type TreeFilter } from './tree-filter.ts';
import { HEALTH_ORDER, type TreeItem } from './tree-model.ts';

export interface FilterBarProps {
  readonly filter: TreeFilter;
  readonly items: readonly TreeItem[];
  readonly shown: number;
  readonly onChange: (filter: TreeFilter) => void;
}

/** Search and filters of the tree; only kinds and states that occur are offered. */
export function FilterBar({ filter, items, shown, onChange }: FilterBarProps) {
  const kinds = [...new Set(items.map(({ ref }) => ref.kind))].sort();
  const health = HEALTH_ORDER.filter(
    (status) => items.some((item) => item.health.status === status) || filter.health.includes(status),
  );
  const isOut = filter.sync.includes('OutOfSync');
  return (
    <search className={styles.filters}>
      <label className={styles.search}>
        <Search size={16} aria-hidden />
        <span className="visually-hidden">Find objects by name, kind or image</span>
        <input
          type="search"
          placeholder="Name, kind or image"
          value={filter.text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
        />
      </label>
      <label className={styles.select}>
        <span className="visually-hidden">Kind</span>
        <select
          value={filter.kinds[0] ?? ''}
          onChange={(event) => onChange({ ...filter, kinds: event.target.value === '' ? [] : [event.target.value] })}
        >
          <option value="">Every kind</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {kind}
            </option>
          ))}
        </select>
      </label>
      <fieldset className={styles.states}>
        <legend className="visually-hidden">Health and sync</legend>
        {health.map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={filter.health.includes(status)}
            onClick={() => onChange({ ...filter, health: toggle<HealthStatus>(filter.health, status) })}
          >
            <span aria-hidden="true">
              <HealthIcon status={status} size={14} />
            </span>
            {status} {items.filter((item) => item.health.status === status).length}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={isOut}
          onClick={() => onChange({ ...filter, sync: toggle<SyncStatus>(filter.sync, 'OutOfSync') })}
        >
          OutOfSync {items.filter(({ sync }) => sync === 'OutOfSync').length}
        </button>
      </fieldset>
      {isFiltering(filter) ? (
        <Button small tone="quiet" onClick={() => onChange(NO_FILTER)}>
          Clear
        </Button>
      ) : null}
      <span className={styles.count} role="status">
        {shown} shown
      </span>
    </search>
  );
}

function toggle<T>(words: readonly T[], word: T): readonly T[] {
  return words.includes(word) ? words.filter((one) => one !== word) : [...words, word];
}
