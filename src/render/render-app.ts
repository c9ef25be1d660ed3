import { bundleDigest } from '../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../core/bundle/make-bundle.ts';
import { toHex } from '../../core/json/bytes.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { RenderProblem, RenderRequest, RenderResponse } from '../../core/render/render-types.ts';
import { err, type Result } from '../../core/result.ts';
import type { Read, Rendered, RenderJob } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import type { Renderer } from './call-renderer.ts';
import { markChartDefinitions } from './chart-definitions.ts';
import { chooseTests } from './chosen-tests.ts';
import { type CommitTree, TreeFailure } from './commit-tree.ts';
import { detectEngine } from './detect-engine.ts';
import { addPaths, emptyGathered, type Gathered, gatherKustomize, resolve } from './gather.ts';
import { statesOf, toReads } from './read-state.ts';
import { releaseStateWarnings } from './release-state.ts';
import { findRender, putRender } from './render-cache.ts';
import { toRequest } from './to-request.ts';

/** An engine that still asks for files after this many rounds is going in circles. */
const MAX_ROUNDS = 24;

export interface RenderParts {
  readonly tree: CommitTree;
  readonly renderer: Renderer;
  readonly sql: Sql;
  readonly vault: Vault;
  /** Names the repository; part of the salt under which Secret values enter digests. */
  readonly repo: string;
}

/**
 * Renders one App at one commit: from the cache when every path that an earlier render looked at is unchanged, else by the engines.
 * Fails as `problem` inside the result, with what had been read, so that the App is tried again when one of those paths changes:
 * git.path_missing, render.* of the engines, render.empty when nothing came out and the App does not allow that.
 */
export async function renderApp(job: RenderJob, parts: RenderParts): Promise<Rendered> {
  try {
    return await renderNow(job, parts);
  } catch (error) {
    if (error instanceof TreeFailure) return failed([], error.problem);
    throw error;
  }
}

async function renderNow(job: RenderJob, parts: RenderParts): Promise<Rendered> {
  const version = await parts.renderer.version();
  if (!version.ok) return failed([], version.error);
  const key = `${version.value}\n${job.policyName}\n${job.allowEmpty}\n${job.key}`;
  const cached = await findRender(parts.sql, parts.vault, key, parts.tree);
  if (cached !== undefined)
    return { ...cached.render, reads: cached.reads.map(({ kind, path }) => ({ kind, path })), cached: true };
  const { path } = job.source;
  if (path !== '' && (await parts.tree.lookup(path)) === undefined) {
    return failed(
      [{ kind: 'missing', path }],
      problem('git.path_missing', `the repository has no path ${path} at this commit`, { where: path }),
    );
  }
  const { engine, reads } = await detectEngine(parts.tree, path, job.render.engine);
  const gathered = emptyGathered();
  const answer = await askEngine(toRequest(job, engine), gathered, parts);
  // The engine could not say what it looked at: whatever it was given may be the reason.
  if (!answer.ok) return failed(uniqueReads([...reads, ...givenReads(path, gathered)]), answer.error);
  const allReads = uniqueReads([...reads, ...toReads(answer.value.reads)]);
  if (answer.value.problem !== undefined) return failed(allReads, toProblem(answer.value.problem));
  return keep(job, parts, { key, reads: allReads, response: answer.value, gathered });
}

async function keep(
  job: RenderJob,
  parts: RenderParts,
  done: { readonly key: string; readonly reads: readonly Read[]; readonly response: RenderResponse; readonly gathered: Gathered },
): Promise<Rendered> {
  const { response, reads, gathered } = done;
  const warnings = response.warnings.map((message) => problem('app.field_ignored', message, { where: job.source.path }));
  const named = (response.objects ?? []).map(withGeneratedName);
  const chart = { path: job.source.path, files: gathered.files };
  const marked = job.render.marksDefinitions === true ? markChartDefinitions(response, named, chart) : named;
  const objects = chooseTests(marked, job.render.tests);
  const invalid = objects.find((object) => !isManifest(object));
  if (invalid !== undefined)
    return failed(
      reads,
      problem('manifest.invalid', 'an object has no apiVersion, kind or metadata.name', { where: job.source.path }),
    );
  if (objects.length === 0 && !job.allowEmpty)
    return failed(
      reads,
      problem('render.empty', 'the path renders to no objects; nothing is pruned', { where: job.source.path }),
    );
  const salt = toHex(await parts.vault.derive(`salt/${parts.repo}/${job.source.path}`));
  const made = makeBundle(objects as unknown as Manifest[], salt); // every object was checked by isManifest
  const render = {
    bundle: made.bundle,
    digest: bundleDigest(made.bundle),
    warnings: [
      ...warnings,
      ...chanceWarnings(response, job),
      ...(job.render.marksDefinitions === true ? releaseStateWarnings(job.source.path, gathered.files) : []),
      ...made.warnings,
    ],
  };
  await putRender(parts.sql, parts.vault, done.key, await statesOf(parts.tree, reads), render);
  return { ...render, reads, cached: false };
}

