import type { Manifest } from '../../core/objects/object.ts';
import { type Notes, warn } from './shape.ts';

/**
 * Annotations and labels of Argo CD, Flux and their companions on an App's own object (not on what it deploys): which mean something here, and why the others do
 * not. One that no table names, under a prefix of theirs, is a warning too: nothing is ignored in silence. docs/compatibility.md has a row for each.
 */
export type KnownKeys = { readonly [key: string]: KeyUse };

/** `used` where Plumbline honours it or needs it not; else why it has no effect. A trailing `*` stands for any ending. */
export type KeyUse = 'used' | { readonly ignored: string };

const ignored = (why: string): KeyUse => ({ ignored: why });
const notShown = ignored('is not shown by Plumbline');
const childOfApp = ignored('Apps are not objects of another App here; plumbline.dev/depends-on orders them');
const companion = ignored('belongs to a program that does not work together with Plumbline yet');

export const APPLICATION_KEYS: KnownKeys = {
  'argocd.argoproj.io/skip-reconcile': 'used',
  'argocd.argoproj.io/deletion-approved': 'used',
  'argocd.argoproj.io/client-side-apply-migration-manager': 'used',
  'argocd.argoproj.io/compare-options': 'used',
  // Which paths a render reads is recorded, so nobody has to say it.
  'argocd.argoproj.io/manifest-generate-paths': 'used',
  'argocd.argoproj.io/sync-options': 'used',
  // What the App of Apps that made it writes.
  'argocd.argoproj.io/tracking-id': 'used',
  'argocd.argoproj.io/instance': 'used',
  'argocd.argoproj.io/installation-id': 'used',
  'argocd.argoproj.io/sync-wave': childOfApp,
  'argocd.argoproj.io/hook': childOfApp,
  'argocd.argoproj.io/hook-delete-policy': childOfApp,
  'argocd.argoproj.io/ignore-healthcheck': childOfApp,
  'argocd.argoproj.io/ignore-resource-updates': childOfApp,
  'argocd.argoproj.io/refresh': ignored('`plumb app refresh` asks for it; in Git it would ask for ever'),
  'argocd.argoproj.io/refresh-timestamp': ignored('`plumb app refresh` asks for it; in Git it would ask for ever'),
  'argocd.argoproj.io/hydrate': ignored('the source hydrator is not supported yet'),
  'argocd.argoproj.io/hydrate-timestamp': ignored('the source hydrator is not supported yet'),
  'argocd.argoproj.io/application-set-refresh': ignored('is for ApplicationSets'),
  'argocd.argoproj.io/managed-by-url': notShown,
  'argocd.argoproj.io/ignore-default-links': notShown,
  'link.argocd.argoproj.io/*': notShown,
  'notice.argocd.argoproj.io/*': notShown,
  'pref.argocd.argoproj.io/*': notShown,
  'notifications.argoproj.io/*': 'used',
  'argocd-image-updater.argoproj.io/*': companion,
  'kargo.akuity.io/*': companion,
  'argo.octopus.com/*': companion,
};

const shard = ignored('one agent serves the cluster: there are no shards');
const inCluster = ignored('is read on objects in the cluster; suspend the App to leave all of it alone');

export const FLUX_KEYS: KnownKeys = {
  'kustomize.toolkit.fluxcd.io/prune': 'used',
  // What the Kustomization or HelmRelease that made it writes.
  'kustomize.toolkit.fluxcd.io/name': 'used',
  'kustomize.toolkit.fluxcd.io/namespace': 'used',
  'helm.toolkit.fluxcd.io/name': 'used',
  'helm.toolkit.fluxcd.io/namespace': 'used',
  'kustomize.toolkit.fluxcd.io/reconcile': inCluster,
  'kustomize.toolkit.fluxcd.io/ssa': inCluster,
  'kustomize.toolkit.fluxcd.io/force': inCluster,
  'kustomize.toolkit.fluxcd.io/substitute': ignored(
    'definitions in a fleet path are read as they are; no variables are filled in',
  ),
  'kustomize.toolkit.fluxcd.io/decrypt': ignored('definitions in a fleet path are read as they are; nothing is decrypted'),
  'helm.toolkit.fluxcd.io/driftDetection': inCluster,
  'reconcile.fluxcd.io/requestedAt': ignored('`plumb app sync` asks for it; in Git it would ask for ever'),
  'reconcile.fluxcd.io/forceAt': ignored('`plumb app sync --force` asks for it; in Git it would ask for ever'),
  'reconcile.fluxcd.io/resetAt': ignored('`plumb app reset` asks for it; in Git it would ask for ever'),
  'reconcile.fluxcd.io/watch': 'used',
  'sharding.fluxcd.io/*': shard,
  // Flux has no annotations of its own for it: Alerts select objects.
  'notifications.argoproj.io/*': 'used',
  'event.toolkit.fluxcd.io/*': ignored('events carry no metadata of their own; commit and author are in the ledger'),
  'fluxcd.controlplane.io/*': ignored('belongs to the objects of flux-operator'),
};

const PREFIX = /^(?:[a-z0-9.-]+\.)?(?:argoproj\.io|fluxcd\.io|fluxcd\.controlplane\.io|kargo\.akuity\.io|argo\.octopus\.com)\//;
const ARGO_COMPANION = /^argocd-image-updater\.argoproj\.io\//;

/** Warns of every annotation and label of Argo CD's and Flux' world that has no effect here. */
export function noteKeys(manifest: Manifest, known: KnownKeys, notes: Notes): void {
  for (const field of ['annotations', 'labels'] as const) {
    for (const key of Object.keys(manifest.metadata[field] ?? {})) {
      if (!PREFIX.test(key) && !ARGO_COMPANION.test(key)) continue;
      const use = useOf(key, known);
      if (use === 'used') continue;
      const why = use === undefined ? 'is not one that Plumbline knows; check the spelling' : use.ignored;
      warn(notes, `metadata.${field} ${key.slice(0, 120)}`, why);
    }
  }
}

function useOf(key: string, known: KnownKeys): KeyUse | undefined {
  if (Object.hasOwn(known, key)) return known[key];
  const group = `${key.slice(0, key.indexOf('/') + 1)}*`;
  return Object.hasOwn(known, group) ? known[group] : undefined;
}

/** The value of a key in labels or annotations, as Flux looks them up: compared without regard to case. */
export function fluxValue(manifest: Manifest, key: string): string | undefined {
  const value = manifest.metadata.annotations?.[key] ?? manifest.metadata.labels?.[key];
  return value?.toLowerCase();
}
