import type { AppFile } from '../../../core/ledger/app-file.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { AGENT_USER, type AuditEvent } from './audit-log.ts';
import type { History } from './check-history.ts';
import type { LedgerCommit } from './read-ledger.ts';

/** Seconds after which the made-up history begins; a decision each ten of them. */
export const START = 1_000_000;
export const STEP = 10_000;

/** A ledger in which the App `web` is decided on again and again, each time with other objects; and the writes that follow. */
export function madeUpHistory(wishes: readonly (readonly ObjectKey[])[], events: readonly AuditEvent[]): History {
  const commits = wishes.map((keys, i) => decision(i, keys));
  return { commits, events, descends: async (newer, older) => newer >= older };
}

/** The i-th decision. */
export function decision(i: number, keys: readonly ObjectKey[]): LedgerCommit {
  const objects = keys.map((key) => ({ key, digest: '0'.repeat(64), file: 'x.yaml' }));
  // Only what the checker reads.
  const file = {
    format: 1,
    id: 'web',
    cluster: 'demo',
    policy: { targetNamespace: 'web', createNamespace: true },
    objects,
  } as unknown as AppFile;
  return {
    oid: `commit-${i}`,
    parents: i === 0 ? [] : [`commit-${i - 1}`],
    time: START + i * STEP,
    changes: [{ app: 'web', action: 'deploy', revision: `r${i}`, generation: i + 1 }],
    generations: [i + 1],
    files: new Map([['web', file]]),
    receipts: [],
  };
}

/** A commit that only brings a receipt. */
export function receipted(i: number, receipt: { readonly id: string; readonly generation: number }): LedgerCommit {
  const changes = [{ app: 'web', action: 'synced', generation: receipt.generation, receipt: receipt.id }];
  // Only what the checker reads.
  return { ...decision(i, []), changes, generations: [], files: new Map(), receipts: [{ ...receipt, app: 'web' } as Receipt] };
}

/** A successful write of the agent, `after` milliseconds into the history. */
export function write(verb: string, name: string, after: number, other: Partial<AuditEvent> = {}): AuditEvent {
  return {
    verb,
    user: AGENT_USER,
    credential: 'one',
    group: '',
    resource: 'configmaps',
    subresource: '',
    namespace: 'web',
    name,
    dryRun: false,
    status: 200,
    received: START + after,
    answered: START + after + 5,
    ...other,
  };
}
