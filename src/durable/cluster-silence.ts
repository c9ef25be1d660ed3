import { listDesired } from '../deliver/desired-apps.ts';
import { writeFact } from '../platform/facts.ts';
import type { Sql } from '../platform/sql.ts';
import { addEvent } from '../report/observed-apps.ts';
import { markUntold } from './cluster-outlet.ts';

/**
 * Writes down that nothing is heard of the agent since then, or, without a time, that something is again. Every App of the cluster looks different: what is
 * known of it is old. Call it inside a transaction.
 */
export function recordSilence(sql: Sql, since: number | undefined, now: number): undefined {
  writeFact(sql, 'silent', since ?? null);
  const event =
    since === undefined
      ? ({ kind: 'agent', text: 'the agent is heard of again', notice: 'agent-back' } as const)
      : ({ kind: 'agent', text: `nothing was heard of the agent for ${minutes(now - since)}`, notice: 'agent-silent' } as const);
  addEvent(sql, { app: '', ...event }, now);
  markUntold(sql, ['', ...listDesired(sql).map((app) => app.definition.id)]);
}

function minutes(ms: number): string {
  const n = Math.max(1, Math.round(ms / 60_000));
  return n === 1 ? 'a minute' : `${n} minutes`;
}
