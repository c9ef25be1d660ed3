import type { SharedValue } from '../../core/app/settings.ts';
import { describeRequest } from '../../core/ledger/commit-message.ts';
import type { LedgerChange } from '../../core/ledger/entry.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { AppRequest } from '../../core/protocol/messages.ts';
import {
  type DesiredApp,
  dependentsOf,
  listRequests,
  mergeChange,
  putDesired,
  putRequest,
  readDesired,
  toSnapshotPart,
  wantedState,
} from '../deliver/desired-apps.ts';
import { isShared } from '../deliver/shared-values.ts';
import type { AppChange } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { type NewEvent, readObservedApp } from '../report/observed-apps.ts';
import { beginDeployment, toDeploy } from './cluster-deploy.ts';
import { toNoticeApp } from './cluster-notices.ts';
import { forgetApp } from './cluster-report.ts';
import { type ClusterWriter, type Decision, forgetUnwanted } from './cluster-writer.ts';

/** A change, what it makes of its App, and what that was before. */
interface News {
  readonly change: AppChange;
  readonly merged: DesiredApp;
  readonly had: DesiredApp | undefined;
}

/**
 * What changes of Apps decide: undefined when they say nothing that is not known already. Reads and writes the Apps that changed and no other;
 * of two changes of one App the later one counts.
 */
export async function decideOnChanges(
  writer: ClusterWriter,
  changes: readonly AppChange[],
  shared: readonly SharedValue[] = [],
): Promise<Decision | undefined> {
  const { sql, bundles } = writer;
  const usable = changes.filter((change) => hasShared(sql, change, shared));
  const latest = new Map(usable.map((change) => [change.definition.id, change]));
  const now = writer.now();
  const news = [...latest.values()].flatMap((change) => toNews(change, readDesired(sql, change.definition.id), now));
  if (news.length === 0) return undefined;
  const stores = await Promise.all(
    news.flatMap(({ change }) =>
      change.bundle === undefined || change.digest === undefined || bundles.has(change.digest)
        ? []
        : [bundles.prepare(change.digest, change.bundle)],
    ),
  );
  const forgotten = new Set(news.filter(isForgotten).map(({ merged }) => merged.definition.id));
  const decided = new Map(news.map(({ merged }) => [merged.definition.id, merged]));
  const flipped = new Set(news.flatMap(({ had, merged }) => (had?.held === merged.held ? [] : [merged.definition.id])));
  const waiting = dependentsOf(sql, flipped).filter(({ definition }) => !decided.has(definition.id));
  return {
    parts: new Map(
      [...decided.values(), ...waiting].map((app) => {
        const { id } = app.definition;
        return [id, forgotten.has(id) ? undefined : toSnapshotPart(sql, app, listRequests(sql, id), decided)] as const;
      }),
    ),
    shared,
    ledger: (generation) => news.map((one) => toLedgerChange(one, generation)),
    rows: (generation, entry) => {
      for (const store of stores) store();
      for (const { merged } of news) putDesired(sql, merged, generation);
      for (const one of news)
        if (isDeployed(one)) beginDeployment(writer, one.merged, { entry, generation, action: 'deploy', at: now });
      for (const { had } of news)
        for (const digest of [had?.digest, had?.good, had?.next?.digest]) forgetUnwanted(writer, digest);
      for (const app of forgotten) forgetApp(writer, app);
    },
    events: news.map((one) => changeEvent(sql, one)),
  };
}

/** False when nobody knows what a policy names by key, which would be a bug: agents refuse a snapshot that lacks it (P18), with every App in it. */
function hasShared(sql: Sql, { definition: { policy } }: AppChange, shared: readonly SharedValue[]): boolean {
  const keys = [policy.settings ?? [], policy.project ?? []].flat();
  return keys.every((key) => shared.some((value) => value.key === key) || isShared(sql, key));
}

/** Another bundle, or the same of another commit, is delivered from now on. */
function isDeployed({ change, merged, had }: News): boolean {
  if (change.bundle === undefined || merged.digest !== change.digest || merged.next !== undefined) return false;
  return had?.digest !== merged.digest || had?.commit?.commit !== merged.commit?.commit;
}

/** A person deleted it, that is done, and now Git does not define it any more either. */
function isForgotten({ merged, had }: News): boolean {
  return merged.state === 'removed' && had !== undefined && wantedState(had) === 'gone';
}

/** Why something cannot be asked for: people have stopped the App, or it is going. Undefined when it can. */
export function refuseRequest(
  { control }: DesiredApp,
  { kind, dryRun }: Pick<AppRequest, 'kind' | 'dryRun'>,
): Problem | undefined {
  if (kind !== 'sync' || dryRun === true) return undefined;
  const { suspended, deleted } = control ?? {};
  if (suspended !== undefined) return problem('api.conflict', `it is suspended by ${suspended.actor}: resume it first`);
  return deleted?.done === true ? problem('api.conflict', `it was deleted by ${deleted.actor}: restore it first`) : undefined;
}

