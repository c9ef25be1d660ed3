import { Search } from 'lucide-react';
import { type RefObject, useMemo } from 'react';
import type { AppRow } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import styles from './filter-bar.module.css';
import { type FleetFilter, type Group, SORTS } from './fleet-filter.ts';
import { labelsOf } from './fleet-groups.ts';

const SORT_TITLES = { name: 'by name', worst: 'worst first', newest: 'newest first', cluster: 'by cluster' } as const;
const MOST_LABELS = 30;

export interface FilterBarProps {
  readonly rows: readonly AppRow[];
  readonly clusters: readonly ClusterView[];
  readonly filter: FleetFilter;
  readonly onChange: (changes: Partial<FleetFilter>) => void;
  readonly searchRef: RefObject<HTMLInputElement | null>;
  /** How many Apps are shown. */
  readonly shown: number;
}

export function FilterBar({ rows, clusters, filter, onChange, searchRef, shown }: FilterBarProps) {
  const projects = useMemo(() => [...new Set(rows.map(({ project }) => project))].sort(), [rows]);
  const labels = useMemo(() => labelsOf(rows).slice(0, MOST_LABELS), [rows]);
  const values = useMemo(() => labelValues(rows, labels), [rows, labels]);
  return (
    <search className={styles.bar}>
      <div className={styles.search}>
        <Search size={16} aria-hidden />
        <input
          ref={searchRef}
          type="search"
          aria-label="Search Apps"
          placeholder="Search: name, commit, author, reason …"
          title="Press / to come here"
          value={filter.search}
          onChange={(event) => onChange({ search: event.target.value })}
        />
      </div>
      <Pick
        label="Cluster"
        value={filter.clusters.join(',')}
        options={clusters.map(({ name }) => ({ value: name, title: name }))}
        onPick={(value) => onChange({ clusters: value === '' ? [] : [value] })}
      />
      <Pick
        label="Project"
        value={filter.projects.join(',')}
        options={projects.map((project) => ({ value: project, title: project }))}
        onPick={(value) => onChange({ projects: value === '' ? [] : [value] })}
      />
      <Pick
        label="Label"
        value={filter.labels.join(',')}
        options={values.map((value) => ({ value, title: value }))}
        onPick={(value) => onChange({ labels: value === '' ? [] : [value] })}
      />
      <Pick
        label="Group"
        empty="not grouped"
        value={filter.group === 'none' ? '' : filter.group}
        options={[
          { value: 'cluster', title: 'by cluster' },
          { value: 'project', title: 'by project' },
          ...labels.map((label) => ({ value: `label:${label}`, title: `by ${label}` })),
        ]}
        // Its own options only.
        onPick={(value) => onChange({ group: value === '' ? 'none' : (value as Group) })}
      />
      <Pick
        label="Order"
        empty={SORT_TITLES.name}
        value={filter.sort === 'name' ? '' : filter.sort}
        options={SORTS.filter((sort) => sort !== 'name').map((sort) => ({ value: sort, title: SORT_TITLES[sort] }))}
        onPick={(value) => onChange({ sort: SORTS.find((sort) => sort === value) ?? 'name' })}
      />
      <span className={styles.shown} role="status">
        {shown === rows.length ? `${shown} Apps` : `${shown} of ${rows.length} Apps`}
      </span>
    </search>
  );
}

function labelValues(rows: readonly AppRow[], labels: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const { labels: own } of rows) for (const name of labels) if (own[name] !== undefined) found.add(`${name}=${own[name]}`);
  return [...found].sort().slice(0, MOST_LABELS * 10);
}

interface PickProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly title: string }[];
  readonly onPick: (value: string) => void;
  readonly empty?: string;
}

/** One choice of some. An address may hold a choice that is no option (several, or one that is gone): it is shown, so that it can be undone. */
function Pick({ label, value, options, onPick, empty = `all ${label.toLowerCase()}s` }: PickProps) {
  const isKnown = value === '' || options.some((option) => option.value === value);
  if (options.length === 0 && value === '') return null;
  return (
    <select className={styles.pick} aria-label={label} value={value} onChange={(event) => onPick(event.target.value)}>
      <option value="">{empty}</option>
      {isKnown ? null : <option value={value}>{value}</option>}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.title}
        </option>
      ))}
    </select>
  );
}
