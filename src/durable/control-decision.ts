import type { Bundle } from '../../core/bundle/bundle.ts';
import type { ControlState } from '../../core/control/control-state.ts';
import type { Deploy, LedgerChange } from '../../core/ledger/entry.ts';
import type { AppRequest } from '../../core/protocol/messages.ts';
import { newestDeployment, putCourse } from '../deliver/deployments.ts';
import {
  type DesiredApp,
  deleteRequest,
  listRequests,
  putDesired,
  putRequest,
  toControl,
  toSnapshotPart,
} from '../deliver/desired-apps.ts';
import { readPart } from '../deliver/snapshot-parts.ts';
import type { NewEvent } from '../report/observed-apps.ts';
import { beginDeployment, toDeploy } from './cluster-deploy.ts';
import { wakeOf } from './cluster-rollback.ts';
import { type ClusterWriter, type Decision, forgetUnwanted } from './cluster-writer.ts';

/** Who decides, and why; `plumbline` where nobody did. */
export interface By {
  readonly actor: string;
  readonly reason?: string;
}

export const ITSELF = 'plumbline';

/** What a decision about one App comes to: its row before and after, what is delivered instead, and the words. */
export interface Ruling {
  readonly before: DesiredApp;
  readonly after: DesiredApp;
  readonly by: By;
  /** Another bundle is delivered from now on. `store` writes its bytes when they were not held. */
  readonly deploy?: { readonly bundle: Bundle; readonly as: NonNullable<Deploy['as']>; readonly store?: () => void };
  /** The ledger's words where nothing is deployed. */
  readonly note?: { readonly action: string; readonly text: string } | 'remove';
  /** What the agent is asked to do once. */
  readonly asks?: readonly AppRequest[];
  /** Requests that nobody carries out any more. */
  readonly drops?: readonly string[];
  readonly event: Omit<NewEvent, 'app' | 'project' | 'actor' | 'reason'>;
}

/** An App with other decisions in force. */
export function withControl({ control: _control, ...row }: DesiredApp, control: ControlState): DesiredApp {
  return { ...row, ...toControl(control) };
}

/** One decision: one entry of the ledger and, where agents are to do something else than before, one generation. */
export function toDecision(writer: ClusterWriter, ruling: Ruling, at: number): Decision {
  const { sql } = writer;
  const { before, after, by, deploy, note, asks = [], drops = [], event } = ruling;
  const { id, project } = after.definition;
  const open = [...listRequests(sql, id).filter((request) => !drops.includes(request.id)), ...asks];
  const part = toSnapshotPart(sql, after, open);
  const because = { actor: by.actor, ...(by.reason === undefined ? {} : { reason: by.reason }) };
  const words = (generation: number): LedgerChange[] => [
    ...(deploy === undefined ? [] : [toDeploy(after, deploy.bundle, { as: deploy.as, generation, ...because })]),
    ...(note === undefined ? [] : [toNote(after, note, { generation, ...because })]),
    ...asks.map((request): LedgerChange => ({ kind: 'request', app: id, generation, request, ...because })),
  ];
  return {
    ...(part === readPart(sql, id) ? {} : { parts: new Map([[id, part]]) }),
    ledger: words,
    rows: (generation, entry) => {
      deploy?.store?.();
      putDesired(sql, after, generation);
      for (const request of asks) putRequest(sql, id, request);
      for (const request of drops) deleteRequest(sql, request);
      if (deploy !== undefined)
        beginDeployment(writer, after, {
          entry,
          generation,
          action: deploy.as === 'rollback' ? 'rollback' : 'deploy',
          at,
          ...because,
        });
      const newest = newestDeployment(sql, id);
      if (newest !== undefined) putCourse(sql, newest, wakeOf(after, newest));
      for (const digest of [before.digest, before.next?.digest]) forgetUnwanted(writer, digest);
    },
    events: [{ ...event, app: id, project, ...because }],
  };
}

function toNote(
  { definition }: DesiredApp,
  note: { readonly action: string; readonly text: string } | 'remove',
  why: By & { readonly generation: number },
): LedgerChange {
  const app = definition.id;
  // Its folder goes, as when Git lets go of it.
  return note === 'remove' ? { kind: 'remove', app, onDelete: 'prune', ...why } : { kind: 'note', app, ...note, ...why };
}