/** A person's request travels in every snapshot until a receipt answers it. */
export function decideOnRequest(
  { sql }: ClusterWriter,
  desired: DesiredApp,
  { reason, ...request }: AppRequest & { readonly reason?: string },
): Decision {
  const app = desired.definition.id;
  return {
    parts: new Map([[app, toSnapshotPart(sql, desired, [...listRequests(sql, app), request])]]),
    ledger: (generation) => [
      { kind: 'request', app, generation, request, actor: request.actor, ...(reason === undefined ? {} : { reason }) },
    ],
    rows: () => putRequest(sql, app, request),
    events: [
      {
        ...{ app, kind: request.kind, text: `${describeRequest(request)} asked for by ${request.actor}` },
        ...(reason === undefined ? {} : { reason }),
        ...{ actor: request.actor, project: desired.definition.project, revision: desired.commit?.commit ?? '' },
        ...(request.kind === 'sync' && request.dryRun !== true ? startNotice(sql, desired) : {}),
      },
    ],
  };
}

function toNews(change: AppChange, had: DesiredApp | undefined, now: number): News[] {
  if (change.state === 'removed' && had === undefined) return [];
  const merged = mergeChange(had, change, now);
  return had !== undefined && JSON.stringify(merged) === JSON.stringify(had) ? [] : [{ change, merged, had }];
}

/** The ledger's words for a change of an App. */
function toLedgerChange({ change, merged, had }: News, generation: number): LedgerChange {
  const { definition: app, commit, problems } = merged;
  if (change.state === 'removed') return { kind: 'remove', app: app.id, generation, onDelete: app.policy.onDelete };
  if (change.bundle !== undefined && merged.next !== undefined) return toWait(merged, had, generation);
  if (change.bundle !== undefined) {
    const isSame = had?.digest === merged.digest && had?.commit?.commit === commit?.commit;
    const objects: readonly Manifest[] = change.bundle.objects;
    return toDeploy(
      merged,
      { ...change.bundle, objects },
      { as: isSame ? 'policy' : 'deploy', generation, ...whyNow({ change, merged, had }) },
    );
  }
  return { kind: 'hold', app, revision: change.commit?.commit ?? commit?.commit ?? '', problems };
}

/** A render that is not delivered yet. */
function toWait({ definition, next, control }: DesiredApp, had: DesiredApp | undefined, generation: number): LedgerChange {
  const revision = next?.commit.commit.slice(0, 7) ?? '';
  const isNews = had?.next?.digest !== next?.digest || had?.next?.commit.commit !== next?.commit.commit;
  const why = control?.pin === undefined ? 'its approvals' : `the pin of ${control.pin.actor}`;
  const text = isNews
    ? `${revision} waits for ${control?.pin === undefined ? why : `the end of ${why}`}`
    : `changed in Git while ${revision} waits`;
  return { kind: 'note', app: definition.id, action: 'wait', text, generation };
}

/** What a deployment ends, where that is not the push alone. */
function whyNow({ merged, had }: News): { readonly reason?: string } {
  const pin = had?.control?.pin;
  if (pin === undefined || merged.control?.pin !== undefined) return {};
  return { reason: `a newer commit ends the pin of ${pin.actor} to ${pin.revision.slice(0, 7)}` };
}

/** A new bundle of an App that is synced by itself begins a sync, as far as anybody can see. */
function changeEvent(sql: Sql, { change, merged, had }: News): NewEvent {
  const { definition, commit, digest } = merged;
  const { autoSync, suspended } = definition.policy;
  const isNew = change.bundle !== undefined && merged.next === undefined && had?.digest !== digest;
  if (change.bundle !== undefined && merged.next !== undefined) return waitEvent(sql, merged, had);
  return {
    app: definition.id,
    project: definition.project,
    ...describeChange(change, merged),
    ...(commit === undefined ? {} : { revision: commit.commit }),
    ...(isNew && autoSync && !suspended && merged.control?.suspended === undefined ? startNotice(sql, merged) : {}),
  };
}

/** A render is held back; the first time it waits for approvals, those who can give them are told. */
function waitEvent(sql: Sql, merged: DesiredApp, had: DesiredApp | undefined): NewEvent {
  const { definition, next, control } = merged;
  const { approval, pin } = control ?? {};
  const revision = next?.commit.commit ?? '';
  const event = { app: definition.id, project: definition.project, revision };
  const short = revision.slice(0, 7);
  if (pin !== undefined)
    return { ...event, kind: 'pin', text: `${short} waits for the end of the pin to ${pin.revision.slice(0, 7)}` };
  const needed = definition.control?.approvals?.needed ?? 1;
  const text = `${short} waits for ${needed} approval${needed === 1 ? '' : 's'}: ${next?.commit.subject ?? ''}`;
  const isNew = had?.control?.approval?.bundle !== approval?.bundle;
  const about = { ...toNoticeApp(merged, readObservedApp(sql, definition.id)), revision };
  const { subject = '', author = '' } = next?.commit ?? {};
  return {
    ...event,
    kind: 'approval',
    text,
    ...(isNew ? { notice: 'approval-needed' as const, about: { ...about, subject, author } } : {}),
  };
}

function startNotice(sql: Sql, app: DesiredApp): Pick<NewEvent, 'notice' | 'about'> {
  return { notice: 'sync-started', about: toNoticeApp(app, readObservedApp(sql, app.definition.id)) };
}

function describeChange(change: AppChange, { problems }: DesiredApp): { kind: string; text: string } {
  const revision = change.commit?.commit.slice(0, 7) ?? '';
  if (change.state === 'removed') return { kind: 'removed', text: 'removed from Git' };
  if (change.bundle !== undefined) return { kind: 'deploy', text: `deploy ${revision} ${change.commit?.subject ?? ''}`.trim() };
  return { kind: 'held', text: problems.map((p) => p.message).join('; ') || 'unchanged' };
}
