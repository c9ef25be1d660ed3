import { dueMarks } from '../figures/track.ts';
import type { Sql } from '../platform/sql.ts';
import type { Decision } from './cluster-writer.ts';

/** What became of deployments and is in no receipt (Healthy later, Degraded, well again), as one entry of the ledger; undefined while there is nothing to tell. */
export function decideOnMarks(sql: Sql, now: number): Decision | undefined {
  const due = dueMarks(sql, now);
  if (due === undefined) return undefined;
  return {
    ledger: (generation) => due.notes.map((note) => ({ ...note, generation })),
    rows: () => due.done(),
    events: [],
  };
}
