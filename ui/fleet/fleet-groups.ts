import type { AppRow } from '../../core/api/board.ts';
import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';
import { type Group, isProblem } from './fleet-filter.ts';

export interface Counts {
  readonly total: number;
  readonly problems: number;
  readonly health: { readonly [status in HealthStatus]?: number };
  readonly sync: { readonly [status in SyncStatus]?: number };
}

/** One line of the list: the head of a group, or an App. */
export type FleetItem =
  | { readonly kind: 'group'; readonly name: string; readonly counts: Counts; readonly isFolded: boolean }
  | { readonly kind: 'row'; readonly row: AppRow; readonly position: number };

export function countRows(rows: readonly AppRow[]): Counts {
  const health: { [status in HealthStatus]?: number } = {};
  const sync: { [status in SyncStatus]?: number } = {};
  let problems = 0;
  for (const row of rows) {
    health[row.health] = (health[row.health] ?? 0) + 1;
    sync[row.sync] = (sync[row.sync] ?? 0) + 1;
    if (isProblem(row)) problems++;
  }
  return { total: rows.length, problems, health, sync };
}

/** What the group of a row is called; empty for a row without the label. */
function groupOf(row: AppRow, group: Group): string {
  if (group === 'cluster') return row.cluster;
  if (group === 'project') return row.project;
  return group === 'none' ? '' : (row.labels[group.slice('label:'.length)] ?? '');
}

/** The lines of the list: groups by name, the one without a name last, rows in the order they came; a folded group shows its head only. */
export function toItems(rows: readonly AppRow[], group: Group, folded: ReadonlySet<string>): readonly FleetItem[] {
  if (group === 'none') return rows.map((row, position) => ({ kind: 'row', row, position }));
  const groups = new Map<string, AppRow[]>();
  for (const row of rows) {
    const name = groupOf(row, group);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [row]);
    else known.push(row);
  }
  const names = [...groups.keys()].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1));
  let position = 0;
  return names.flatMap((name): readonly FleetItem[] => {
    const members = groups.get(name) ?? [];
    const isFolded = folded.has(name);
    const head: FleetItem = { kind: 'group', name, counts: countRows(members), isFolded };
    return [head, ...(isFolded ? [] : members.map((row): FleetItem => ({ kind: 'row', row, position: position++ })))];
  });
}

/** Which labels rows have, most used first: what one can group by. */
export function labelsOf(rows: readonly AppRow[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const row of rows) for (const name of Object.keys(row.labels)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return [...uses].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
}

/**
 * The line to go to from `from` (-1: from before the first) in steps of one: the next App, or with `onlyProblems` the next that somebody should look at,
 * beginning again at the other end. undefined when there is none.
 */
export function nextItem(
  items: readonly FleetItem[],
  from: number,
  { step, onlyProblems = false }: { readonly step: 1 | -1; readonly onlyProblems?: boolean },
): number | undefined {
  for (let i = 1; i <= items.length; i++) {
    const at = from + step * i;
    const index = onlyProblems ? (at + items.length * 2) % items.length : at;
    const item = items[index];
    if (item === undefined) return undefined;
    if (item.kind === 'row' && (!onlyProblems || isProblem(item.row))) return index;
  }
  return undefined;
}
