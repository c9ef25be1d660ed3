import type { AppControl, ApprovalState, Decided, Pin } from '../api/control.ts';
import type { AppPolicy } from '../app/policy.ts';
import type { Digest } from '../bundle/bundle.ts';
import type { ControlRules } from './control-rules.ts';

/** What was decided about an App beyond Git, as the Worker keeps it beside what the App should be. Times in milliseconds since the epoch. */
export interface ControlState {
  readonly pin?: Pin & {
    /** When the commit was made from which it went back. */
    readonly fromCommittedAt?: number;
  };
  readonly suspended?: Decided;
  readonly glass?: TimedDecision;
  readonly windows?: TimedDecision;
  readonly approval?: OpenApproval;
  /** `done`: its objects are gone or given back, and no snapshot names it any more. */
  readonly deleted?: Decided & { readonly cascade: 'prune' | 'orphan'; readonly done?: true };
  /** Revisions that were rolled back by themselves, or should have been: never twice. */
  readonly rolledBack?: readonly string[];
  readonly rollbackFailed?: NonNullable<AppControl['rollbackFailed']>;
}

export interface TimedDecision extends Decided {
  readonly until: number;
}

/** Who approved, by an id that stays the same whatever they are called. */
export interface Approval extends Decided {
  readonly id: string;
}

/** A bundle that waits for people. `author` wrote the source commit: `Ana <ana@example.org>`. */
export interface OpenApproval {
  readonly bundle: Digest;
  readonly revision: string;
  readonly author: string;
  readonly since: number;
  readonly approvals: readonly Approval[];
}

/** A render of an App at a commit. */
export interface Candidate {
  readonly bundle: Digest;
  readonly revision: string;
  readonly author: string;
  readonly committedAt?: number;
}

/** What becomes of a render: it is delivered, or held back. `control` is what is in force afterwards. */
export type Admission =
  | { readonly deliver: true; readonly control: ControlState; readonly endedPin?: Pin }
  | { readonly deliver: false; readonly control: ControlState; readonly waits: 'pin' | 'approval' };

/**
 * Whether a render may be delivered. A pin holds it back, unless it was to last until a newer commit and this is one; then the App's approvals do, unless
 * the very same bundle runs already or enough people have approved it.
 */
export function admitRender(
  control: ControlState,
  at: {
    readonly candidate: Candidate;
    /** What runs, or is to run. */
    readonly running: Digest | undefined;
    readonly rules: ControlRules | undefined;
    readonly now: number;
  },
): Admission {
  const { candidate, running, rules, now } = at;
  const { pin, ...unpinned } = control;
  if (pin !== undefined && !(pin.until.kind === 'newer-commit' && endsPin(candidate, pin)))
    return { deliver: false, control, waits: 'pin' };
  const ended = pin === undefined ? {} : { endedPin: pin };
  const { approval, rollbackFailed: _failed, ...rest } = unpinned;
  if (rules?.approvals === undefined || candidate.bundle === running) return { deliver: true, control: rest, ...ended };
  const { bundle, revision, author } = candidate;
  const open: OpenApproval =
    approval?.bundle === bundle ? { ...approval, revision } : { bundle, revision, author, since: now, approvals: [] };
  if (open.approvals.length >= rules.approvals.needed) return { deliver: true, control: rest, ...ended };
  return { deliver: false, control: { ...unpinned, approval: open }, waits: 'approval' };
}

/**
 * A commit ends a pin when it changes what the App renders to, and is no older than the one that was gone back from: a render that was under way when
 * somebody pinned, or the same commit rendered again, does not.
 */
function endsPin(
  { bundle, revision, committedAt }: Candidate,
  { from, fromCommittedAt }: NonNullable<ControlState['pin']>,
): boolean {
  if (revision === from.revision || bundle === from.bundle) return false;
  return committedAt === undefined || fromCommittedAt === undefined || committedAt >= fromCommittedAt;
}

/** The policy that agents get: what people decided goes before Git. */
export function effectivePolicy(policy: AppPolicy, control: ControlState): AppPolicy {
  const { suspended, glass, windows, deleted } = control;
  const { windows: _windows, ...unbound } = policy;
  return {
    ...(windows === undefined ? policy : unbound),
    ...(suspended === undefined ? {} : { suspended: true }),
    // `drift` is for agents that do not know `healOff`.
    ...(glass === undefined ? {} : { healOff: true as const, drift: 'warn' as const }),
    ...(deleted === undefined ? {} : { onDelete: deleted.cascade }),
  };
}

/** What has ended by `now`, and what is left. */
export function endDecisions(
  control: ControlState,
  now: number,
): { readonly left: ControlState; readonly ended: readonly ('pin' | 'glass' | 'windows')[] } {
  const { pin, glass, windows, ...rest } = control;
  const isPinOver = pin?.until.kind === 'time' && pin.until.at <= now;
  const isGlassOver = glass !== undefined && glass.until <= now;
  const areWindowsBack = windows !== undefined && windows.until <= now;
  return {
    left: {
      ...rest,
      ...(pin === undefined || isPinOver ? {} : { pin }),
      ...(glass === undefined || isGlassOver ? {} : { glass }),
      ...(windows === undefined || areWindowsBack ? {} : { windows }),
    },
    ended: [
      ...(isPinOver ? (['pin'] as const) : []),
      ...(isGlassOver ? (['glass'] as const) : []),
      ...(areWindowsBack ? (['windows'] as const) : []),
    ],
  };
}

/** When something ends by itself next; undefined when nothing does. */
export function nextEnd({ pin, glass, windows }: ControlState): number | undefined {
  const ends = [pin?.until.kind === 'time' ? pin.until.at : undefined, glass?.until, windows?.until].filter(
    (at) => at !== undefined,
  );
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** What people are shown of an open approval. */
export function toApprovalState(
  { bundle, revision, since, approvals }: OpenApproval,
  rules: ControlRules | undefined,
): ApprovalState {
  const role = rules?.approvals?.role;
  return {
    bundle,
    revision,
    needed: rules?.approvals?.needed ?? 0,
    ...(role === undefined ? {} : { role }),
    approvals: approvals.map(({ id: _id, ...decided }) => decided),
    since,
  };
}

/** A state without parts that are not in force; undefined when nothing is. */
export function withoutEmpty(control: ControlState): ControlState | undefined {
  const parts = Object.entries(control).filter(([, part]) => part !== undefined && !(Array.isArray(part) && part.length === 0));
  // The same members, some left out.
  return parts.length === 0 ? undefined : (Object.fromEntries(parts) as ControlState);
}
