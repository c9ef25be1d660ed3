import { DurableObject } from 'cloudflare:workers';
import type { Notice } from '../../core/api/activity.ts';
import type { NotifyServiceInput, NotifyView } from '../../core/api/notify.ts';
import { keepsIncidents } from '../../core/notify/kinds.ts';
import { mergeNotify, type NotifyRules } from '../../core/notify/rules.ts';
import { type GitNotify, keepUnread, NO_NOTIFY } from '../../core/notify/settings.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { createHostPolicy } from '../fetch/host-policy.ts';
import { enqueue } from '../notify/enqueue.ts';
import { createOutbox, noService, type Outbox } from '../notify/outbox.ts';
import { forgetOld } from '../notify/service-tables.ts';
import { accessService, changeService, type ServiceInForce, servicesInForce } from '../notify/services-in-force.ts';
import {
  addDelivery,
  addNotice,
  countDeliveries,
  deleteStored,
  listDeliveries,
  listGit,
  listStored,
  NOTIFIER_MIGRATIONS,
  putGit,
  putStored,
} from '../notify/tables.ts';
import { toNotifyView, toProblems } from '../notify/view.ts';
import { randomId, systemClock } from '../platform/clock.ts';
import { durableSql, migrate } from '../platform/durable-sql.ts';
import type { Env } from '../platform/env.ts';
import { log } from '../platform/log.ts';
import { workerNetwork } from '../platform/network.ts';
import type { NotifierPort } from '../platform/notifier-port.ts';
import { socketsOf } from '../platform/socket.ts';
import type { Sql } from '../platform/sql.ts';
import { openVault, type Vault } from '../platform/vault.ts';

/** An alarm is set this far ahead of what is begun at once: it only counts when nobody comes back from that. */
const SAFETY_MS = 1_000;
const FORGET_EVERY_MS = 60 * 60_000;

