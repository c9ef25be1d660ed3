import { assertNever } from '../result.ts';
import { appOf, type Because, type LedgerChange, type LedgerEntry, type SnapshotMark } from './entry.ts';
import { oneLine } from './one-line.ts';

/**
 * Trailers of a ledger commit (git-interpret-trailers(1)), its last paragraph. A block per change, begun by App, then what is known of:
 *
 *   App: web            Action: deploy | rollback | policy | unpin | hold | remove | request | synced | failed | held | removed
 *   Revision: 4f1c2a…   Bundle: sha256:…   Generation: 12   Receipt: <id>   Request: <id>   Time: 2026-11-21T14:00:00.000Z
 *   Actor: ana          Reason: render.empty
 *
 * and, behind the blocks, `Snapshot: <generation> <digest>` for each snapshot that the entry marks. The last four actions are the
 * outcomes of receipts. A trailer belongs to the App before it. A note (core/ledger/entry.ts) has an Action of its own; one that is about no App begins
 * its block with it.
 */
export type Action =
  | 'deploy'
  | 'rollback'
  | 'policy'
  | 'unpin'
  | 'hold'
  | 'remove'
  | 'request'
  | 'synced'
  | 'failed'
  | 'held'
  | 'removed';

export interface ChangeTrailers {
  readonly app: string;
  readonly action: string;
  readonly revision?: string;
  readonly bundle?: string;
  readonly generation?: number;
  readonly receipt?: string;
  readonly request?: string;
  /** RFC 3339; of a note that was recorded later than it happened. */
  readonly time?: string;
  readonly actor?: string;
  readonly reason?: string;
}

export interface EntryTrailers {
  readonly changes: readonly ChangeTrailers[];
  readonly snapshots: readonly SnapshotMark[];
}

/** What programs are told of one change. */
export function trailersOf(change: LedgerChange): ChangeTrailers {
  const app = appOf(change);
  switch (change.kind) {
    case 'deploy': {
      const { revision, bundle, generation } = change;
      return { app, action: change.as ?? 'deploy', revision, bundle, generation, ...because(change) };
    }
    case 'hold':
      return { app, action: 'hold', revision: change.revision, ...because(change, change.problems[0]?.code) };
    case 'remove':
      return { app, action: 'remove', generation: change.generation, ...because(change) };
    case 'request':
      return {
        app,
        action: 'request',
        generation: change.generation,
        request: change.request.id,
        ...because({ actor: change.request.actor, ...change }),
      };
    case 'receipt': {
      const { id, outcome, revision, bundle, generation, problems } = change.receipt;
      return {
        app,
        action: outcome,
        revision,
        ...(bundle === undefined ? {} : { bundle }),
        generation,
        receipt: id,
        ...because({}, problems[0]?.code),
      };
    }
    case 'note':
      return {
        app,
        action: change.action,
        ...(change.generation === undefined ? {} : { generation: change.generation }),
        ...(change.revision === undefined ? {} : { revision: change.revision }),
        ...(change.time === undefined ? {} : { time: new Date(change.time).toISOString() }),
        ...because(change),
      };
    default:
      return assertNever(change);
  }
}

function because({ actor, reason }: Because, otherwise?: string): Because {
  const why = reason ?? otherwise;
  return { ...(actor === undefined ? {} : { actor }), ...(why === undefined ? {} : { reason: why }) };
}

/** The order in which the trailers of a block stand, and their names. */
const NAMES = [
  ['app', 'App'],
  ['action', 'Action'],
  ['revision', 'Revision'],
  ['bundle', 'Bundle'],
  ['generation', 'Generation'],
  ['receipt', 'Receipt'],
  ['request', 'Request'],
  ['time', 'Time'],
  ['actor', 'Actor'],
  ['reason', 'Reason'],
] as const;

/** The trailers of an entry as text, without a line feed at the end. */
export function writeTrailers(entry: LedgerEntry): string {
  const lines: string[] = [];
  for (const change of entry.changes) {
    const trailers = trailersOf(change);
    for (const [field, name] of NAMES) {
      const value = trailers[field];
      if (value !== undefined && value !== '') lines.push(`${name}: ${oneLine(String(value), 300)}`);
    }
  }
  for (const mark of entry.snapshots ?? []) lines.push(`Snapshot: ${mark.generation} ${oneLine(mark.digest, 100)}`);
  return lines.join('\n');
}

/** Reads the trailers of a commit message; a paragraph that is not made of trailers gives none. */
export function parseTrailers(message: string): EntryTrailers {
  const paragraph = message.trimEnd().split('\n\n').at(-1) ?? '';
  const changes: Record<string, string>[] = [];
  const snapshots: SnapshotMark[] = [];
  for (const line of paragraph.split('\n')) {
    const match = /^([A-Z][a-z]+): (.*)$/.exec(line);
    if (match === null) return { changes: [], snapshots: [] };
    const [, name = '', value = ''] = match;
    const snapshot = name === 'Snapshot' ? /^(\d+) (sha256:[0-9a-f]{64})$/.exec(value) : null;
    if (snapshot !== null) snapshots.push({ generation: Number(snapshot[1]), digest: snapshot[2] ?? '' });
    else if (name === 'App') changes.push({ app: value });
    else if (name === 'Action' && (changes.length === 0 || changes.at(-1)?.['action'] !== undefined))
      changes.push({ app: '', action: value });
    else {
      const field = NAMES.find((entry) => entry[1] === name)?.[0];
      const current = changes.at(-1);
      if (field !== undefined && current !== undefined) current[field] = value;
    }
  }
  return { changes: changes.map(toChangeTrailers), snapshots };
}

function toChangeTrailers({ app = '', action = '', generation, ...rest }: Record<string, string>): ChangeTrailers {
  return { app, action, ...(generation === undefined ? {} : { generation: Number(generation) }), ...rest };
}
