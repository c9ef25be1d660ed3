import type { Caller } from '../../core/api/access.ts';
import type { PinUntil } from '../../core/api/control.ts';
import type { AppStatus } from '../../core/app/status.ts';
import type { Bundle } from '../../core/bundle/bundle.ts';
import { addApproval } from '../../core/control/check-approval.ts';
import type { ControlCommand } from '../../core/control/commands.ts';
import type { ObjectKey } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { describeTime } from '../../core/reason/time-words.ts';
import { assertNever, err, ok, type Result } from '../../core/result.ts';
import type { StoredDeployment } from '../deliver/deployments.ts';
import { type DesiredApp, listRequests, wantedState } from '../deliver/desired-apps.ts';
import type { Sql } from '../platform/sql.ts';
import { type Ruling, withControl } from './control-decision.ts';
import { afterPin, pinTo, unpin } from './control-pin.ts';

/** Who asks, what for, and what the App's cluster has fetched for it. */
export interface Ask {
  readonly command: ControlCommand;
  readonly caller: Caller;
  /** Every role that the caller holds. */
  readonly roles: readonly string[];
  readonly now: number;
  readonly newId: () => string;
  /** Of a rollback: where to, and its bundle. */
  readonly target?: { readonly to: StoredDeployment; readonly bundle: Bundle; readonly store?: () => void };
  /** The bundle of `next`. */
  readonly next?: Bundle;
  /** The bundle that is, or was, delivered. */
  readonly current?: Bundle;
  readonly status?: AppStatus;
}

/** What can be decided of an App that is going, or gone. */
const GOING: ReadonlySet<ControlCommand['kind']> = new Set(['restore', 'confirm', 'resume']);

const conflict = (why: string) => err(problem('api.conflict', why));

/** What a person's decision makes of an App. Fails with `api.conflict` (why it cannot be so now) or `api.invalid`. */
export function rule(sql: Sql, app: DesiredApp, ask: Ask): Result<Ruling, Problem> {
  const { command, caller, now } = ask;
  const by = { actor: caller.name, ...reasonOf(command) };
  const decided = { ...by, at: now };
  const control = app.control ?? {};
  const base = { before: app, by };
  const isThere = wantedState(app) === 'present' && app.state === 'present';
  if (!isThere && !GOING.has(command.kind) && !(command.kind === 'suspend' && app.state === 'removed'))
    return conflict(
      app.state === 'removed'
        ? 'it is being removed: Git does not define it any more'
        : `it was deleted by ${control.deleted?.actor}`,
    );
  const simple = (kind: string, text: string, next: DesiredApp, more: Partial<Ruling> = {}): Result<Ruling, Problem> =>
    ok({ ...base, after: next, note: { action: kind, text }, event: { kind, text: `${text} by ${caller.name}` }, ...more });
  switch (command.kind) {
    case 'rollback':
      return ask.target === undefined
        ? conflict('there is nothing to go back to')
        : rollback(sql, app, { ...ask, target: ask.target });
    case 'unpin':
      if (control.pin === undefined) return conflict('it is not pinned');
      return ok(unpin(app, control.pin, { by, bundle: ask.next, now }));
    case 'suspend': {
      if (control.suspended !== undefined) return conflict(`it was suspended by ${control.suspended.actor} already`);
      const open = listRequests(sql, app.definition.id).filter(({ kind, dryRun }) => kind === 'sync' && dryRun !== true);
      return simple('suspend', 'suspended', withControl(app, { ...control, suspended: decided }), {
        drops: open.map(({ id }) => id),
      });
    }
    case 'resume': {
      const { suspended, ...rest } = control;
      if (suspended === undefined)
        return conflict(app.definition.policy.suspended ? 'it is suspended in Git: resume it there' : 'it is not suspended');
      return simple('resume', 'resumed', withControl(app, rest));
    }
    case 'break-glass': {
      if (by.reason === undefined && command.seconds > 0) return err(problem('api.invalid', 'reason: say why, it is recorded'));
      if (command.seconds === 0) return endNow(app, 'glass', by);
      const until = now + command.seconds * 1000;
      const text = `drift is not healed until ${describeTime(until)}`;
      return simple('break-glass', text, withControl(app, { ...control, glass: { ...decided, until } }));
    }
    case 'override-windows': {
      if (command.seconds === 0) return endNow(app, 'windows', by);
      if ((app.definition.policy.windows ?? []).length === 0) return conflict('it has no sync windows');
      const until = now + command.seconds * 1000;
      const text = `sync windows do not hold until ${describeTime(until)}`;
      return simple('override-windows', text, withControl(app, { ...control, windows: { ...decided, until } }));
    }
    case 'approve':
      return approve(app, ask);
    case 'delete': {
      const { id } = app.definition;
      if (command.confirm !== id) return err(problem('api.invalid', `confirm: must be the name of the App, ${id}`));
      const { suspended: _suspended, glass: _glass, ...rest } = control;
      const after = withControl(app, { ...rest, deleted: { ...decided, cascade: command.cascade } });
      const text = command.cascade === 'orphan' ? 'deleted, its objects stay' : 'deleted with its objects';
      return ok({ ...base, after, note: 'remove', event: { kind: 'delete', text: `${text}, by ${caller.name}` } });
    }
    case 'restore': {
      const { deleted, ...rest } = control;
      if (deleted === undefined || app.state === 'removed') return conflict('nobody deleted it');
      const after = withControl(app, rest);
      const event = { kind: 'restore', text: `brought back by ${caller.name}`, revision: app.commit?.commit ?? '' };
      if (ask.current === undefined) return ok({ ...base, after, note: { action: 'restore', text: 'brought back' }, event });
      return ok({ ...base, after, deploy: { bundle: ask.current, as: 'deploy' }, event });
    }
    case 'confirm':
      return confirm(app, ask);
    default:
      return assertNever(command);
  }
}