/** Calls the engine until it has every file that it wants. */
async function askEngine(
  request: RenderRequest,
  gathered: Gathered,
  parts: RenderParts,
): Promise<Result<RenderResponse, Problem>> {
  const first = await gatherFor(request, parts.tree, gathered);
  if (!first.ok) return first;
  const tried = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const files = [...gathered.files.values()];
    const answer = await parts.renderer.render({ ...request, files, known: [...gathered.known].sort() });
    if (!answer.ok) return answer;
    const wanted = await wantedPaths(answer.value, { tree: parts.tree, gathered, tried });
    if (wanted.length === 0 && (answer.value.need ?? []).length === 0) return answer;
    const more = await addPaths(parts.tree, gathered, wanted);
    if (!more.ok) return more;
    // What exists in the commit and has nothing to send (a submodule) is as good as missing: asking again gives the same answer.
    if (gathered.files.size === files.length) return (answer.value.need ?? []).length === 0 ? answer : circling(request);
  }
  return circling(request);
}

function circling(request: RenderRequest): Result<never, Problem> {
  return err(problem('render.cycle', 'the engine asks for the same files again and again', { where: request.path }));
}

/** What must be sent before an answer counts: what the engine needs, and what it found missing although the commit has it. Each path is tried once. */
async function wantedPaths(
  answer: RenderResponse,
  { tree, gathered, tried }: { readonly tree: CommitTree; readonly gathered: Gathered; readonly tried: Set<string> },
): Promise<string[]> {
  const wanted = new Set(answer.need ?? []);
  for (const path of answer.reads.missing) {
    if (!gathered.files.has(path) && !gathered.known.has(path) && (await tree.lookup(path)) !== undefined) wanted.add(path);
  }
  const fresh = [...wanted].filter((path) => !tried.has(path));
  for (const path of fresh) tried.add(path);
  return fresh;
}

/** The files that an engine was given and the folders that they are in. */
function givenReads(path: string, { files, known }: Gathered): Read[] {
  const folders = new Set([
    path,
    ...[...files.keys(), ...known].map((file) => file.slice(0, Math.max(file.lastIndexOf('/'), 0))),
  ]);
  return [
    ...[...files.keys()].map((file) => ({ kind: 'file' as const, path: file })),
    ...[...folders].map((folder) => ({ kind: 'dir' as const, path: folder })),
  ];
}

async function gatherFor(request: RenderRequest, tree: CommitTree, gathered: Gathered): Promise<Result<true, Problem>> {
  if (request.engine === 'kustomize') {
    if (request.kustomize?.generate === true) {
      const all = await addPaths(tree, gathered, [request.path]);
      if (!all.ok) return all;
    }
    const components = (request.kustomize?.components ?? []).flatMap((component) => resolve(request.path, component) ?? []);
    return gatherKustomize(tree, gathered, [request.path, ...components]);
  }
  if (request.engine === 'directory' && request.directory?.recurse !== true) {
    const entries = await tree.list(request.path, { recursive: false });
    return addPaths(
      tree,
      gathered,
      entries.filter((entry) => entry.kind !== 'dir').map((entry) => entry.path),
    );
  }
  const values = (request.helm?.valueFiles ?? []).flatMap((file) => resolve(request.path, file) ?? []);
  return addPaths(tree, gathered, [request.path, ...values]);
}

/** What a chart drew by lot is drawn anew by every render: the author should know before a password changes under a running database. */
function chanceWarnings({ chance }: RenderResponse, job: RenderJob): Problem[] {
  if (chance.length === 0) return [];
  const message = `the chart calls ${chance.join(', ')}: what it draws changes with every render`;
  return [problem('render.chance', message, { where: job.source.path })];
}

function uniqueReads(reads: readonly Read[]): Read[] {
  return [...new Map(reads.map((read) => [`${read.kind} ${read.path}`, read])).values()];
}

/** A hook that is named by each run is known as `<generateName>*`, as core/objects/parse.ts has it. */
function withGeneratedName(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata) || (metadata['name'] ?? '') !== '') return object;
  const { generateName } = metadata;
  if (typeof generateName !== 'string' || generateName === '') return object;
  return { ...object, metadata: { ...metadata, name: `${generateName}*` } };
}

function isManifest(object: JsonObject): boolean {
  const metadata = object['metadata'];
  const named =
    typeof metadata === 'object' &&
    metadata !== null &&
    !Array.isArray(metadata) &&
    typeof (metadata as JsonObject)['name'] === 'string';
  return named && typeof object['apiVersion'] === 'string' && typeof object['kind'] === 'string';
}

function toProblem(from: RenderProblem): Problem {
  const where = from.file === undefined ? undefined : `${from.file}${from.line === undefined ? '' : `:${from.line}`}`;
  return problem(from.code, from.message, where === undefined ? {} : { where });
}

function failed(reads: readonly Read[], reason: Problem): Rendered {
  return { reads, warnings: [], problem: reason, cached: false };
}
