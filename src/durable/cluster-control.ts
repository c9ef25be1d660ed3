import type { AppControl, Deployment } from '../../core/api/control.ts';
import type { AppStatus } from '../../core/app/status.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import type { ControlCommand } from '../../core/control/commands.ts';
import { endDecisions, toApprovalState } from '../../core/control/control-state.ts';
import { findDeployment } from '../../core/control/find-deployment.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import {
  listDeployments,
  newestDeployment,
  nextJudgement,
  type StoredDeployment,
  toDeployments,
} from '../deliver/deployments.ts';
import { type DesiredApp, dueDesired, nextDesiredEnd, readDesired } from '../deliver/desired-apps.ts';
import type { ControlBy } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { readObservedApp } from '../report/observed-apps.ts';
import { judgeDue, type Verdict, withRolledBack } from './cluster-rollback.ts';
import type { ClusterWriter, Decision } from './cluster-writer.ts';
import { heldDeletions, rule } from './control-commands.ts';
import { ITSELF, type Ruling, toDecision, withControl } from './control-decision.ts';
import { pinTo, unpin } from './control-pin.ts';

/**
 * What people decide about Apps beyond Git, and what ends by itself. Each decision is one entry of the ledger and at most one generation, in the
 * object's turn. A bundle that is not held any more is rendered again before the turn, and counts only when its digest is the same.
 */
export interface ControlPlace {
  readonly sql: () => Sql;
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** undefined before the root key has listed a signing key. */
  readonly writer: () => Promise<ClusterWriter | undefined>;
  readonly carryOut: (writer: ClusterWriter, decision: Decision) => Promise<void>;
  /** Renders an App of this cluster at a commit, as it is defined now. */
  readonly renderAgain: (
    app: string,
    commit: string,
  ) => Promise<Result<{ readonly bundle: Bundle; readonly digest: Digest }, Problem>>;
  readonly newId: () => string;
  readonly now: () => number;
}

export interface Control {
  /** Carries out a person's decision; `id` is that of the request to the agent, empty when there is none. */
  command(app: string, by: ControlBy, command: ControlCommand): Promise<Result<{ readonly id: string }, Problem>>;
  /** Ends and judges what is due. */
  wake(): Promise<void>;
  /** When that is to be asked again. */
  nextWake(): number | undefined;
}

type Target = { readonly to: StoredDeployment; readonly bundle: Bundle; readonly store?: () => void };

