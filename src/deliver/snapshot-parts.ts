import type { Sql } from '../platform/sql.ts';

/**
 * The newest snapshot is kept in parts, one for each App, as the canonical JSON that the snapshot's payload holds: a new generation
 * replaces the parts that changed and joins all of them, and nothing that stayed is parsed or written again.
 * A change is an App's new part, or undefined for an App that the snapshot no longer names.
 */
export type PartChanges = ReadonlyMap<string, string | undefined>;

/** The parts as they will be after a change, in the order of the Apps' names. */
export function partsAfter(sql: Sql, changes: PartChanges): string[] {
  const rows = sql.all<{ app: string; part: string }>('SELECT app, part FROM snapshot_app ORDER BY app');
  const parts = new Map<string, string | undefined>(rows.map(({ app, part }) => [app, part]));
  let isOrdered = true;
  for (const [app, part] of changes) {
    if (!parts.has(app)) isOrdered = false;
    parts.set(app, part);
  }
  const entries = [...parts];
  // Names are ASCII: code units order them as SQLite does.
  if (!isOrdered) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.flatMap(([, part]) => part ?? []);
}

/** The part of one App in the newest snapshot. */
export function readPart(sql: Sql, app: string): string | undefined {
  return sql.all<{ part: string }>('SELECT part FROM snapshot_app WHERE app = ?', app)[0]?.part;
}

/** Writes a change; call it inside the transaction that writes the snapshot. */
export function putParts(sql: Sql, changes: PartChanges): void {
  for (const [app, part] of changes) {
    if (part === undefined) sql.run('DELETE FROM snapshot_app WHERE app = ?', app);
    else
      sql.run(
        'INSERT INTO snapshot_app (app, part) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET part = excluded.part',
        app,
        part,
      );
  }
}
