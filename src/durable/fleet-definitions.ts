import type { App } from '../../core/app/app.ts';
import { repositoryId } from '../../core/app/repository-id.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { isKept, type ParsedFleet, parseFleet } from '../app/parse-fleet.ts';
import type { FetchedRevision } from '../journey.ts';
import type { RepositoryPort } from '../platform/ports.ts';
import { changedApps, countApps, foreignOwner, goneApps, keyText, markGone, putApps } from '../registry/apps.ts';
import { listClusters } from '../registry/clusters.ts';
import { lastSettings, putShared } from '../registry/shared-values.ts';
import { isDefinitionFile, listSources, type RegisteredSource, type SourceRecord } from '../registry/sources.ts';
import type { JourneyParts } from './fleet-parts.ts';

/** A fleet path that was read: its definitions, and which registered Apps it no longer holds. */
interface ReadSource {
  readonly source: RegisteredSource;
  readonly commit: string;
  readonly parsed: ParsedFleet;
  readonly gone: readonly App[];
}

/** What the definitions of a repository's fleet paths now say. */
export interface Defined {
  /** To be written down when all is published. */
  readonly records: readonly SourceRecord[];
  readonly removed: readonly App[];
}

/**
 * Reads the fleet paths of a repository that moved, and registers what changed. All are read before anything is decided: an App that
 * moved from one to another is no removal, and its old place is no duplicate.
 */
export async function defineApps(parts: JourneyParts, repo: string, fetched: readonly FetchedRevision[]): Promise<Defined> {
  const records: SourceRecord[] = [];
  const read: ReadSource[] = [];
  for (const source of listSources(parts.sql, repo)) {
    const at = fetched.find((revision) => revision.revision === source.revision)?.to;
    // Why a revision cannot be read is told by its tip.
    if (at === undefined || !at.ok || at.value.commit === source.commit) continue;
    const outcome = await readSource(parts, source, at.value.commit);
    if ('parsed' in outcome) read.push(outcome);
    else records.push(outcome);
  }
  const gone = new Set(read.flatMap((one) => one.gone.map(keyText)));
  const registered = new Set<string>();
  for (const one of read) records.push(await register(parts, one, { gone, registered }));
  const removed = read.flatMap((one) => one.gone).filter((app) => !registered.has(keyText(app)));
  markGone(parts.sql, removed);
  return { records, removed };
}

async function readSource(parts: JourneyParts, source: RegisteredSource, commit: string): Promise<ReadSource | SourceRecord> {
  const { sql, vault, ports } = parts;
  const repository = ports.repository(source.repo);
  if (!(await isTouched(parts, source, commit))) return { source, commit };
  const files = await repository.definitions(commit, source.path);
  if (!files.ok) return { source, commit: undefined, problems: [files.error] };
  const parsed = parse(parts, source, files.value);
  const had = countApps(sql, source.id);
  if (parsed.apps.length === 0 && had > 0) {
    const empty = problem('fleet.empty', `the fleet path defines no Apps any more; ${had} are kept`, { where: source.path });
    return { source, commit, problems: [empty, ...parsed.problems, ...parsed.warnings] };
  }
  const gone = await goneApps(sql, vault, {
    source: source.id,
    apps: parsed.apps,
    isKept: (app) => isKept(parsed.unread, app),
  });
  return { source, commit, parsed, gone };
}

async function register(
  parts: JourneyParts,
  { source, commit, parsed }: ReadSource,
  journey: { readonly gone: ReadonlySet<string>; readonly registered: Set<string> },
): Promise<SourceRecord> {
  const { sql, vault } = parts;
  putShared(sql, source.id, parsed);
  // While some file cannot be read, what was said of access before stays: nobody gets more or less by a typing mistake.
  if (parsed.unread.files.size === 0) await parts.ports.access.putGit(source.id, parsed.access);
  await parts.ports.notifier.putGit(source.id, parsed.notify);
  const duplicates: Problem[] = [];
  const apps = parsed.apps.filter((app) => {
    const owner = foreignOwner(sql, source.id, app);
    if (owner === undefined || (journey.gone.has(keyText(app)) && !journey.registered.has(keyText(app)))) return true;
    duplicates.push(problem('app.duplicate', `${app.id} is defined by fleet path ${owner} already`, { where: app.origin.file }));
    return false;
  });
  const changed = changedApps(sql, source.id, apps);
  await putApps(
    sql,
    vault,
    source.id,
    changed.map((app) => ({ app, repo: repositoryId(app.source.repoURL) ?? source.repo })),
  );
  for (const app of apps) journey.registered.add(keyText(app));
  const repos = new Set(changed.map((app) => repositoryId(app.source.repoURL) ?? source.repo));
  repos.delete(source.repo);
  parts.alsoDirty([...repos]);
  const problems = [...parsed.problems, ...duplicates, ...parsed.warnings];
  return { source, commit, problems, files: definitionFiles(parsed) };
}

function parse(
  { sql }: JourneyParts,
  source: RegisteredSource,
  files: readonly { readonly path: string; readonly text: string }[],
): ParsedFleet {
  const last = lastSettings(sql, source.id);
  return parseFleet(files, {
    defaultCluster: source.cluster,
    clusters: listClusters(sql),
    fleetRepoURL: source.url,
    fleetPath: source.path,
    ...(last === undefined ? {} : { lastSettings: last }),
  });
}

/**
 * Every file that defines something or has a problem. What is merely no object (a chart's values) is not among them: were it a definition gone wrong,
 * the file would have been one before.
 */
function definitionFiles({ apps, sources, otherFiles, problems }: ParsedFleet): string[] {
  const named = problems.flatMap(({ where }) => (where === undefined ? [] : [where.replace(/:\d+$/, '')]));
  return [...new Set([...apps.map((app) => app.origin.file), ...sources.map(({ file }) => file), ...otherFiles, ...named])];
}

/**
 * True when the definitions may have changed since the fleet path was read: a file that defined something did, or one that changed defines something
 * now. A fleet path may share its folder with everything that its Apps deploy, so only the changed files are looked into.
 */
async function isTouched(parts: JourneyParts, source: RegisteredSource, commit: string): Promise<boolean> {
  if (source.commit === undefined) return true;
  const repository: Pick<RepositoryPort, 'changes' | 'definitions'> = parts.ports.repository(source.repo);
  const changes = await repository.changes(source.commit, commit);
  if (changes === undefined) return true;
  const inside = changes.files.filter((path) => isBelow(path, source.path) && /\.(ya?ml|json)$/i.test(path));
  if (inside.length === 0) return source.path !== '' && changes.files.includes(source.path);
  if (inside.some((path) => isDefinitionFile(parts.sql, source.id, path))) return true;
  const files = await repository.definitions(commit, source.path, inside);
  if (!files.ok) return true;
  return definitionFiles(parse(parts, source, files.value)).length > 0;
}

function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
