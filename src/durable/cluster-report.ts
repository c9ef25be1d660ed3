import type { NoticeKind } from '../../core/api/activity.ts';
import type { AppStatus, Health } from '../../core/app/status.ts';
import type { Digest } from '../../core/bundle/bundle.ts';
import type { LedgerChange } from '../../core/ledger/entry.ts';
import { describeRef, refOfKey } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Receipt } from '../../core/protocol/messages.ts';
import { deleteDeployments } from '../deliver/deployments.ts';
import {
  appOfRequest,
  type DesiredApp,
  decidedIn,
  deleteDesired,
  deleteRequest,
  listRequests,
  putDesired,
  putGood,
  readDesired,
  toSnapshotPart,
  wantedState,
} from '../deliver/desired-apps.ts';
import { ledgerTables } from '../ledger/tables.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type { Sql } from '../platform/sql.ts';
import type { AcceptedReport } from '../report/accept-report.ts';
import { deleteObserved, isNewer, markSeen, type NewEvent, putObserved, readObservedApp } from '../report/observed-apps.ts';
import { deleteTree } from '../report/trees.ts';
import { deleteIllness, noticeOfHealth, noticeOfProblem, noticeOfReceipt, putIllness, toNoticeApp } from './cluster-notices.ts';
import { followDeployments } from './cluster-rollback.ts';
import { type ClusterWriter, type Decision, forgetUnwanted } from './cluster-writer.ts';

/** What an agent said last of itself. */
export interface AgentFact {
  readonly version: string;
  readonly rssBytes: number;
  readonly startedAt: number;
  readonly rttMs?: number;
  readonly features?: readonly string[];
  readonly lastSeen: number;
  readonly generation: number;
  readonly problems: readonly Problem[];
}

/** How many problems of its own an agent may have shown: they share a row. */
const KEPT_PROBLEMS = 50;

/**
 * What an agent's report changes: receipts go into the ledger and end the requests that they answer, statuses replace older ones, a removed App
 * whose removal is done is forgotten. When requests or tombstones ended, the next generation goes without them.
 * Only the Apps that the report speaks of are looked at.
 */
export function decideOnReport(writer: ClusterWriter, { report, receipts, refused }: AcceptedReport, now: number): Decision {
  const { sql } = writer;
  const ended = new Set(receipts.flatMap(({ receipt }) => (isRemovalDone(sql, receipt) ? [receipt.app] : [])));
  // Those that Git still defines stay, in no snapshot, until a person brings them back or Git lets go of them.
  const deleted = [...ended].flatMap((app) => toDeleted(readDesired(sql, app)) ?? []);
  const done = new Set([...ended].filter((app) => !deleted.some(({ definition }) => definition.id === app)));
  const answered = new Set(receipts.flatMap(({ receipt }) => receipt.requests));
  const goods = goodReleases(writer, receipts);
  const changed = new Map(
    [...openAgain(sql, answered), ...goods.flatMap(({ app, older }) => (older ? [app] : []))].map((app) => [
      app.definition.id,
      app,
    ]),
  );
  for (const { app } of goods) if (changed.has(app.definition.id)) changed.set(app.definition.id, app);
  const open = (app: string) => listRequests(sql, app).filter((request) => !answered.has(request.id));
  const parts = new Map<string, string | undefined>([
    ...[...changed].map(([id, app]) => [id, toSnapshotPart(sql, app, open(id))] as const),
    ...[...ended].map((app) => [app, undefined] as const),
  ]);
  const statuses = report.statuses.flatMap((status) => {
    // Of an App that is not wanted nothing is kept: nobody would ever delete it.
    const desired = readDesired(sql, status.app);
    if (ended.has(status.app) || desired === undefined || wantedState(desired) === 'gone') return [];
    const before = readObservedApp(sql, status.app);
    return isNewer(status, before) ? [{ status, before }] : [];
  });
  const problems = [...report.problems, ...refused].slice(0, KEPT_PROBLEMS);
  const told = new Set((readFact<AgentFact>(sql, 'agent')?.problems ?? []).map((problem) => problem.message));
  return {
    ...(parts.size === 0 ? {} : { parts }),
    ledger: () => receipts.map(({ receipt, envelope }): LedgerChange => ({ kind: 'receipt', receipt, envelope })),
    rows: (generation) => {
      markSeen(sql, report.id, now);
      for (const { status } of statuses) {
        putObserved(sql, status);
        putIllness(sql, status.app, status, now);
      }
      for (const { app, before } of goods) {
        putGood(sql, app);
        forgetUnwanted(writer, before);
      }
      for (const app of done) forgetApp(writer, app);
      for (const app of deleted) {
        deleteObserved(sql, app.definition.id);
        putDesired(sql, app, generation);
      }
      followDeployments(
        sql,
        { receipts: receipts.map(({ receipt }) => receipt), statuses: statuses.map(({ status }) => status) },
        now,
      );
      for (const id of answered) deleteRequest(sql, id);
      const fact: AgentFact = { ...report.agent, lastSeen: now, generation: report.generation, problems };
      writeFact(sql, 'agent', fact);
    },
    events: [
      ...receipts.flatMap(({ receipt }) => receiptEvent(sql, receipt)),
      ...statuses.flatMap(({ status, before }) => statusEvents(sql, before, status)),
      ...problems.filter((p) => !told.has(p.message)).map(problemEvent),
    ],
    touched: statuses.map(({ status }) => status.app),
    statuses: statuses.map(({ status }) => status),
  };
}

