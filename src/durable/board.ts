import { DurableObject } from 'cloudflare:workers';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import { INSTALLATION_LEDGER } from '../../core/ledger/installation.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { createFeed } from '../board/feed.ts';
import {
  addEvent,
  BOARD_MIGRATIONS,
  deleteCluster,
  deleteRow,
  listActivity,
  listClusterViews,
  listRows,
  newestSeq,
  putClusterView,
  putRow,
} from '../board/tables.ts';
import { readEntry } from '../ledger/entry-view.ts';
import { checkLedger } from '../ledger/ledger-state.ts';
import { readLogPage } from '../ledger/log-page.ts';
import { prepareEntry } from '../ledger/prepare-entry.ts';
import { serveLedger } from '../ledger/serve.ts';
import { LEDGER_MIGRATIONS } from '../ledger/tables.ts';
import { deleteCounters, listCounters, putCounters } from '../metrics/board-counters.ts';
import type { ActivityQuery, BoardPort, ClusterNews, InstallationEvent } from '../platform/board-port.ts';
import { randomId, sleep, systemClock } from '../platform/clock.ts';
import { durableSql, migrate } from '../platform/durable-sql.ts';
import { openSigner, verifyEd25519 } from '../platform/ed25519.ts';
import { type Env, fleetOf } from '../platform/env.ts';
import type { LedgerQuery } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { createTurns } from '../platform/turns.ts';

