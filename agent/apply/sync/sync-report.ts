import { canonicalJson } from '../../../core/json/canonical.ts';
import type { Plan } from '../../../core/plan/plan-types.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import type { AppRequest, ObjectResult, Receipt, SnapshotApp } from '../../../core/protocol/messages.ts';
import { shortHash } from '../../platform/crypto.ts';
import type { AppRuntime } from '../app-runtime.ts';
import { warningsOf } from '../object/send-object.ts';
import type { SyncReport } from './run-sync.ts';

const MAX_PROBLEMS = 100;

/** A receipt without what differs each time. */
export type ReceiptContent = Omit<Receipt, 'id' | 'health' | 'startedAt' | 'finishedAt'>;

export interface ReceiptParts {
  readonly cluster: string;
  readonly generation: number;
  readonly snapshot: string;
  readonly runtime: AppRuntime;
  readonly spec: SnapshotApp;
  readonly report: SyncReport;
  readonly requests: readonly AppRequest[];
  readonly dryRun: boolean;
}

export function toReceipt({
  cluster,
  generation,
  snapshot,
  runtime,
  spec,
  report,
  requests,
  dryRun,
}: ReceiptParts): ReceiptContent {
  return {
    cluster,
    generation,
    snapshot,
    app: runtime.id,
    ...(spec.bundle === undefined ? {} : { bundle: spec.bundle }),
    revision: spec.revision,
    outcome: outcomeOf(spec, report),
    results: report.results,
    problems: runtime.problems.slice(0, MAX_PROBLEMS),
    requests: requests.map((request) => request.id),
    ...(dryRun ? { dryRun: true as const } : {}),
  };
}

/** Named by its content: a receipt that is made again after a restart, or by a retry that changed nothing, is the same receipt. */
export function receiptId(content: ReceiptContent): string {
  return shortHash(canonicalJson({ ...content, results: content.results.filter((result) => result.action === 'failed') }));
}

function outcomeOf(spec: SnapshotApp, report: SyncReport): Receipt['outcome'] {
  if (report.outcome === 'failed' || report.outcome === 'terminated') return 'failed';
  if (report.outcome === 'held') return 'held';
  return spec.state === 'removed' ? 'removed' : 'synced';
}

/** What a person should know of an App after a sync, the worst first. */
export function problemsOf(runtime: AppRuntime, plan: Plan, report: SyncReport): Problem[] {
  const { prepared } = runtime;
  const left = [...(prepared?.objects ?? []), ...(prepared?.hooks ?? [])].flatMap(warningsOf);
  const warnings = [...runtime.resolveWarnings, ...(prepared?.warnings ?? []), ...left];
  const refused = report.refused === undefined ? [] : [report.refused];
  // What finalizers hold shows at the object, for as long as they do.
  const failures = report.results.flatMap(({ problem }) =>
    problem === undefined || problem.code === 'apply.finalizer_pending' ? [] : [problem],
  );
  return [...refused, ...plan.problems, ...failures, ...warnings].slice(0, MAX_PROBLEMS);
}

/** The report without values of Secrets that were filled in. */
export function redactReport(report: SyncReport, redact: (text: string) => string): SyncReport {
  const clean = (result: ObjectResult): ObjectResult =>
    result.problem === undefined
      ? result
      : { ...result, problem: { ...result.problem, message: redact(result.problem.message) } };
  return { ...report, results: report.results.map(clean) };
}

/** ` (2 created, 1 failed: apply.invalid)`; empty when nothing was done. */
export function describeResults(report: SyncReport): string {
  const counts = new Map<string, number>();
  for (const { action, problem } of report.results) {
    const what = problem === undefined ? action : `${action}: ${problem.code}`;
    if (what !== 'unchanged') counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts.size === 0 ? '' : ` (${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')})`;
}
