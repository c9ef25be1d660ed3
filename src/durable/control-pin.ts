import type { Pin, PinUntil } from '../../core/api/control.ts';
import type { Bundle } from '../../core/bundle/bundle.ts';
import { admitRender, type ControlState } from '../../core/control/control-state.ts';
import type { AppRequest } from '../../core/protocol/messages.ts';
import { describeTime } from '../../core/reason/time-words.ts';
import type { StoredDeployment } from '../deliver/deployments.ts';
import { type DesiredApp, writtenBy } from '../deliver/desired-apps.ts';
import type { Sql } from '../platform/sql.ts';
import { readObservedApp } from '../report/observed-apps.ts';
import { toNoticeApp } from './cluster-notices.ts';
import { withRolledBack } from './cluster-rollback.ts';
import { type By, type Ruling, withControl } from './control-decision.ts';

/** Pins: an earlier bundle is delivered with the policy of now, and what Git has waits as `next`. */

export interface PinWish {
  readonly to: StoredDeployment;
  readonly bundle: Bundle;
  readonly store?: () => void;
  readonly until: PinUntil;
  readonly automatic?: 'deadline' | 'degraded';
  readonly by: By;
  readonly at: number;
  readonly newId: () => string;
}

/** Goes back to an earlier deployment. An App that is not synced by itself is synced once: that is what was asked for. */
export function pinTo(sql: Sql, app: DesiredApp, wish: PinWish): Ruling {
  const { to, bundle, store, until, automatic, by, at, newId } = wish;
  const { revision, subject, author, committedAt = 0, bundle: digest, entry } = to;
  const { pin: had, rollbackFailed: _failed, ...rest } = app.control ?? {};
  const running = { revision: app.commit?.commit ?? '', bundle: app.digest ?? '' };
  const from = had?.from ?? running;
  const fromCommittedAt = had === undefined ? app.commit?.committedAt : had.fromCommittedAt;
  const pin: NonNullable<ControlState['pin']> = {
    ...{ revision, subject, bundle: digest, entry, until, from, at },
    ...(fromCommittedAt === undefined ? {} : { fromCommittedAt }),
    ...(automatic === undefined ? {} : { automatic }),
    ...by,
  };
  // What runs is kept as it is: nothing is delivered, and nothing waits yet.
  const isSame = app.digest === digest && app.commit?.commit === revision;
  const now =
    app.digest === undefined || app.commit === undefined || isSame ? undefined : { digest: app.digest, commit: app.commit };
  const next = app.next ?? now;
  const control: ControlState = {
    ...rest,
    pin,
    ...(automatic === undefined ? {} : { rolledBack: withRolledBack(rest.rolledBack, running.revision) }),
  };
  const after: DesiredApp = {
    ...withControl(app, control),
    digest,
    commit: isSame && app.commit !== undefined ? app.commit : { commit: revision, subject, author, committedAt },
    ...(next === undefined ? {} : { next }),
  };
  const short = revision.slice(0, 7);
  const back = `rolled back from ${running.revision.slice(0, 7)} to ${short} ${describeUntil(until)}`;
  if (isSame) {
    const kept = `pinned to ${short} ${describeUntil(until)}`;
    return {
      before: app,
      after,
      by,
      note: { action: 'pin', text: kept },
      event: { kind: 'pin', text: `${kept} by ${by.actor}`, revision },
    };
  }
  const text = automatic === undefined ? `${back} by ${by.actor}` : `${back} by itself: ${by.reason ?? automatic}`;
  const { policy } = app.definition;
  const isManual = !policy.autoSync || policy.suspended;
  const sync: AppRequest = { id: newId(), kind: 'sync', actor: by.actor };
  const about = { ...toNoticeApp(app, readObservedApp(sql, app.definition.id)), revision: running.revision };
  return {
    before: app,
    after,
    by,
    deploy: { bundle, as: 'rollback', ...(store === undefined ? {} : { store }) },
    ...(isManual ? { asks: [sync] } : {}),
    event: { kind: 'rollback', text, revision, notice: 'rolled-back', about },
  };
}

function describeUntil(until: PinUntil): string {
  if (until.kind === 'time') return `until ${describeTime(until.at)}`;
  return until.kind === 'unpin' ? 'until it is unpinned' : 'until a newer commit';
}

/** What an App runs once its pin has ended: the newest render, unless that waits for approvals. */
export function afterPin(app: DesiredApp, now: number): { readonly after: DesiredApp; readonly delivers: boolean } {
  const { pin, ...control } = app.control ?? {};
  const { next, ...row } = withControl(app, control);
  if (next === undefined) return { after: row, delivers: false };
  const { commit, committedAt } = next.commit;
  const candidate = { bundle: next.digest, revision: commit, author: writtenBy(next.commit), committedAt };
  // What ran before the pin needs nobody's word again.
  const wasRunning = pin?.from.bundle === next.digest;
  const rules = wasRunning ? undefined : app.definition.control;
  const admission = admitRender(control, { candidate, running: app.digest, rules, now });
  if (!admission.deliver) return { after: { ...withControl(app, admission.control), next }, delivers: false };
  return { after: { ...withControl(row, admission.control), digest: next.digest, commit: next.commit }, delivers: true };
}

/** Ends a pin. `bundle` is that of `next`, which is delivered unless it waits for approvals. */
export function unpin(
  app: DesiredApp,
  pin: Pin,
  how: { readonly by: By; readonly bundle: Bundle | undefined; readonly now: number },
): Ruling {
  const { by, bundle, now } = how;
  const { after, delivers } = afterPin(app, now);
  const revision = after.commit?.commit ?? '';
  const ended = `the pin to ${pin.revision.slice(0, 7)} ended`;
  const waits = after.next === undefined ? ended : `${ended}; what Git has now waits`;
  const text = delivers ? `${ended}: ${revision.slice(0, 7)} runs again` : waits;
  const event = { kind: 'unpin', text, revision };
  if (!delivers || bundle === undefined) return { before: app, after, by, note: { action: 'unpin', text }, event };
  return { before: app, after, by, deploy: { bundle, as: 'unpin' }, event };
}