/** One per installation: the outbox of notifications. What it has taken is delivered, however often the Worker is restarted. */
export class Notifier extends DurableObject<Env> implements NotifierPort {
  readonly #sql: Sql;
  readonly #outbox: Outbox;
  #vault: Promise<Vault> | undefined;
  /** What is in force; undefined when something changed. */
  #rules: NotifyRules | undefined;
  #services: ReadonlyMap<string, ServiceInForce> | undefined;
  #forgotten = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    migrate(this.#sql, { notifier: NOTIFIER_MIGRATIONS });
    this.#outbox = createOutbox({
      sql: this.#sql,
      io: {
        ...workerNetwork,
        openSocket: socketsOf(env),
        mayAsk: mayAskOf(env),
        now: systemClock,
      },
      chance: () => Number.parseInt(randomId().slice(0, 8), 16) / 2 ** 32,
      rules: () => this.#inForce().rules,
      access: (name) => this.#access(name),
      url: env.PLUMBLINE_URL?.replace(/\/+$/, ''),
      log: ({ event, ...fields }) => log('error', event, fields),
    });
  }

  async take(notices: readonly Notice[]): Promise<void> {
    if (notices.length === 0) return;
    const { rules, services } = this.#inForce();
    const kindOf = (name: string) => services.get(name)?.kind;
    this.#sql.transaction(() => {
      for (const notice of notices) enqueue(notice, { sql: this.#sql, rules, kindOf, now: systemClock() });
      return undefined;
    });
    await this.#setAlarm(systemClock() + SAFETY_MS);
    this.ctx.waitUntil(this.#drain());
  }

  async tick(): Promise<void> {
    if (systemClock() - this.#forgotten > FORGET_EVERY_MS) {
      this.#forgotten = systemClock();
      forgetOld(this.#sql, systemClock());
    }
    const next = this.#outbox.next();
    if (next !== undefined) await this.#setAlarm(next);
  }

  override async alarm(): Promise<void> {
    await this.#drain();
  }

  /** Sends what is due, and wakes again for the rest. */
  async #drain(): Promise<void> {
    await this.#outbox.drain();
    const next = this.#outbox.next();
    if (next !== undefined) await this.#setAlarm(next);
  }

  /** An earlier alarm stays. */
  async #setAlarm(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(Math.max(at, systemClock()));
  }

  async putGit(source: string, value: GitNotify | undefined): Promise<void> {
    const before = listGit(this.#sql).find(({ id }) => id === source)?.value ?? NO_NOTIFY;
    putGit(this.#sql, source, value === undefined ? undefined : keepUnread(before, value));
    this.#changed();
  }

  async putService(name: string, input: NotifyServiceInput): Promise<Result<true, Problem>> {
    const before = listStored(this.#sql).find((service) => service.name === name);
    const git = this.#inForce().rules.services.get(name);
    const changed = await changeService(name, input, { before, git, vault: await this.#openVault() });
    if (!changed.ok) return changed;
    putStored(this.#sql, changed.value);
    this.#changed();
    return ok(true);
  }

  async deleteService(name: string): Promise<Result<true, Problem>> {
    if (!listStored(this.#sql).some((service) => service.name === name)) {
      const git = this.#inForce().services.get(name);
      if (git === undefined) return err(problem('api.not_found', `there is no service ${name.slice(0, 100)}`));
      return err(problem('api.conflict', `${name} is defined in Git: ${git.origin}`));
    }
    deleteStored(this.#sql, name);
    this.#changed();
    return ok(true);
  }

  async test(service: string, recipient: string): Promise<{ readonly ok: boolean; readonly problem?: string }> {
    const kind = this.#inForce().services.get(service)?.kind;
    if (kind === undefined) return { ok: false, problem: `there is no service ${service.slice(0, 100)}` };
    // An incident that a test opens is over at once.
    const steps = keepsIncidents(kind) ? (['opens', 'closes'] as const) : (['none'] as const);
    for (const step of steps) {
      const outcome = await this.#outbox.once(this.#addTest(service, recipient, step));
      if (outcome.state !== 'sent') return { ok: false, problem: outcome.problem };
    }
    return { ok: true };
  }

  #addTest(service: string, recipient: string, step: 'opens' | 'closes' | 'none'): number {
    const now = systemClock();
    const notice: Notice = { ...TEST_NOTICE, seq: -now, time: now };
    const id = randomId();
    const line = `test\n${id}`;
    const value = { ...{ seq: notice.seq, noticeTime: now, subscription: '', templates: [], metadata: {} }, what: 'test', step };
    this.#sql.transaction(() => {
      addNotice(this.#sql, notice);
      addDelivery(this.#sql, {
        ...{ id, line, flap: line, thread: line, cluster: notice.cluster, app: '', kind: 'test', service, recipient },
        // Nobody but `once` sends it.
        ...{ state: 'failed', time: now, value },
      });
      return undefined;
    });
    return listDeliveries(this.#sql, 1)[0]?.n ?? 0;
  }

  async view(): Promise<NotifyView> {
    const { rules, services } = this.#inForce();
    return toNotifyView(this.#sql, rules, { services, faults: await this.#faults(services) });
  }

  async problems(): Promise<NotifyView['problems']> {
    const { rules, services } = this.#inForce();
    return toProblems(this.#sql, rules, { services, faults: await this.#faults(services) });
  }

  async counts(): Promise<{ readonly [state: string]: number }> {
    return countDeliveries(this.#sql);
  }

  /** What keeps services from working, by name. */
  async #faults(services: ReadonlyMap<string, ServiceInForce>): Promise<ReadonlyMap<string, string>> {
    const faults = new Map<string, string>();
    for (const service of services.values()) {
      const access = await accessService(service, await this.#openVault());
      if (!access.ok) faults.set(service.name, access.error);
    }
    return faults;
  }

  async #access(name: string) {
    const service = this.#inForce().services.get(name);
    return service === undefined ? noService(name) : accessService(service, await this.#openVault());
  }

  #inForce(): { readonly rules: NotifyRules; readonly services: ReadonlyMap<string, ServiceInForce> } {
    this.#rules ??= mergeNotify(listGit(this.#sql));
    this.#services ??= servicesInForce(this.#rules, listStored(this.#sql));
    return { rules: this.#rules, services: this.#services };
  }

  #changed(): void {
    this.#rules = undefined;
    this.#services = undefined;
  }

  #openVault(): Promise<Vault> {
    this.#vault ??= openVault(this.env.PLUMBLINE_SECRET);
    return this.#vault;
  }
}

const TEST_NOTICE = {
  cluster: '',
  app: '',
  kind: 'test',
  text: 'This is a test of the notifications of Plumbline. Nothing has happened.',
  notice: 'sync-succeeded',
} as const;

/** Hosts as sources have them; without encryption only those that were named by the operator. */
function mayAskOf(env: Env): (url: URL) => boolean {
  const allow = (env.PLUMBLINE_ALLOW_HOSTS ?? '').split(',').filter((host) => host !== '');
  const policy = createHostPolicy({ allow });
  const named = createHostPolicy({ allow, only: [] });
  return (url) => policy(url) && (url.protocol === 'https:' || named(url));
}