/** One per installation: the list of all Apps of all clusters, what happened lately, and the streams that tell of it. */
export class Board extends DurableObject<Env> implements BoardPort {
  readonly #sql: Sql;
  readonly #turn = createTurns();
  readonly #verified = new Set<string>();
  readonly #feed = createFeed({ epoch: randomId().slice(0, 8), sleep });
  /** The JSON of each line, by cluster and App: what is asked for most. */
  readonly #rows = new Map<string, string>();
  /** When each agent polled last, as far as the Fleet has said so since this object began. */
  readonly #heard = new Map<string, number>();
  #clusters: ClusterView[];
  /** The whole list as one text, until a line changes. */
  #text: string | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = durableSql(ctx.storage);
    migrate(this.#sql, { board: BOARD_MIGRATIONS, ledger: LEDGER_MIGRATIONS });
    for (const { cluster, app, row } of listRows(this.#sql)) this.#rows.set(`${cluster}/${app}`, row);
    this.#clusters = listClusterViews(this.#sql);
  }

  async take({ cluster, view, rows, gone, events, counters }: ClusterNews): Promise<void> {
    const isNew = (row: AppRow) => this.#rows.get(`${cluster}/${row.app}`) !== JSON.stringify(row);
    const changed = rows.filter(isNew);
    const lost = gone.filter((app) => this.#rows.has(`${cluster}/${app}`));
    const before = this.#clusters.find(({ name }) => name === cluster);
    const isOther = JSON.stringify(before) !== JSON.stringify(view);
    const fresh: ActivityEvent[] = [];
    this.#sql.transaction(() => {
      for (const row of changed) putRow(this.#sql, row);
      for (const app of lost) deleteRow(this.#sql, cluster, app);
      if (isOther) putClusterView(this.#sql, view);
      putCounters(this.#sql, cluster, counters);
      for (const event of events) if (addEvent(this.#sql, event)) fresh.push(event);
      return undefined;
    });
    for (const row of changed) this.#rows.set(`${cluster}/${row.app}`, JSON.stringify(row));
    for (const app of lost) this.#rows.delete(`${cluster}/${app}`);
    if (isOther) this.#clusters = listClusterViews(this.#sql);
    if (changed.length + lost.length > 0) {
      this.#text = undefined;
      this.#feed.publish({ event: 'apps', data: { changed, gone: lost.map((app) => ({ cluster, app })) } });
    }
    if (isOther) this.#feed.publish({ event: 'cluster', data: view });
    for (const event of fresh) this.#feed.publish({ event: 'activity', data: event });
  }

  async forget(cluster: string): Promise<void> {
    const gone = [...this.#rows.keys()].filter((key) => key.startsWith(`${cluster}/`));
    this.#sql.transaction(() => {
      deleteCluster(this.#sql, cluster);
      deleteCounters(this.#sql, cluster);
      return undefined;
    });
    for (const key of gone) this.#rows.delete(key);
    this.#clusters = listClusterViews(this.#sql);
    this.#text = undefined;
    this.#feed.publish({ event: 'apps', data: { changed: [], gone: gone.map((key) => toAppId(cluster, key)) } });
    this.#feed.publish({ event: 'reset', data: {} });
  }

  record(event: InstallationEvent): Promise<void> {
    return this.#turn(async () => {
      const entry = await this.#ledgerEntry(event);
      const time = systemClock();
      const recorded: ActivityEvent = {
        ...event,
        cluster: '',
        time,
        seq: newestSeq(this.#sql, '') + 1,
        ...(entry === undefined ? {} : { ledger: entry.commit }),
      };
      this.#sql.transaction(() => {
        if (entry !== undefined && entry.apply() === 'head_moved') throw new Error('the ledger moved during a turn');
        addEvent(this.#sql, recorded);
        return undefined;
      });
      this.#feed.publish({ event: 'activity', data: recorded });
    });
  }

  async heard(at: { readonly [cluster: string]: number }): Promise<void> {
    for (const [cluster, time] of Object.entries(at)) this.#heard.set(cluster, time);
    this.#feed.publish({ event: 'heard', data: at });
  }

  async board(known?: string): Promise<{ readonly cursor: string; readonly apps?: string; readonly clusters?: string }> {
    const cursor = this.#feed.cursor();
    if (known === cursor) return { cursor };
    this.#text ??= `[${[...this.#rows.values()].join(',')}]`;
    return { cursor, apps: this.#text, clusters: JSON.stringify(this.#clusters.map((view) => this.#withLastSeen(view))) };
  }

  async counters(): ReturnType<BoardPort['counters']> {
    return listCounters(this.#sql);
  }

  async stream(after?: string): Promise<ReadableStream<Uint8Array>> {
    return this.#feed.listen(after);
  }

  async activity(query: ActivityQuery): Promise<readonly { readonly n: number; readonly event: ActivityEvent }[]> {
    return listActivity(this.#sql, query);
  }

  async ledgerLog(query: LedgerQuery): ReturnType<BoardPort['ledgerLog']> {
    return readLogPage(this.#sql, query);
  }

  async ledgerState(keys: readonly PublicKey[]): ReturnType<BoardPort['ledgerState']> {
    return checkLedger({ sql: this.#sql, keys, verify: verifyEd25519, good: this.#verified });
  }

  async ledgerEntry(commit: string): ReturnType<BoardPort['ledgerEntry']> {
    return readEntry(this.#sql, commit);
  }

  async ledger(request: Request): Promise<Response> {
    return serveLedger(this.#sql, request);
  }

  #withLastSeen(view: ClusterView): ClusterView {
    const heard = this.#heard.get(view.name);
    return heard === undefined ? view : { ...view, lastSeen: Math.max(heard, view.lastSeen ?? 0) };
  }

  /** Before the root key has listed a signing key nothing can be signed: the event is then told, but in no ledger. */
  async #ledgerEntry({ text, kind, actor, reason }: InstallationEvent) {
    const material = await fleetOf(this.env).signing();
    if (material === undefined) return undefined;
    const signer = await openSigner(material.seed, material.publicKey);
    const note = {
      kind: 'note' as const,
      action: kind,
      text,
      ...(actor === undefined ? {} : { actor }),
      ...(reason === undefined ? {} : { reason }),
    };
    const writer = { sql: this.#sql, signer, now: systemClock, cluster: INSTALLATION_LEDGER };
    return prepareEntry(writer, { changes: [note] });
  }
}

function toAppId(cluster: string, key: string): { readonly cluster: string; readonly app: string } {
  return { cluster, app: key.slice(cluster.length + 1) };
}
