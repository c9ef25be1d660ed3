import type { Deployment } from '../../core/api/control.ts';
import type { ControlCommand } from '../../core/control/commands.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { randomId, systemClock } from '../platform/clock.ts';
import { durableSql } from '../platform/durable-sql.ts';
import { fleetOf } from '../platform/env.ts';
import { readFact } from '../platform/facts.ts';
import type { ControlBy } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { createTurns } from '../platform/turns.ts';
import { type Control, type ControlPlace, createControl, deploymentsOf } from './cluster-control.ts';
import { LiveCluster } from './live-cluster.ts';

/** What could not be done when it was due (no signing key) is tried again after this time. */
const LATER_MS = 60_000;

/** The part of a Cluster object that takes what people decide about Apps, ends what was to last for a time, and wakes it when something is due. */
export abstract class ControlledCluster extends LiveCluster {
  readonly #sql: Sql = durableSql(this.ctx.storage);
  readonly #alarmTurn = createTurns();
  #control: Control | undefined;

  /** How this object decides. */
  protected abstract decides(): Pick<ControlPlace, 'turn' | 'writer' | 'carryOut'>;

  control(app: string, by: ControlBy, command: ControlCommand): Promise<Result<{ readonly id: string }, Problem>> {
    return this.#made().command(app, by, command);
  }

  async deployments(app: string, limit: number): Promise<Deployment[]> {
    return deploymentsOf(this.#sql, app, limit);
  }

  /** An object has one alarm: it rings at the earliest time that anybody asked for, and everything that may be due is looked at then. */
  protected alarmBy(at: number): Promise<void> {
    return this.#alarmTurn(async () => {
      const set = await this.ctx.storage.getAlarm();
      if (set === null || set > at) await this.ctx.storage.setAlarm(at);
    });
  }

  /** Has the object woken when something ends or must be judged; call it after every decision. */
  protected async armControl(): Promise<void> {
    const at = this.#made().nextWake();
    if (at !== undefined) await this.alarmBy(at);
  }

  /** Ends and judges what is due; call it when the alarm rings. */
  protected async wakeControl(): Promise<void> {
    await this.#made().wake();
    const [at, now] = [this.#made().nextWake(), systemClock()];
    if (at !== undefined) await this.alarmBy(at > now ? at : now + LATER_MS);
  }

  #made(): Control {
    this.#control ??= createControl({
      ...this.decides(),
      sql: () => this.#sql,
      renderAgain: (app, commit) => fleetOf(this.env).renderAgain(readFact<string>(this.#sql, 'name') ?? '', app, commit),
      newId: randomId,
      now: systemClock,
    });
    return this.#control;
  }
}
