import type { NoticeApp, NoticeKind } from '../../core/api/activity.ts';
import type { AppStatus } from '../../core/app/status.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Receipt } from '../../core/protocol/messages.ts';
import type { DesiredApp } from '../deliver/desired-apps.ts';
import type { Sql } from '../platform/sql.ts';

/** Which events of a cluster are worth a notification, and what is told of the App that they are about. */

/** How many problems a notification may name. */
const TOLD_PROBLEMS = 5;

/** An App as a notification shows it: as it was when the event happened. */
export function toNoticeApp({ definition, commit, problems }: DesiredApp, status: AppStatus | undefined): NoticeApp {
  const { origin, source, policy } = definition;
  return {
    id: definition.id,
    project: definition.project,
    namespace: policy.targetNamespace ?? policy.namespace,
    repoURL: source.repoURL,
    path: source.path,
    targetRevision: source.revision,
    revision: commit?.commit ?? '',
    subject: commit?.subject ?? '',
    author: commit?.author ?? '',
    sync: status?.sync ?? 'Unknown',
    health: status?.health ?? { status: 'Unknown' },
    problems: [...problems, ...(status?.problems ?? [])].slice(0, TOLD_PROBLEMS),
    subscriptions: definition.subscriptions ?? {},
    ...(definition.labels === undefined ? {} : { labels: definition.labels }),
    origin: { kind: origin.kind, namespace: origin.namespace, name: origin.name },
  };
}

/** What a receipt is worth telling: nothing when it is a rehearsal or a removal. */
export function noticeOfReceipt(receipt: Receipt): NoticeKind | undefined {
  if (receipt.dryRun === true) return undefined;
  switch (receipt.outcome) {
    case 'synced':
      return 'sync-succeeded';
    case 'failed':
      return 'sync-failed';
    case 'held':
      return isHeldDeletion(receipt) ? 'deletion-held' : undefined;
    default:
      return undefined;
  }
}

function isHeldDeletion({ problems, results }: Receipt): boolean {
  const found = [...problems, ...results.flatMap(({ problem }) => problem ?? [])];
  return found.some(({ code }) => code === 'apply.held_deletion');
}

/** What a change of health is worth telling. Whether an App was ill is remembered, as it passes through Progressing on its way back. */
export function noticeOfHealth(
  sql: Sql,
  app: string,
  { before, now }: { readonly before: AppStatus | undefined; readonly now: AppStatus },
): NoticeKind | undefined {
  const { status } = now.health;
  if (status === 'Degraded' && before?.health.status !== 'Degraded') return 'health-degraded';
  return status === 'Healthy' && isIll(sql, app) ? 'health-recovered' : undefined;
}

/** Writes down whether an App is ill; call it inside the transaction that records the event. */
export function putIllness(sql: Sql, app: string, { health }: AppStatus, now: number): void {
  if (health.status === 'Degraded') sql.run('INSERT OR IGNORE INTO illness (app, since) VALUES (?, ?)', app, now);
  else if (health.status === 'Healthy') deleteIllness(sql, app);
}

export function deleteIllness(sql: Sql, app: string): void {
  sql.run('DELETE FROM illness WHERE app = ?', app);
}

function isIll(sql: Sql, app: string): boolean {
  return sql.all('SELECT 1 AS found FROM illness WHERE app = ?', app).length > 0;
}

/** What a problem of the agent itself is worth telling: a snapshot that it refused may be an attack. */
export function noticeOfProblem({ code, rule }: Problem): NoticeKind | undefined {
  return code === 'protocol.refused' && rule !== undefined ? 'signature-refused' : undefined;
}
