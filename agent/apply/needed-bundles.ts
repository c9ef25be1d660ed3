import type { Digest } from '../../core/bundle/bundle.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import type { AppRuntime } from './app-runtime.ts';

/** The App's end runs hooks, which are in its last bundle. */
export function hasDeleteHooks({ policy }: SnapshotApp): boolean {
  return policy.release !== undefined || (policy.deleteHooks?.length ?? 0) > 0;
}

/** What an App needs: the bundle that it is to run, or whose hooks end it, and the one that a failed release goes back to. */
export function neededBundles(spec: SnapshotApp): readonly Digest[] {
  if (spec.state === 'removed' && !hasDeleteHooks(spec)) return [];
  return [spec.bundle, spec.state === 'removed' ? undefined : spec.fallback].filter((digest) => digest !== undefined);
}

/** Digests of the bundles that are prepared or kept. */
export function heldBundles(apps: Iterable<AppRuntime>): Digest[] {
  const digests = new Set<Digest>();
  for (const { bundleDigest, fallback } of apps)
    for (const digest of [bundleDigest, fallback?.digest]) if (digest !== undefined) digests.add(digest);
  return [...digests];
}

/** Digests of the bundles that an App waits for. Another App may have the same bundle: prepared for that App, it is of no use to this one. */
export function missingBundles(apps: Iterable<AppRuntime>): Digest[] {
  const missing = new Set<Digest>();
  for (const { spec, bundleDigest, fallback } of apps)
    for (const digest of spec === undefined ? [] : neededBundles(spec))
      if (digest !== bundleDigest && digest !== fallback?.digest) missing.add(digest);
  return [...missing];
}
