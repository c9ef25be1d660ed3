import * as v from 'valibot';
import type { AppOrigin, AppSource } from '../app/app.ts';
import type { AppPolicy } from '../app/policy.ts';
import type { Digest } from '../bundle/bundle.ts';
import { isMasked } from '../objects/mask.ts';
import type { ObjectKey } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { AppRequest } from '../protocol/messages.ts';
import { err, ok, type Result } from '../result.ts';
import type { Deploy, RecordedApp } from './entry.ts';
import { prettyJson } from './pretty-json.ts';

/**
 * `apps/<app>/app.json`: what one App is meant to be in this cluster.
 *
 * `objects` is the list of object digests from which the bundle's digest is computed (core/bundle/bundle-digest.ts), in its order, each with its
 * file. So the digest is proven from this file alone, and every manifest that is not masked is proven from its own.
 * An App that was never deployed has no `revision`, `bundle` and `objects`. `requests` are those of the entry that wrote the file.
 */
export interface AppFile {
  readonly format: 1;
  readonly id: string;
  readonly cluster: string;
  readonly project: string;
  readonly origin: AppOrigin;
  readonly source: AppSource;
  readonly policy: AppPolicy;
  /** Of the snapshot that brought this state. */
  readonly generation?: number;
  readonly revision?: string;
  readonly bundle?: Digest;
  readonly objects?: readonly RecordedObject[];
  readonly requests?: readonly AppRequest[];
  readonly problems: readonly Problem[];
}

export interface RecordedObject {
  readonly key: ObjectKey;
  /** 64 hex digits. */
  readonly digest: string;
  /** Name within `manifests/`. */
  readonly file: string;
  /** Its values are not in the file, so the file cannot prove the digest. */
  readonly masked?: true;
}

/** The file of an App that was just deployed; `files` are the manifests' names in the order of the objects. */
export function deployedApp(change: Deploy, files: readonly string[]): AppFile {
  const { app, revision, bundle, generation, digests, problems } = change;
  const objects = digests.map(({ key, digest }, i) => ({
    key,
    digest,
    // One file per object.
    file: files[i]!,
    ...(isMasked(key.split('/')[1] ?? '') ? { masked: true as const } : {}),
  }));
  return { ...describeApp(app), generation, revision, bundle, objects, problems };
}

/** The file of an App that could not be deployed: what ran before stays recorded, if there was anything. */
export function heldApp(app: RecordedApp, problems: readonly Problem[], before: AppFile | undefined): AppFile {
  return { ...(before ?? describeApp(app)), problems };
}

/** The file of an App of which something was asked. */
export function askedApp(before: AppFile, request: AppRequest, generation: number): AppFile {
  return { ...before, generation, requests: [request] };
}

function describeApp(app: RecordedApp): AppFile {
  const { id, cluster, project, origin, source, policy } = app;
  return {
    format: 1,
    id,
    cluster,
    project,
    origin,
    source: { ...source, repoURL: withoutUserinfo(source.repoURL) },
    policy,
    problems: [],
  };
}

/** URLs with credentials are refused long before; what is written for ever is checked once more. */
function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

/** The text of the file. */
export function writeAppFile(file: AppFile): string {
  return prettyJson(file);
}

const recordedObject = v.object({
  key: v.string(),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  file: v.string(),
  masked: v.exactOptional(v.literal(true)),
});
/** Only what readers act on is checked; the rest is shown as it stands. */
const appFileSchema = v.looseObject({
  format: v.literal(1),
  id: v.string(),
  cluster: v.string(),
  generation: v.exactOptional(v.number()),
  revision: v.exactOptional(v.string()),
  bundle: v.exactOptional(v.string()),
  objects: v.exactOptional(v.array(recordedObject)),
  problems: v.array(v.looseObject({ code: v.string(), message: v.string() })),
});

/** Reads the file. Fails with `bug` when it is not one: only this project writes it. */
export function parseAppFile(text: string): Result<AppFile, Problem> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), appFileSchema), text);
  // What the schema leaves open was written by deployedApp and heldApp, and is only shown.
  return parsed.success
    ? ok(parsed.output as unknown as AppFile)
    : err(problem('bug', `app.json of the ledger: ${parsed.issues[0].message}`));
}
