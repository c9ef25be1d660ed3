import { isRetried, type Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { renderKey } from '../app/render-key.ts';
import { type FetchedRevision, type JourneyStages, type SelectedApp, toDefinition } from '../journey.ts';
import type { CommitInfo, Read } from '../platform/ports.ts';
import {
  type AppKey,
  appsOfRevision,
  appsToTryAgain,
  appsTouched,
  deleteGone,
  isCurrent,
  keyText,
  readApp,
  settleApp,
} from '../registry/apps.ts';
import { findCluster } from '../registry/clusters.ts';
import { readShared } from '../registry/shared-values.ts';
import {
  accessOf,
  readAgain,
  readTip,
  recordSource,
  revisionsOf,
  type SourceRecord,
  tipCommits,
  urlOf,
  writeTip,
} from '../registry/sources.ts';
import { defineApps } from './fleet-definitions.ts';
import type { JourneyParts } from './fleet-parts.ts';

/** How long a revision that was readable before may be unreadable for a passing reason until its Apps are told: a host that is away for a minute changes nothing. */
const PATIENCE_MS = 5 * 60_000;

/** The stages of one journey, over the Fleet's registry. What is found out on the way and only counts when all is published waits in `pending`. */
export function fleetStages(parts: JourneyParts): JourneyStages {
  const { sql, vault, ports } = parts;
  const pending = {
    sources: [] as SourceRecord[],
    removed: [] as AppKey[],
    reads: new Map<SelectedApp, readonly Read[]>(),
    told: new Set<string>(),
  };
  return {
    async fetch(repo) {
      const revisions = revisionsOf(sql, repo);
      const url = urlOf(sql, repo);
      if (url === undefined || revisions.length === 0) return [];
      const results = await ports.repository(repo).refresh(await accessOf(sql, vault, repo, url), revisions, parts.announced);
      return revisions.map((revision, i) => {
        const { info } = readTip(sql, repo, revision);
        // One result per revision is the port's contract.
        return { revision, ...(info === undefined ? {} : { from: info }), to: results[i] as Result<CommitInfo, Problem> };
      });
    },

    async define(repo, fetched) {
      const { records, removed } = await defineApps(parts, repo, fetched);
      pending.sources.push(...records);
      pending.removed.push(...removed.map(({ cluster, id }) => ({ cluster, id })));
      return removed.map((app) => ({ app }));
    },

    async select(repo, fetched) {
      const selected = new Map<string, SelectedApp>();
      const add = async (key: AppKey, at: SelectedApp['at']) => {
        const app = await readApp(sql, vault, key);
        if (app !== undefined) selected.set(keyText(key), { app, repo, at });
      };
      for (const revision of fetched)
        for (const key of await appsToBring(parts, repo, revision, pending.told)) await add(key, revision.to);
      for (const key of appsToTryAgain(sql, repo)) {
        if (selected.has(keyText(key))) continue;
        const app = await readApp(sql, vault, key);
        if (app === undefined) continue;
        const at = fetched.find((revision) => revision.revision === app.source.revision)?.to;
        // A revision that a definition of this very journey has brought: the next one asks for it.
        if (at === undefined) parts.alsoDirty([repo]);
        else selected.set(keyText(key), { app, repo, at });
      }
      return [...selected.values()];
    },

    async render(selected) {
      const { app, repo, at } = selected;
      const base = { definition: toDefinition(app), state: 'present' as const };
      // A reason that passes is not told to all Apps when it has passed: this one asks again itself.
      if (!at.ok) return { selected, again: isRetried(at.error), change: { ...base, problems: [...app.warnings, at.error] } };
      const rendered = await ports.repository(repo).render(at.value.commit, {
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

    async publish(cluster, published) {
      if (findCluster(sql, cluster) === undefined) return;
      // Asked at the last moment: while this App was rendered, another repository's journey may have changed or removed its definition.
      const changes = published.filter(({ app, change }) => change.state === 'removed' || isCurrent(sql, app));
      if (changes.length === 0) return;
      const keys = changes.flatMap(({ change: { definition } }) =>
        [definition.policy.settings ?? [], definition.policy.project ?? []].flat(),
      );
      await ports.cluster(cluster).publish(
        cluster,
        changes.map(({ change }) => change),
        readShared(sql, keys),
      );
    },

    async settle(repo, fetched, outcomes) {
      for (const record of pending.sources) recordSource(sql, record);
      deleteGone(sql, pending.removed);
      for (const { selected, again } of outcomes)
        settleApp(sql, selected.app, { repo, reads: pending.reads.get(selected) ?? [], again });
      for (const revision of fetched) settleTip(parts, repo, revision, pending.told.has(revision.revision));
      // A name that is free again may be claimed by the fleet path that was refused it.
      if (pending.removed.length > 0) parts.alsoDirty(readAgain(sql, 'app.duplicate'));
      // Only after a move is there anything to let go of; an idle repository is not even opened.
      const moved = fetched.some(({ from, to }) => to.ok && to.value.commit !== from?.commit);
      if (moved) await ports.repository(repo).retain(tipCommits(sql, repo));
    },
  };
}

function settleTip({ sql, now }: JourneyParts, repo: string, { revision, to }: FetchedRevision, told: boolean): void {
  const since = readTip(sql, repo, revision).since ?? now();
  writeTip(sql, repo, revision, to.ok ? { info: to.value } : { problem: to.error, since, told });
}

/**
 * The Apps of a revision that its new state concerns: all at first, else those whose reads changed. Of a revision that cannot be read all are
 * told, once, and brought again when it can: at once when a person has to act, after a while when the reason passes by itself.
 */
async function appsToBring(
  { sql, ports, now }: JourneyParts,
  repo: string,
  { revision, from, to }: FetchedRevision,
  told: Set<string>,
): Promise<AppKey[]> {
  const all = () => appsOfRevision(sql, repo, revision);
  const before = readTip(sql, repo, revision);
  if (!to.ok) {
    const isLasting = !isRetried(to.error) || from === undefined || now() - (before.since ?? now()) >= PATIENCE_MS;
    if (!isLasting && before.told !== true) return [];
    told.add(revision);
    return before.told === true && before.problem?.code === to.error.code ? [] : all();
  }
  if (from === undefined || before.told === true) return all();
  if (from.commit === to.value.commit) return [];
  const changes = await ports.repository(repo).changes(from.commit, to.value.commit);
  return changes === undefined ? all() : appsTouched(sql, repo, revision, changes);
}