/** What was to last for a time ends now. */
function endNow(app: DesiredApp, what: 'glass' | 'windows', by: Ruling['by']): Result<Ruling, Problem> {
  const { [what]: ended, ...rest } = app.control ?? {};
  if (ended === undefined) return conflict(what === 'glass' ? 'its drift is healed already' : 'its sync windows hold already');
  const text = what === 'glass' ? 'drift is healed again' : 'sync windows hold again';
  const kind = what === 'glass' ? 'break-glass' : 'override-windows';
  return ok({
    before: app,
    after: withControl(app, rest),
    by,
    note: { action: kind, text },
    event: { kind, text: `${text}, by ${by.actor}` },
  });
}

/** Nothing said is no reason. */
function reasonOf({ reason }: ControlCommand): { readonly reason?: string } {
  return reason === undefined || reason === '' ? {} : { reason };
}

function rollback(
  sql: Sql,
  app: DesiredApp,
  ask: Ask & { readonly target: NonNullable<Ask['target']> },
): Result<Ruling, Problem> {
  const { command, caller, now, target, newId } = ask;
  if (command.kind !== 'rollback') return conflict('this is no rollback');
  if (app.control?.suspended !== undefined) return conflict(`it is suspended by ${app.control.suspended.actor}: resume it first`);
  const by = { actor: caller.name, ...reasonOf(command) };
  return ok(pinTo(sql, app, { ...target, until: toUntil(command.until, now), by, at: now, newId }));
}

function toUntil(until: 'newer-commit' | 'unpin' | number, now: number): PinUntil {
  return typeof until === 'number' ? { kind: 'time', at: now + until * 1000 } : { kind: until };
}

/** With the last approval that is needed the bundle is delivered, unless a pin holds it back. */
function approve(app: DesiredApp, { command, caller, roles, now, next }: Ask): Result<Ruling, Problem> {
  if (command.kind !== 'approve') return conflict('this is no approval');
  const { bundle } = command;
  const rules = app.definition.control;
  const why = reasonOf(command);
  const counted = addApproval(app.control?.approval, rules?.approvals, { caller, roles, bundle, now, ...why });
  if (!counted.ok) return counted;
  const { approvals, revision } = counted.value;
  const needed = rules?.approvals?.needed ?? 1;
  const asked = withControl(app, { ...app.control, approval: counted.value });
  const text = `${revision.slice(0, 7)} approved by ${caller.name}, ${approvals.length} of ${needed}`;
  const event = { kind: 'approve', text, revision };
  const pinned = asked.control?.pin !== undefined;
  const { after, delivers } = pinned ? { after: asked, delivers: false } : afterPin(asked, now);
  const by = { actor: caller.name, ...why };
  if (!delivers || next === undefined) return ok({ before: app, after: asked, by, note: { action: 'approve', text }, event });
  const all = approvals.map(({ actor }) => actor).join(' and ');
  const said = [`approved by ${all}`, ...approvals.flatMap((one) => one.reason ?? [])].join('; ');
  return ok({ before: app, after, by: { actor: caller.name, reason: said }, deploy: { bundle: next, as: 'deploy' }, event });
}

/** Exactly the objects whose deletion is held now, as people are shown them: what is held later waits for another word. */
function confirm(app: DesiredApp, { command, caller, status, newId }: Ask): Result<Ruling, Problem> {
  if (app.control?.suspended !== undefined) return conflict(`it is suspended by ${app.control.suspended.actor}: resume it first`);
  const deletions = heldDeletions(status);
  if (deletions.length === 0) return conflict('no deletion of this App waits for a person');
  const by = { actor: caller.name, ...reasonOf(command) };
  const text = `deletion of ${deletions.length} objects confirmed by ${caller.name}`;
  const ask = { id: newId(), kind: 'sync' as const, deletions, actor: caller.name };
  return ok({ before: app, after: app, by, asks: [ask], event: { kind: 'confirm', text } });
}

/** The objects whose deletion waits for a person. */
export function heldDeletions(status: Pick<AppStatus, 'resources'> | undefined): ObjectKey[] {
  return (status?.resources ?? []).filter(({ problem: found }) => found?.code === 'apply.held_deletion').map(({ key }) => key);
}