/** Forgets all that is known of an App; the ledger keeps its history. */
export function forgetApp(writer: Pick<ClusterWriter, 'sql' | 'bundles'>, app: string): void {
  const had = readDesired(writer.sql, app);
  deleteDesired(writer.sql, app);
  deleteObserved(writer.sql, app);
  deleteIllness(writer.sql, app);
  deleteTree(writer.sql, app);
  const kept = deleteDeployments(writer.sql, app);
  for (const digest of [had?.digest, had?.good, had?.next?.digest, ...kept]) forgetUnwanted(writer, digest);
}

/** An App whose deletion by a person is done; undefined for one that Git does not define any more. */
function toDeleted(app: DesiredApp | undefined): DesiredApp | undefined {
  const { deleted } = app?.control ?? {};
  if (app === undefined || deleted === undefined || app.state === 'removed') return undefined;
  return { ...app, control: { ...app.control, deleted: { ...deleted, done: true } } };
}

/** The Apps of whose requests some were answered. */
function openAgain(sql: Sql, answered: ReadonlySet<string>): DesiredApp[] {
  const apps = new Set([...answered].flatMap((id) => appOfRequest(sql, id) ?? []));
  return [...apps].flatMap((app) => readDesired(sql, app) ?? []);
}

/** A release that has succeeded with another bundle than before: that is what it goes back to from now on. */
interface GoodRelease {
  readonly app: DesiredApp;
  readonly before: Digest | undefined;
  /** True when another bundle is wanted already: the snapshot must name this one. */
  readonly older: boolean;
}

function goodReleases({ sql, bundles }: ClusterWriter, receipts: AcceptedReport['receipts']): GoodRelease[] {
  const latest = new Map<string, GoodRelease>();
  for (const { receipt } of receipts) {
    const { app: id, bundle, outcome, dryRun, health } = receipt;
    if (outcome !== 'synced' || dryRun === true || bundle === undefined || health.status === 'Degraded') continue;
    const app = readDesired(sql, id);
    if (app?.definition.policy.release === undefined || app.state !== 'present' || app.good === bundle || !bundles.has(bundle))
      continue;
    latest.set(id, { app: { ...app, good: bundle }, before: app.good, older: app.digest !== bundle });
  }
  return [...latest.values()];
}

/** Only the removal that is wanted now: an App that came back meanwhile stays, and so does one that came back and went again since. */
function isRemovalDone(sql: Sql, receipt: Receipt): boolean {
  const desired = readDesired(sql, receipt.app);
  if (receipt.outcome !== 'removed' || desired === undefined || wantedState(desired) !== 'removed') return false;
  return receipt.generation >= (decidedIn(sql, receipt.app) ?? 0);
}

