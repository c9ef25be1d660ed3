import type { App } from '../../core/app/app.ts';
import { repositoryId } from '../../core/app/repository-id.ts';
import { isRetried, type Problem, problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { isKept, parseFleet } from '../app/parse-fleet.ts';
import { renderKey } from '../app/render-key.ts';
import { type AppOutcome, type FetchedRevision, type JourneyStages, type SelectedApp, toDefinition } from '../journey.ts';
import { clusterOf, type Env, repositoryOf } from '../platform/env.ts';
import type { CommitInfo, Read } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import {
  type AppKey,
  appsOfRevision,
  appsToTryAgain,
  appsTouched,
  compareDefinitions,
  countApps,
  deleteApps,
  foreignOwner,
  putApps,
  putReads,
  readApp,
  setAgain,
} from '../registry/apps.ts';
import { findCluster, listClusters } from '../registry/clusters.ts';
import {
  accessOf,
  listSources,
  type RegisteredSource,
  readTip,
  recordSource,
  revisionsOf,
  urlOf,
  writeTip,
} from '../registry/sources.ts';

interface JourneyParts {
  readonly env: Env;
  readonly sql: Sql;
  readonly vault: Vault;
  /** Commits that a webhook named. */
  readonly announced: readonly string[];
  /** Told of other repositories that have work to do now, because a definition that uses them has changed. */
  readonly alsoDirty: (repos: readonly string[]) => void;
}

/** The stages of one journey, over the Fleet's registry. What is found out on the way and only counts when all is published waits in `pending`. */
export function fleetStages(parts: JourneyParts): JourneyStages {
  const { env, sql, vault } = parts;
  const pending = {
    sources: [] as { id: string; commit: string | undefined; problems: readonly Problem[] }[],
    removed: [] as AppKey[],
    reads: new Map<SelectedApp, readonly Read[]>(),
  };
  return {
    async fetch(repo) {
      const revisions = revisionsOf(sql, repo);
      const url = urlOf(sql, repo);
      if (url === undefined || revisions.length === 0) return [];
      const results = await repositoryOf(env, repo).refresh(await accessOf(sql, vault, repo, url), revisions, parts.announced);
      return revisions.map((revision, i) => {
        const { info } = readTip(sql, repo, revision);
        // One result per revision is the port's contract.
        return { revision, ...(info === undefined ? {} : { from: info }), to: results[i] as Result<CommitInfo, Problem> };
      });
    },

    async define(repo, fetched) {
      const gone: App[] = [];
      for (const source of listSources(sql, repo)) {
        const at = fetched.find((revision) => revision.revision === source.revision)?.to;
        if (at === undefined || (at.ok && at.value.commit === source.commit)) continue;
        if (!at.ok) pending.sources.push({ id: source.id, commit: undefined, problems: [at.error] });
        else gone.push(...(await defineSource(parts, pending, source, at.value.commit)));
      }
      return gone.map((app) => ({ app }));
    },

    async select(repo, fetched) {
      const selected = new Map<string, SelectedApp>();
      const add = async (key: AppKey, at: SelectedApp['at']) => {
        const app = await readApp(sql, vault, key);
        if (app !== undefined) selected.set(`${key.cluster}/${key.id}`, { app, repo, at });
      };
      for (const revision of fetched) for (const key of await appsToBring(parts, repo, revision)) await add(key, revision.to);
      for (const key of appsToTryAgain(sql, repo)) {
        if (selected.has(`${key.cluster}/${key.id}`)) continue;
        const app = await readApp(sql, vault, key);
        const at = fetched.find((revision) => revision.revision === app?.source.revision)?.to;
        // A revision that a definition of this very journey has brought: the next one asks for it.
        if (at === undefined) parts.alsoDirty([repo]);
        else await add(key, at);
      }
      const removed = new Set(pending.removed.map((key) => `${key.cluster}/${key.id}`));
      return [...selected.entries()].filter(([key]) => !removed.has(key)).map(([, app]) => app);
    },

    async render(selected) {
      const { app, repo, at } = selected;
      const base = { definition: toDefinition(app), state: 'present' as const };
      if (!at.ok) return { selected, again: false, change: { ...base, problems: [...app.warnings, at.error] } };
      const rendered = await repositoryOf(env, repo).render(at.value.commit, {
        source: app.source,
        render: app.render,
        policyName: app.policy.name,
        allowEmpty: app.policy.allowEmpty,
        key: renderKey(app),
      });
      pending.reads.set(selected, rendered.reads);
      const problems = [...app.warnings, ...rendered.warnings, ...(rendered.problem === undefined ? [] : [rendered.problem])];
      const again = rendered.problem !== undefined && isRetried(rendered.problem);
      const result =
        rendered.bundle === undefined || rendered.digest === undefined
          ? {}
          : { bundle: rendered.bundle, digest: rendered.digest };
      return { selected, again, change: { ...base, commit: at.value, problems, ...result } };
    },

    async publish(cluster, changes) {
      if (findCluster(sql, cluster) !== undefined) await clusterOf(env, cluster).publish(cluster, changes);
    },

    async settle(repo, fetched, outcomes) {
      for (const { id, commit, problems } of pending.sources) recordSource(sql, id, commit, problems);
      deleteApps(sql, pending.removed);
      for (const outcome of outcomes) settleApp(sql, repo, outcome, pending.reads.get(outcome.selected));
      for (const { revision, to } of fetched) writeTip(sql, repo, revision, to.ok ? { info: to.value } : { problem: to.error });
    },
  };
}

function settleApp(sql: Sql, repo: string, outcome: AppOutcome, reads: readonly Read[] | undefined): void {
  const key = { cluster: outcome.selected.app.cluster, id: outcome.selected.app.id };
  if (reads !== undefined && reads.length > 0) putReads(sql, repo, key, reads);
  setAgain(sql, key, outcome.again);
}

/** The Apps of a revision that its new state concerns: all at first and when a problem comes or goes, else those whose reads changed. */
async function appsToBring({ env, sql }: JourneyParts, repo: string, revision: FetchedRevision): Promise<AppKey[]> {
  const all = () => appsOfRevision(sql, repo, revision.revision);
  const before = readTip(sql, repo, revision.revision);
  if (!revision.to.ok) return before.problem?.code === revision.to.error.code ? [] : all();
  if (revision.from === undefined || before.problem !== undefined) return all();
  if (revision.from.commit === revision.to.value.commit) return [];
  const changes = await repositoryOf(env, repo).changes(revision.from.commit, revision.to.value.commit);
  return changes === undefined ? all() : appsTouched(sql, repo, revision.revision, changes);
}

/** Reads the definitions of a fleet path at a commit; registers what changed and gives the Apps that are gone. */
async function defineSource(
  parts: JourneyParts,
  pending: { sources: { id: string; commit: string | undefined; problems: readonly Problem[] }[]; removed: AppKey[] },
  source: RegisteredSource,
  commit: string,
): Promise<readonly App[]> {
  const { env, sql, vault } = parts;
  const repository = repositoryOf(env, source.repo);
  if (source.commit !== undefined && !(await isTouched(repository, source, commit))) {
    pending.sources.push({ id: source.id, commit, problems: source.problems });
    return [];
  }
  const files = await repository.definitions(commit, source.path);
  if (!files.ok) {
    pending.sources.push({ id: source.id, commit: undefined, problems: [files.error] });
    return [];
  }
  const parsed = parseFleet(files.value, {
    defaultCluster: source.cluster,
    clusters: listClusters(sql),
    fleetRepoURL: source.url,
  });
  const problems = [...parsed.problems, ...parsed.warnings];
  const had = countApps(sql, source.id);
  if (parsed.apps.length === 0 && had > 0) {
    problems.push(problem('fleet.empty', `the fleet path defines no Apps any more; ${had} are kept`, { where: source.path }));
    pending.sources.push({ id: source.id, commit, problems });
    return [];
  }
  const apps = parsed.apps.filter((app) => {
    const owner = foreignOwner(sql, source.id, app);
    if (owner !== undefined)
      problems.push(problem('app.duplicate', `${app.id} is defined by fleet path ${owner} already`, { where: app.origin.file }));
    return owner === undefined;
  });
  const change = await compareDefinitions(sql, vault, { source: source.id, apps, isKept: (app) => isKept(parsed.unread, app) });
  const changed = change.changed.map((app) => ({ app, repo: repositoryId(app.source.repoURL) ?? source.repo }));
  await putApps(sql, vault, source.id, changed);
  parts.alsoDirty([...new Set(changed.map((entry) => entry.repo))].filter((repo) => repo !== source.repo));
  pending.sources.push({ id: source.id, commit, problems });
  pending.removed.push(...change.removed.map((app) => ({ cluster: app.cluster, id: app.id })));
  return change.removed;
}

async function isTouched(
  repository: ReturnType<typeof repositoryOf>,
  source: RegisteredSource,
  commit: string,
): Promise<boolean> {
  if (source.commit === undefined) return true;
  const changes = await repository.changes(source.commit, commit);
  const inside = (path: string) => source.path === '' || path === source.path || path.startsWith(`${source.path}/`);
  return changes === undefined || changes.files.some(inside);
}