export function createControl(place: ControlPlace): Control {
  const { turn, carryOut, newId, now } = place;

  /** Bundles that were dropped are rendered again, outside the turn: it may take seconds. */
  const fetchAgain = async (to: StoredDeployment): Promise<Result<Bundle | undefined, Problem>> => {
    const writer = await place.writer();
    if (writer === undefined || writer.bundles.has(to.bundle)) return ok(undefined);
    const again = await place.renderAgain(to.app, to.revision);
    if (!again.ok) return again;
    if (again.value.digest === to.bundle) return ok(again.value.bundle);
    const why = `${to.revision.slice(0, 7)} renders to something else today than was deployed then: its definition, or what renders it, has changed`;
    return err(problem('api.conflict', `${why}; what ran is not kept any more`));
  };

  const targetOf = async (
    writer: ClusterWriter,
    to: StoredDeployment,
    again: Bundle | undefined,
  ): Promise<Target | undefined> => {
    const held = writer.bundles.has(to.bundle) ? await writer.bundles.get(to.bundle) : undefined;
    if (held !== undefined) return { to, bundle: held };
    return again === undefined ? undefined : { to, bundle: again, store: await writer.bundles.prepare(to.bundle, again) };
  };

  const bundleOf = async (writer: ClusterWriter, digest: Digest | undefined): Promise<Bundle | undefined> =>
    digest === undefined ? undefined : writer.bundles.get(digest);

  const command: Control['command'] = async (app, { caller, roles }, asked) => {
    const wanted = asked.kind === 'rollback' ? findTarget(place.sql(), app, asked.to) : undefined;
    if (wanted !== undefined && !wanted.ok) return wanted;
    const again = wanted === undefined ? ok(undefined) : await fetchAgain(wanted.value);
    if (!again.ok) return again;
    return turn(async () => {
      const writer = await place.writer();
      const desired = readDesired(place.sql(), app);
      if (writer === undefined || desired === undefined) return err(problem('api.not_found', `there is no App ${app}`));
      const target = wanted === undefined ? undefined : await targetOf(writer, wanted.value, again.value);
      const [next, current] = [await bundleOf(writer, desired.next?.digest), await bundleOf(writer, desired.digest)];
      const status = readObservedApp(writer.sql, app);
      const at = now();
      const ruled = rule(writer.sql, desired, {
        ...{ command: asked, caller, roles, now: at, newId },
        ...(target === undefined ? {} : { target }),
        ...(next === undefined ? {} : { next }),
        ...(current === undefined ? {} : { current }),
        ...(status === undefined ? {} : { status }),
      });
      if (!ruled.ok) return ruled;
      await carryOut(writer, toDecision(writer, ruled.value, at));
      return ok({ id: ruled.value.asks?.[0]?.id ?? '' });
    });
  };

  /** Ends what was to last until now. */
  const endDue = (): Promise<void> =>
    turn(async () => {
      const at = now();
      for (const app of dueDesired(place.sql(), at)) {
        const writer = await place.writer();
        if (writer === undefined) return;
        const next = await bundleOf(writer, app.next?.digest);
        for (const ruling of endings(app, next, at)) await carryOut(writer, toDecision(writer, ruling, at));
      }
    });

  const rollBack = async ({ app, from, because, text, to }: Verdict): Promise<void> => {
    const again = to === undefined ? ok(undefined) : await fetchAgain(to);
    await turn(async () => {
      const writer = await place.writer();
      const desired = readDesired(place.sql(), app.definition.id);
      // Meanwhile something else may have been decided.
      if (writer === undefined || desired?.digest !== from.bundle || newestDeployment(writer.sql, from.app)?.id !== from.id)
        return;
      if (desired.control?.pin !== undefined) return;
      const at = now();
      const target = to === undefined || !again.ok ? undefined : await targetOf(writer, to, again.value);
      const by = { actor: ITSELF, reason: text };
      if (target === undefined) {
        const why = again.ok ? 'no earlier deployment was Healthy' : again.error.message;
        await carryOut(writer, toDecision(writer, toFailure(desired, { from, why: `${text}, and ${why}`, at }), at));
      } else {
        const until = { kind: 'newer-commit' } as const;
        const ruling = pinTo(writer.sql, desired, { ...target, until, automatic: because, by, at, newId });
        await carryOut(writer, toDecision(writer, ruling, at));
      }
    });
  };

  return {
    command,
    async wake() {
      await endDue();
      for (const verdict of await turn(async () => judgeDue(place.sql(), now()))) await rollBack(verdict);
    },
    nextWake() {
      const times = [nextDesiredEnd(place.sql()), nextJudgement(place.sql())].filter((at) => at !== undefined);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}

function findTarget(sql: Sql, app: string, to: string): Result<StoredDeployment, Problem> {
  const rows = listDeployments(sql, app);
  const found = findDeployment(
    rows.map((row, n) => ({ ...row, n })),
    to,
  );
  // One of the rows, with its number.
  return found.ok ? ok(rows[found.value.n] as StoredDeployment) : found;
}

/** One ruling after the other, each on top of the one before. */
function endings(app: DesiredApp, next: Bundle | undefined, at: number): Ruling[] {
  const { ended } = endDecisions(app.control ?? {}, at);
  const rulings: Ruling[] = [];
  let before = app;
  for (const what of ended) {
    const ruling = what === 'pin' ? endPin(before, next, at) : endTimed(before, what);
    if (ruling === undefined) continue;
    rulings.push(ruling);
    before = ruling.after;
  }
  return rulings;
}

function endPin(app: DesiredApp, next: Bundle | undefined, now: number): Ruling | undefined {
  const { pin } = app.control ?? {};
  if (pin === undefined) return undefined;
  return unpin(app, pin, { by: { actor: ITSELF, reason: `its time is over; pinned by ${pin.actor}` }, bundle: next, now });
}

function endTimed(app: DesiredApp, what: 'glass' | 'windows'): Ruling {
  const { [what]: ended, ...rest } = app.control ?? {};
  const text = what === 'glass' ? 'drift is healed again' : 'sync windows hold again';
  const kind = what === 'glass' ? 'break-glass' : 'override-windows';
  const by = { actor: ITSELF, reason: `its time is over; begun by ${ended?.actor ?? 'nobody'}` };
  return { before: app, after: withControl(app, rest), by, note: { action: kind, text }, event: { kind, text } };
}

/** It had to go back, and there is nothing to go back to: it is said once, and nothing is done. */
function toFailure(
  app: DesiredApp,
  { from, why, at }: { readonly from: StoredDeployment; readonly why: string; readonly at: number },
): Ruling {
  const { revision } = from;
  const control = {
    ...app.control,
    rolledBack: withRolledBack(app.control?.rolledBack, revision),
    rollbackFailed: { revision, text: why, at },
  };
  const text = `${revision.slice(0, 7)} could not be rolled back: ${why}`;
  return {
    ...{ before: app, after: withControl(app, control), by: { actor: ITSELF, reason: why } },
    note: { action: 'rollback-failed', text },
    event: { kind: 'rollback', text, revision },
  };
}

/** What people decided about an App, as they are shown it; undefined when nothing is in force. */
export function toAppControl(
  { control = {}, next, definition }: DesiredApp,
  status: AppStatus | undefined,
): AppControl | undefined {
  const { pin, suspended, glass, windows, approval, deleted, rollbackFailed } = control;
  const objects = heldDeletions(status);
  const shown: AppControl = {
    ...(pin === undefined ? {} : { pin: withoutInner(pin) }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(glass === undefined ? {} : { glass }),
    ...(windows === undefined ? {} : { windows }),
    ...(approval === undefined ? {} : { approval: toApprovalState(approval, definition.control) }),
    ...(next === undefined ? {} : { next: { revision: next.commit.commit, subject: next.commit.subject, bundle: next.digest } }),
    ...(rollbackFailed === undefined ? {} : { rollbackFailed }),
    ...(objects.length === 0 ? {} : { deletions: { objects, total: status?.resources.length ?? 0 } }),
    ...(deleted === undefined
      ? {}
      : {
          deleted: {
            actor: deleted.actor,
            at: deleted.at,
            cascade: deleted.cascade,
            ...(deleted.reason === undefined ? {} : { reason: deleted.reason }),
          },
        }),
  };
  return Object.keys(shown).length === 0 ? undefined : shown;
}

function withoutInner({ fromCommittedAt: _at, ...pin }: NonNullable<NonNullable<DesiredApp['control']>['pin']>) {
  return pin;
}

/** Deployments of an App as people are shown them, newest first. */
export function deploymentsOf(sql: Sql, app: string, limit: number): Deployment[] {
  return toDeployments(listDeployments(sql, app, limit));
}
