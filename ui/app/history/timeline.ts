import type { Deployment } from '../../../core/api/control.ts';
import { describeDuration } from '../../components/age.ts';
import { toLine } from '../words/plain-text.ts';

/** One deployment on the timeline. */
export interface TimelineEntry {
  readonly deployment: Deployment;
  readonly title: string;
  /** `Rolled back by ana: checkout fails`, for what a person (or the automatic rollback) decided. */
  readonly decision?: string;
  readonly outcome: 'running' | 'good' | 'bad' | 'waiting' | 'unknown';
  readonly outcomeText: string;
  /** `4 min from commit to Healthy`. */
  readonly lead?: string;
  /** True for what runs now. */
  readonly isCurrent: boolean;
}
export interface TimelineDay {
  /** In the person's own calendar, `2026-11-21`. */
  readonly day: string;
  readonly entries: readonly TimelineEntry[];
}

/** The deployments of an App by day, newest first. */
export function computeTimeline(deployments: readonly Deployment[]): readonly TimelineDay[] {
  const days = Map.groupBy(deployments.map(toEntry), ({ deployment }) => toDay(deployment.time));
  return [...days].map(([day, entries]) => ({ day, entries }));
}

function toDay(time: number): string {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function toEntry(deployment: Deployment): TimelineEntry {
  const { action, actor, reason, leadMs } = deployment;
  const decision =
    action === 'rollback'
      ? `Rolled back${by(actor)}`
      : action === 'policy'
        ? `Policy changed${by(actor)}`
        : actor === undefined
          ? undefined
          : `Deployed${by(actor)}`;
  const [outcome, outcomeText] = judge(deployment);
  return {
    deployment,
    title: toLine(deployment.subject) || 'no commit message',
    outcome,
    outcomeText,
    isCurrent: deployment.n === 0,
    ...(decision === undefined ? {} : { decision: toLine(reason === undefined ? decision : `${decision}: ${reason}`) }),
    ...(leadMs === undefined ? {} : { lead: `${describeDuration(leadMs)} from commit to Healthy` }),
  };
}

function by(actor: string | undefined): string {
  return actor === undefined ? ' automatically' : ` by ${actor}`;
}

function judge({ outcome, health }: Deployment): readonly [TimelineEntry['outcome'], string] {
  if (outcome === 'failed') return ['bad', 'failed'];
  if (outcome === 'held') return ['waiting', 'held'];
  if (outcome === undefined) return ['unknown', 'not reported'];
  if (health === undefined || health === 'Healthy') return ['good', health ?? 'synced'];
  return [health === 'Degraded' || health === 'Missing' ? 'bad' : 'running', health];
}

/** Which two to compare: the later and the earlier one, whatever the order of choosing. Undefined until there are two. */
export function toComparison(
  deployments: readonly Deployment[],
  chosen: readonly string[],
): { readonly from: Deployment; readonly to: Deployment } | undefined {
  const [to, from] = deployments.filter(({ entry }) => chosen.includes(entry));
  return to === undefined || from === undefined ? undefined : { from, to };
}

/** The choice with one more (or less): at most two, the one that was chosen longest ago gives way. */
export function chooseEntry(chosen: readonly string[], entry: string): readonly string[] {
  return chosen.includes(entry) ? chosen.filter((one) => one !== entry) : [...chosen, entry].slice(-2);
}