/** `restart of Deployment shop/web done`. */
function describeAction({ action, results }: Receipt): string {
  const [result] = results;
  const ref = refOfKey(result?.key ?? '');
  const what = `${action ?? 'action'} of ${ref === undefined ? (result?.key ?? '') : describeRef(ref)}`;
  return result?.problem === undefined ? `${what} done` : `${what} not possible: ${result.problem.message}`;
}

function describeReceipt(receipt: Receipt): string {
  const counts = new Map<string, number>();
  for (const { action } of receipt.results) counts.set(action, (counts.get(action) ?? 0) + 1);
  const objects = [...counts].map(([action, n]) => `${n} ${action}`).join(', ');
  const failed = receipt.results.find((result) => result.problem !== undefined)?.problem ?? receipt.problems[0];
  const outcome = receipt.dryRun === true ? 'dry run of' : receipt.outcome;
  return [`${outcome} ${receipt.revision.slice(0, 7)}`, objects, failed?.message ?? ''].filter((part) => part !== '').join(', ');
}

/** What an agent did with an App; a receipt that came before says nothing new. */
function receiptEvent(sql: Sql, receipt: Receipt): NewEvent[] {
  if (ledgerTables(sql).hasReceipt(receipt.id)) return [];
  const notice = noticeOfReceipt(receipt);
  const event = {
    app: receipt.app,
    kind: receipt.dryRun === true ? 'dry-run' : receipt.outcome === 'acted' ? 'action' : receipt.outcome,
    text: receipt.outcome === 'acted' ? describeAction(receipt) : describeReceipt(receipt),
    revision: receipt.revision,
  };
  if (notice === undefined) return [event];
  const told = receipt.problems.length === 0 ? firstProblems(receipt) : receipt.problems;
  return [{ ...event, ...worthTelling(sql, notice, { app: receipt.app, health: receipt.health, problems: told }) }];
}

function firstProblems({ results }: Receipt): Problem[] {
  return results.flatMap(({ problem }) => problem ?? []).slice(0, 5);
}

/** The part of an event that makes a notification of it: nothing for an App that is not wanted any more. */
function worthTelling(
  sql: Sql,
  notice: NoticeKind | undefined,
  now: { readonly app: string; readonly health?: Health; readonly problems?: readonly Problem[]; readonly status?: AppStatus },
): Partial<NewEvent> {
  const desired = notice === undefined ? undefined : readDesired(sql, now.app);
  if (notice === undefined || desired === undefined) return {};
  const about = toNoticeApp(desired, now.status ?? readObservedApp(sql, now.app));
  const { health, problems } = now;
  return {
    project: about.project,
    notice,
    about: { ...about, ...(health === undefined ? {} : { health }), ...(problems === undefined ? {} : { problems }) },
  };
}

function problemEvent(found: Problem): NewEvent {
  const notice = noticeOfProblem(found);
  return { app: '', kind: 'problem', text: found.message, ...(notice === undefined ? {} : { notice }) };
}

/** A change of health, and each drift that was not reported before. */
function statusEvents(sql: Sql, before: AppStatus | undefined, status: AppStatus): NewEvent[] {
  const events: NewEvent[] = [];
  const { app, revision } = status;
  if (before?.health.status !== status.health.status) {
    const why = status.health.message === undefined ? '' : `: ${status.health.message}`;
    const notice = noticeOfHealth(sql, app, { before, now: status });
    events.push({
      ...{ app, kind: 'health', text: `${status.health.status}${why}`, revision },
      ...worthTelling(sql, notice, { app, status }),
    });
  }
  const known = new Set((before?.drift ?? []).map((drift) => JSON.stringify(drift)));
  for (const drift of status.drift) {
    if (known.has(JSON.stringify(drift))) continue;
    const ref = refOfKey(drift.key);
    const who = drift.manager === undefined ? '' : ` by ${drift.manager}`;
    const what = drift.fields.length === 0 ? '' : ` (${drift.fields.join(', ')})`;
    events.push({
      ...{ app, kind: 'drift', revision },
      text: `${ref === undefined ? drift.key : describeRef(ref)} ${drift.kind}${who}${what}, ${drift.action}`,
      ...worthTelling(sql, drift.action === 'healed' ? 'drift-healed' : 'drift-found', { app, status }),
    });
  }
  return events;
}
