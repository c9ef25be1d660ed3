import type { SharedValue } from '../../core/app/settings.ts';
import { objectDigests } from '../../core/bundle/bundle-digest.ts';
import type { LedgerChange } from '../../core/ledger/entry.ts';
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
} from '../deliver/desired-apps.ts';
import { isShared } from '../deliver/shared-values.ts';
import type { AppChange, CommitInfo } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { type NewEvent, readObservedApp } from '../report/observed-apps.ts';
import { toNoticeApp } from './cluster-notices.ts';
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
  const news = [...latest.values()].flatMap((change) => toNews(change, readDesired(sql, change.definition.id)));
  if (news.length === 0) return undefined;
  const stores = await Promise.all(
    news.flatMap(({ change, merged }) =>
      change.bundle === undefined || merged.digest === undefined || bundles.has(merged.digest)
        ? []
        : [bundles.prepare(merged.digest, change.bundle)],
    ),
  );
  const decided = new Map(news.map(({ merged }) => [merged.definition.id, merged]));
  const flipped = new Set(news.flatMap(({ had, merged }) => (had?.held === merged.held ? [] : [merged.definition.id])));
  const waiting = dependentsOf(sql, flipped).filter(({ definition }) => !decided.has(definition.id));
  return {
    parts: new Map(
      [...decided.values(), ...waiting].map((app) => {
        const { id } = app.definition;
        return [id, toSnapshotPart(sql, app, listRequests(sql, id), decided)] as const;
      }),
    ),
    shared,
    ledger: (generation) => news.map((one) => toLedgerChange(one, generation)),
    rows: (generation) => {
      for (const store of stores) store();
      for (const { merged } of news) putDesired(sql, merged, generation);
      for (const { had } of news) for (const digest of [had?.digest, had?.good]) forgetUnwanted(writer, digest);
    },
    events: news.map((one) => changeEvent(sql, one)),
  };
}

/** False when nobody knows what a policy names by key, which would be a bug: agents refuse a snapshot that lacks it (P18), with every App in it. */
function hasShared(sql: Sql, { definition: { policy } }: AppChange, shared: readonly SharedValue[]): boolean {
  const keys = [policy.settings ?? [], policy.project ?? []].flat();
  return keys.every((key) => shared.some((value) => value.key === key) || isShared(sql, key));
}

/** A person's request travels in every snapshot until a receipt answers it. */
export function decideOnRequest({ sql }: ClusterWriter, desired: DesiredApp, request: AppRequest): Decision {
  const app = desired.definition.id;
  return {
    parts: new Map([[app, toSnapshotPart(sql, desired, [...listRequests(sql, app), request])]]),
    ledger: (generation) => [{ kind: 'request', app, generation, request, actor: request.actor }],
    rows: () => putRequest(sql, app, request),
    events: [
      {
        ...{ app, kind: request.kind, text: `${request.kind} asked for by ${request.actor}` },
        ...{ actor: request.actor, project: desired.definition.project, revision: desired.commit?.commit ?? '' },
        ...(request.kind === 'sync' && request.dryRun !== true ? startNotice(sql, desired) : {}),
      },
    ],
  };
}

function toNews(change: AppChange, had: DesiredApp | undefined): News[] {
  if (change.state === 'removed' && had === undefined) return [];
  const merged = mergeChange(had, change);
  return had !== undefined && JSON.stringify(merged) === JSON.stringify(had) ? [] : [{ change, merged, had }];
}

/** The ledger's words for a change of an App. */
function toLedgerChange({ change, merged, had }: News, generation: number): LedgerChange {
  const { definition: app, commit, problems } = merged;
  if (change.state === 'removed') return { kind: 'remove', app: app.id, generation, onDelete: app.policy.onDelete };
  if (change.bundle !== undefined && merged.digest !== undefined && commit !== undefined) {
    const author = toAuthor(commit);
    return {
      kind: 'deploy',
      as: had?.digest === merged.digest && had.commit?.commit === commit.commit ? 'policy' : 'deploy',
      app,
      revision: commit.commit,
      bundle: merged.digest,
      generation,
      objects: change.bundle.objects,
      digests: objectDigests(change.bundle),
      subject: commit.subject,
      problems,
      ...(author === undefined ? {} : { author }),
    };
  }
  return { kind: 'hold', app, revision: change.commit?.commit ?? commit?.commit ?? '', problems };
}

/** `Ana <ana@example.org>` as Git writes it. */
function toAuthor(commit: CommitInfo): { name: string; email: string; at: number } | undefined {
  const match = /^(.*) <([^<>]*)>$/.exec(commit.author);
  return match === null ? undefined : { name: match[1] ?? '', email: match[2] ?? '', at: commit.committedAt };
}

/** A new bundle of an App that is synced by itself begins a sync, as far as anybody can see. */
function changeEvent(sql: Sql, { change, merged, had }: News): NewEvent {
  const { definition, commit, digest } = merged;
  const { autoSync, suspended } = definition.policy;
  const isNew = change.bundle !== undefined && had?.digest !== digest;
  return {
    app: definition.id,
    project: definition.project,
    ...describeChange(change, merged),
    ...(commit === undefined ? {} : { revision: commit.commit }),
    ...(isNew && autoSync && !suspended ? startNotice(sql, merged) : {}),
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
