import type { ReleasePolicy } from '../../../core/app/policy.ts';
import { isJsonObject } from '../../../core/objects/json-object.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import type { PreparedBundle } from '../../../core/plan/prepare.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { ApplyContext } from '../apply-context.ts';

/** How many objects are looked at: a release that is there has not lost this many of its own. */
const LOOKED_AT = 50;

/**
 * Whether Helm, or Flux with it, has installed a release already: one of its objects is in the cluster and carries the marks that Helm gives to what
 * it owns (https://github.com/helm/helm/blob/v3.19.0/pkg/action/validate.go#L37). Such a release is upgraded: to install it would run hooks that fill
 * what is filled, and a failure would uninstall what runs. Fails when the API server does not say.
 */
export async function isInstalled(
  { api, limiter }: Pick<ApplyContext, 'api' | 'limiter'>,
  { objects }: Pick<PreparedBundle, 'objects'>,
  release: Pick<ReleasePolicy, 'name' | 'namespace'>,
): Promise<Result<boolean, Problem>> {
  for (const { ref } of objects.slice(0, LOOKED_AT)) {
    const kind = api.kindOfRef(ref);
    if (kind === undefined) continue;
    const target = { kind, namespace: kind.namespaced ? ref.namespace : '', name: ref.name };
    const got = await limiter.run(() => api.get(target, { metadataOnly: true }));
    if (!got.ok) return { ok: false, error: got.error.problem };
    if (got.value !== undefined && isMarked(got.value.object, release)) return ok(true);
  }
  return ok(false);
}

function isMarked(live: JsonObject, { name, namespace }: Pick<ReleasePolicy, 'name' | 'namespace'>): boolean {
  const { metadata } = live;
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  if (!isJsonObject(annotations)) return false;
  return annotations['meta.helm.sh/release-name'] === name && annotations['meta.helm.sh/release-namespace'] === namespace;
}
