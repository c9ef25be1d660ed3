import type { AppControl, Decided, Pin, Reason } from '../api/control.ts';
import type { AppView } from '../api/views.ts';
import { describeTime } from './time-words.ts';

/** What people decided about an App, as reasons; and what waits for one of them. */
export function controlReasons(view: AppView, now: number): Reason[] {
  const { control = {}, definition } = view;
  return [
    ...rollbackFailure(control),
    ...heldDeletions(control),
    ...(control.deleted === undefined ? [] : [deletedReason(control.deleted)]),
    ...(control.suspended === undefined ? [] : [suspendedReason(control.suspended)]),
    ...(definition.policy.suspended ? [suspendedInGit(view)] : []),
    ...approvalReason(control),
    ...(control.pin === undefined ? [] : [pinReason(control.pin, control.next)]),
    ...(control.glass === undefined || control.glass.until <= now ? [] : [glassReason(control.glass)]),
    ...(control.windows === undefined || control.windows.until <= now ? [] : [windowsReason(control.windows)]),
  ];
}

function rollbackFailure({ rollbackFailed }: AppControl): Reason[] {
  if (rollbackFailed === undefined) return [];
  const { text, at, revision } = rollbackFailed;
  return [
    {
      code: 'rollback_failed',
      text: `${short(revision)} could not be rolled back: ${text}`,
      severity: 'bad',
      since: at,
      fix: 'Push a commit that mends it, or roll back to an entry of `plumb app history` yourself.',
    },
  ];
}

function heldDeletions({ deletions }: AppControl): Reason[] {
  if (deletions === undefined || deletions.objects.length === 0) return [];
  return [
    {
      code: 'apply.held_deletion',
      text: `held: would delete ${deletions.objects.length} of ${deletions.total} objects`,
      severity: 'bad',
      fix: 'Look at the objects and confirm exactly these, or put them back into Git.',
    },
  ];
}

function deletedReason({ cascade, ...by }: Decided & { readonly cascade: 'prune' | 'orphan' }): Reason {
  const what = cascade === 'orphan' ? 'deleted, its objects stay,' : 'deleted';
  return {
    code: 'deleted',
    text: `${what} by ${named(by)} though Git defines it`,
    severity: 'info',
    since: by.at,
    fix: 'Remove its definition from Git, or bring it back with restore.',
  };
}

function suspendedReason(by: Decided): Reason {
  return {
    code: 'suspended',
    text: `suspended by ${named(by)}`,
    severity: 'info',
    since: by.at,
    fix: 'Resume it: nothing is synced, healed or pruned until then.',
  };
}

function suspendedInGit({ definition }: AppView): Reason {
  const { file } = definition.origin;
  return { code: 'suspended', text: 'suspended in Git', severity: 'info', fix: `Resume it in ${file}, or sync it once by hand.` };
}

function approvalReason({ approval }: AppControl): Reason[] {
  if (approval === undefined) return [];
  const { approvals, needed, revision, role, since } = approval;
  const who = role === undefined ? '' : ` of role ${role}`;
  const open = Math.max(needed - approvals.length, 0);
  const had = approvals.length === 0 ? '' : `; approved by ${approvals.map(({ actor }) => actor).join(' and ')}`;
  return [
    {
      code: 'approval',
      text: `${short(revision)} waits for ${open} approval${open === 1 ? '' : 's'}${who}${had}`,
      severity: 'wait',
      since,
      fix: 'Look at what it changes and approve it; a newer commit needs new approvals.',
    },
  ];
}

function pinReason(pin: Pin, next: AppControl['next']): Reason {
  const { revision, until, automatic } = pin;
  const ends =
    until.kind === 'time'
      ? `until ${describeTime(until.at)}`
      : until.kind === 'unpin'
        ? 'until it is unpinned'
        : 'until a newer commit';
  const waiting = next === undefined || next.bundle === pin.from.bundle ? '' : `; ${short(next.revision)} waits`;
  const text =
    automatic === undefined
      ? `pinned to ${short(revision)} by ${named(pin)} ${ends}${waiting}`
      : `rolled back to ${short(revision)}: ${pin.reason ?? automatic}; pinned ${ends}${waiting}`;
  return {
    code: 'pinned',
    text,
    severity: automatic === undefined ? 'info' : 'bad',
    since: pin.at,
    ...(until.kind === 'time' ? { until: until.at } : {}),
    fix:
      automatic === undefined
        ? 'Unpin it to run what Git has.'
        : `Mend ${short(pin.from.revision)} in Git: the next commit is deployed by itself. Or unpin it to try it again.`,
  };
}

function glassReason({ until, ...by }: Decided & { readonly until: number }): Reason {
  const text = `drift is not healed until ${describeTime(until)}: break-glass by ${named(by)}`;
  return { code: 'glass', text, severity: 'info', since: by.at, until };
}

function windowsReason({ until, ...by }: Decided & { readonly until: number }): Reason {
  const text = `sync windows do not hold until ${describeTime(until)}, by ${named(by)}`;
  return { code: 'windows', text, severity: 'info', since: by.at, until };
}

function named({ actor, reason }: Decided): string {
  return reason === undefined || reason === '' ? actor : `${actor} (${reason})`;
}

function short(revision: string): string {
  return revision.slice(0, 7);
}
