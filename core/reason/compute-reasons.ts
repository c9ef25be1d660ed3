import type { AppControl, Reason } from '../api/control.ts';
import type { AppView } from '../api/views.ts';
import { PROBLEM_KINDS, type ProblemCode } from '../problem/codes.ts';
import type { Problem } from '../problem/problem.ts';
import { controlReasons } from './control-reasons.ts';
import { healthReasons, syncReasons } from './state-reasons.ts';
import { describeDuration } from './time-words.ts';

/**
 * Why an App is not simply Synced and Healthy, in words with a code. What somebody should act on comes first, then what goes on by itself, then what
 * somebody wanted so; within each the cause before its consequences. An App that is not Synced and Healthy has at least one reason, one that is has
 * one only when people decided something about it, or when something is wrong that its state does not show.
 */

/** What is known of the cluster of an App. Times in milliseconds since the epoch, the Worker's clock. */
export interface ClusterNow {
  readonly now: number;
  readonly enrolled: boolean;
  /** Since when nothing was heard of its agent, once that is too long ago. */
  readonly silentSince?: number;
}

/** Problems that stop nothing: they are worth a word, and no reason to call an App wrong. */
const REMARKS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'app.field_ignored',
  'object.annotation_unknown',
  'object.annotation_invalid',
  'render.chance',
  'fleet.ignored',
  'apply.normalised',
  'apply.conflict_forced',
  'apply.recreated',
  'apply.field_unknown',
  'apply.orphaned',
  'apply.release_state',
  'diff.ignore_invalid',
  'drift.mutated',
]);

const MAX_REASONS = 20;
const RANK = { bad: 0, wait: 1, info: 2 } as const;

/** The reasons of one App, the most important first; empty when all is well. `view.reasons` is not looked at. */
export function computeReasons(view: AppView, cluster: ClusterNow): readonly Reason[] {
  const isSilenced = agentReason(view, cluster);
  const found = [
    ...isSilenced,
    ...controlReasons(view, cluster.now),
    ...problemReasons(view),
    ...(isSilenced.length > 0 ? [] : syncReasons(view)),
    ...healthReasons(view),
  ];
  const unique = found.filter((one, i) => found.findIndex(({ code, text }) => code === one.code && text === one.text) === i);
  return unique.sort((a, b) => RANK[a.severity] - RANK[b.severity]).slice(0, MAX_REASONS);
}

function agentReason({ cluster }: AppView, { now, enrolled, silentSince }: ClusterNow): Reason[] {
  if (!enrolled)
    return [
      {
        code: 'agent_missing',
        text: `cluster ${cluster} has no agent yet`,
        severity: 'bad',
        fix: `Install one: \`plumb cluster add ${cluster}\` prints the command.`,
      },
    ];
  if (silentSince === undefined) return [];
  return [
    {
      code: 'agent_silent',
      text: `agent of ${cluster} silent for ${describeDuration(now - silentSince)}`,
      severity: 'bad',
      since: silentSince,
      fix: 'Look at the agent, and whether it reaches this server. What runs goes on, and is healed meanwhile.',
    },
  ];
}

/** Problems of definition, fetch, render and apply. What a decision of people or the state of the sync says already is left to those. */
function problemReasons(view: AppView): Reason[] {
  const { problems, status } = view;
  const own = [...problems, ...(status?.problems ?? [])];
  const ofObjects = (status?.resources ?? []).flatMap(({ problem }) => problem ?? []);
  return [...own, ...ofObjects]
    .filter(({ code }) => !REMARKS.has(code) && !isSaidElsewhere(code, view))
    .slice(0, MAX_REASONS)
    .map(toReason);
}

function isSaidElsewhere(code: ProblemCode, { status, control }: Pick<AppView, 'status' | 'control'>): boolean {
  if (code === 'apply.held_deletion') return isShown(control);
  // Of a sync that is tried again both are worth knowing: what failed, and when it is tried.
  return status?.progress?.code === code && status.progress.retry === undefined;
}

function isShown(control: AppControl | undefined): boolean {
  return (control?.deletions?.objects.length ?? 0) > 0;
}

function toReason({ code, message, where }: Problem): Reason {
  const kind = PROBLEM_KINDS[code] as (typeof PROBLEM_KINDS)[ProblemCode] | undefined; // A newer agent may know more codes.
  return {
    code,
    text: where === undefined ? message : `${where}: ${message}`,
    severity: kind?.next === 'wait' || kind?.next === 'retry' ? 'wait' : 'bad',
    ...(kind === undefined ? {} : { fix: kind.fix }),
  };
}
