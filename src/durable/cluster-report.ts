import type { AppStatus } from '../../core/app/status.ts';
import type { LedgerChange } from '../../core/ledger/entry.ts';
import { describeRef, refOfKey } from '../../core/objects/object.ts';
import type { Receipt } from '../../core/protocol/messages.ts';
import { deleteDesired, deleteRequest, listDesired, listRequests, readDesired } from '../deliver/desired-apps.ts';
import { writeFact } from '../platform/facts.ts';
import type { Sql } from '../platform/sql.ts';
import type { AcceptedReport } from '../report/accept-report.ts';
import { deleteObserved, markSeen, putObserved, readObserved } from '../report/observed-apps.ts';
import type { Decision } from './cluster-writer.ts';

/**
 * What an agent's report changes: receipts go into the ledger and end the requests that they answer, statuses replace older ones, a removed App
 * whose removal is done is forgotten. When requests or tombstones ended, the next generation goes without them.
 */
export function decideOnReport(sql: Sql, { report, receipts, refused }: AcceptedReport, now: number): Decision {
  const done = new Set(receipts.flatMap(({ receipt }) => (isRemovalDone(sql, receipt) ? [receipt.app] : [])));
  const answered = new Set(receipts.flatMap(({ receipt }) => receipt.requests));
  const open = listRequests(sql).filter((request) => !answered.has(request.id) && !done.has(request.app));
  const ended = done.size > 0 || open.length !== listRequests(sql).length;
  const before = readObserved(sql);
  return {
    ...(ended ? { desired: listDesired(sql).filter((app) => !done.has(app.definition.id)), requests: open } : {}),
    ledger: () => receipts.map(({ receipt, envelope }): LedgerChange => ({ kind: 'receipt', receipt, envelope })),
    rows: () => {
      markSeen(sql, report.id, now);
      for (const status of report.statuses) putObserved(sql, status);
      for (const app of done) {
        deleteDesired(sql, app);
        deleteObserved(sql, app);
      }
      for (const id of answered) deleteRequest(sql, id);
      writeFact(sql, 'agent', {
        ...report.agent,
        lastSeen: now,
        generation: report.generation,
        problems: [...report.problems, ...refused],
      });
    },
    events: [
      ...receipts.map(({ receipt }) => ({ app: receipt.app, kind: receipt.outcome, text: describeReceipt(receipt) })),
      ...report.statuses.flatMap((status) => statusEvents(before.get(status.app), status)),
      ...report.problems.map((p) => ({ app: '', kind: 'problem', text: p.message })),
    ],
  };
}

/** Only a removal that is still wanted: an App that came back meanwhile stays. */
function isRemovalDone(sql: Sql, receipt: Receipt): boolean {
  return receipt.outcome === 'removed' && readDesired(sql, receipt.app)?.state === 'removed';
}

function describeReceipt(receipt: Receipt): string {
  const counts = new Map<string, number>();
  for (const { action } of receipt.results) counts.set(action, (counts.get(action) ?? 0) + 1);
  const objects = [...counts].map(([action, n]) => `${n} ${action}`).join(', ');
  const failed = receipt.results.find((result) => result.problem !== undefined)?.problem ?? receipt.problems[0];
  return [`${receipt.outcome} ${receipt.revision.slice(0, 7)}`, objects, failed?.message ?? '']
    .filter((part) => part !== '')
    .join(', ');
}

/** A change of health, and each drift that was not reported before. */
function statusEvents(before: AppStatus | undefined, status: AppStatus): { app: string; kind: string; text: string }[] {
  const events = [];
  if (before?.health.status !== status.health.status) {
    const why = status.health.message === undefined ? '' : `: ${status.health.message}`;
    events.push({ app: status.app, kind: 'health', text: `${status.health.status}${why}` });
  }
  const known = new Set((before?.drift ?? []).map((drift) => JSON.stringify(drift)));
  for (const drift of status.drift) {
    if (known.has(JSON.stringify(drift))) continue;
    const ref = refOfKey(drift.key);
    const who = drift.manager === undefined ? '' : ` by ${drift.manager}`;
    const what = drift.fields.length === 0 ? '' : ` (${drift.fields.join(', ')})`;
    events.push({
      app: status.app,
      kind: 'drift',
      text: `${ref === undefined ? drift.key : describeRef(ref)} ${drift.kind}${who}${what}, ${drift.action}`,
    });
  }
  return events;
}
