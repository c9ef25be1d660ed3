import { DurableObject } from 'cloudflare:workers';
import { problem } from '../../core/problem/problem.ts';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { err, ok } from '../../core/result.ts';
import { listDeployments } from '../figures/track.ts';
import { compareEntries } from '../ledger/compare-entries.ts';
import { readEntry } from '../ledger/entry-view.ts';
import { findReceipt } from '../ledger/find-receipt.ts';
import { checkLedger } from '../ledger/ledger-state.ts';
import { readLogPage } from '../ledger/log-page.ts';
import { durableSql } from '../platform/durable-sql.ts';
import { verifyEd25519 } from '../platform/ed25519.ts';
import type { Env } from '../platform/env.ts';
import type { ClusterPort, FiguresQuery, LedgerQuery } from '../platform/ports.ts';
import { sourceCommitOf } from './cluster-notes.ts';

/** What a Cluster object answers from its ledger alone: these decide nothing and need no turn. */
export abstract class ClusterReadings extends DurableObject<Env> {
  readonly #sql = durableSql(this.ctx.storage);
  readonly #good = new Set<string>();

  async sourceCommit(app: string, commit: string | undefined): ReturnType<ClusterPort['sourceCommit']> {
    return sourceCommitOf(this.#sql, app, commit);
  }

  async ledgerLog(query: LedgerQuery): ReturnType<ClusterPort['ledgerLog']> {
    return readLogPage(this.#sql, query);
  }

  async ledgerState(keys: readonly PublicKey[]): ReturnType<ClusterPort['ledgerState']> {
    return checkLedger({ sql: this.#sql, keys, verify: verifyEd25519, good: this.#good });
  }

  async ledgerEntry(commit: string): ReturnType<ClusterPort['ledgerEntry']> {
    return readEntry(this.#sql, commit);
  }

  async figures(query: FiguresQuery): ReturnType<ClusterPort['figures']> {
    return listDeployments(this.#sql, query);
  }

  async compare(app: string, from: string, to: string): ReturnType<ClusterPort['compare']> {
    return compareEntries(this.#sql, app, from, to);
  }

  async receipt(app: string, id: string): ReturnType<ClusterPort['receipt']> {
    const found = await findReceipt(this.#sql, app, id);
    return found === undefined ? err(problem('api.not_found', 'the ledger has no such receipt')) : ok(found);
  }
}
