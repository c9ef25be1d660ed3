import type { Bundle } from '../../core/bundle/bundle.ts';
import { keyOf, type Manifest, refOf } from '../../core/objects/object.ts';
import { type BlockedObject, type PreparedBundle, placeObject, prepareInSlices, type ScopeOf } from '../../core/plan/prepare.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import { ok, type Result } from '../../core/result.ts';
import { shortHash } from '../platform/crypto.ts';
import type { ApplyContext, Resolved } from './apply-context.ts';

/** How long the event loop is kept at a time. */
const SLICE_MS = 8;

/** An App's objects, ready for this cluster, and what came of filling them. */
export interface PreparedApp {
  readonly prepared: PreparedBundle;
  readonly resolved: Resolved | undefined;
}

/** Where an App's rules are found. */
export interface Rules {
  readonly settings: Parameters<typeof prepareInSlices>[1]['settings'];
  readonly project: Parameters<typeof prepareInSlices>[1]['project'];
}

/** Fills a bundle from the cluster where its policy says so, and makes its objects ready; a large one in slices, so that nobody waits for it. */
export async function prepareApp(
  context: ApplyContext,
  spec: SnapshotApp,
  bundle: Bundle,
  { settings, project }: Rules,
): Promise<Result<PreparedApp, Problem>> {
  const resolving = await context.resolve?.(bundle, spec.policy);
  if (resolving?.ok === false) return resolving;
  const resolved = resolving?.value;
  const { api, identity, clock } = context;
  const scopeOf: ScopeOf = (apiVersion, kind) => {
    const served = api.kindOf(apiVersion, kind);
    return served === undefined ? undefined : served.namespaced ? 'namespaced' : 'cluster';
  };
  const slices = prepareInSlices(resolved?.bundle ?? bundle, {
    policy: spec.policy,
    agent: identity,
    hash: shortHash,
    scopeOf,
    ...(settings === undefined ? {} : { settings }),
    ...(project === undefined ? {} : { project }),
    ...(resolved === undefined ? {} : { isFilled: (manifest) => resolved.secretObjects.has(manifest) }),
  });
  let began = clock.monotonic();
  for (;;) {
    const slice = slices.next();
    if (slice.done === true)
      return ok({
        prepared: withBlocked(slice.value, resolved, (manifest) =>
          placeObject(manifest, scopeOf(manifest.apiVersion, manifest.kind), spec.policy),
        ),
        resolved,
      });
    if (clock.monotonic() - began < SLICE_MS) continue;
    await clock.sleep(0);
    began = clock.monotonic();
  }
}

/** What could not be filled is still wanted: it must not be pruned. */
function withBlocked(
  prepared: PreparedBundle,
  resolved: Resolved | undefined,
  place: (manifest: Manifest) => Manifest,
): PreparedBundle {
  if (resolved === undefined || resolved.blocked.length === 0) return prepared;
  const blocked = resolved.blocked.map(
    ({ manifest, problem }): BlockedObject => ({ key: keyOf(refOf(place(manifest))), apiVersion: manifest.apiVersion, problem }),
  );
  return { ...prepared, blocked: [...prepared.blocked, ...blocked] };
}
