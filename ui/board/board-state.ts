import type { AppRow, Board, BoardMessage } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';

/** The list of all Apps and clusters as the page has it. `rows` and `clusters` are sorted by name and are new arrays when they change. */
export interface BoardState {
  readonly rows: readonly AppRow[];
  readonly clusters: readonly ClusterView[];
  readonly cursor: string;
}

export function rowKey(row: { readonly cluster: string; readonly app: string }): string {
  return `${row.cluster}/${row.app}`;
}

export function toBoardState({ apps, clusters, cursor }: Board): BoardState {
  return { rows: sortRows(apps), clusters: sortClusters(clusters), cursor };
}

/** The state behind some messages, which are taken in order. Rows that did not change stay the same objects. */
export function applyMessages(state: BoardState, messages: readonly BoardMessage[]): BoardState {
  const rows = new Map<string, AppRow | undefined>();
  let clusters = state.clusters;
  for (const message of messages) {
    if (message.event === 'apps') {
      for (const row of message.data.changed) rows.set(rowKey(row), row);
      for (const id of message.data.gone) rows.set(rowKey(id), undefined);
    } else if (message.event === 'cluster') {
      const { data } = message;
      clusters = sortClusters([...clusters.filter(({ name }) => name !== data.name), data]);
    } else if (message.event === 'heard') {
      const at = message.data;
      clusters = clusters.map((view) => {
        const time = at[view.name];
        return time === undefined ? view : { ...view, lastSeen: Math.max(time, view.lastSeen ?? 0) };
      });
    }
  }
  return { ...state, clusters, rows: rows.size === 0 ? state.rows : mergeRows(state.rows, rows) };
}

function mergeRows(before: readonly AppRow[], changes: ReadonlyMap<string, AppRow | undefined>): readonly AppRow[] {
  const rest = new Map(changes);
  const kept = before.flatMap((row) => {
    const key = rowKey(row);
    if (!rest.has(key)) return [row];
    const other = rest.get(key);
    rest.delete(key);
    return other === undefined ? [] : [other];
  });
  const added = [...rest.values()].filter((row) => row !== undefined);
  return added.length === 0 ? kept : sortRows([...kept, ...added]);
}

function sortRows(rows: readonly AppRow[]): readonly AppRow[] {
  return [...rows].sort((a, b) => compareText(a.app, b.app) || compareText(a.cluster, b.cluster));
}

function sortClusters(clusters: readonly ClusterView[]): readonly ClusterView[] {
  return [...clusters].sort((a, b) => compareText(a.name, b.name));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
