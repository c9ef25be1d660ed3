import { parse } from 'yaml';
import type { AppView } from '../../../core/api/views.ts';
import { isSecret } from '../../../core/bundle/bundle-digest.ts';
import type { Json, JsonObject, Manifest } from '../../../core/objects/object.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import type { LedgerRecord } from './read-ledger.ts';

/** Where each kind that the tests use is served. */
const PATHS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/{namespace}/configmaps/{name}',
  Secret: '/api/v1/namespaces/{namespace}/secrets/{name}',
  Service: '/api/v1/namespaces/{namespace}/services/{name}',
  Namespace: '/api/v1/namespaces/{name}',
  Deployment: '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}',
  StatefulSet: '/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}',
};

const HOOKS = ['argocd.argoproj.io/hook', 'helm.sh/hook'];

/** I9: whatever App calls itself Synced, each of its manifests in the ledger is really so in the cluster. Gives what is not. */
export async function checkLive(apps: readonly AppView[], ledger: LedgerRecord, objects: ClusterObjects): Promise<string[]> {
  const wrong: string[] = [];
  for (const { app, state, bundle, status, definition } of apps) {
    if (state !== 'present' || status?.sync !== 'Synced' || status.bundle !== bundle) continue;
    for (const text of ledger.manifests.get(app)?.values() ?? []) {
      const manifest = parse(text) as Manifest; // the ledger's own YAML
      // A hook is run, not kept: it is no part of what Synced means.
      if (HOOKS.some((hook) => manifest.metadata.annotations?.[hook] !== undefined)) continue;
      const path = pathOf(manifest, definition.policy.targetNamespace ?? '');
      const live = path === undefined ? undefined : await objects.get(path);
      const differs = live === undefined ? 'is not there' : firstDifference(withoutValues(manifest), live, '');
      if (differs !== undefined) wrong.push(`I9: ${app} says Synced, but ${manifest.kind} ${manifest.metadata.name} ${differs}`);
    }
  }
  return wrong;
}

function pathOf(manifest: Manifest, namespace: string): string | undefined {
  return pathOfKind(manifest)
    ?.replace('{namespace}', manifest.metadata.namespace ?? namespace)
    .replace('{name}', manifest.metadata.name);
}

/** Custom resources of the tests are namespaced, and named in the plural as one would expect. */
function pathOfKind({ apiVersion, kind }: Manifest): string | undefined {
  if (!/\bexample\.com\//.test(apiVersion)) return PATHS[kind];
  return `/apis/${apiVersion}/namespaces/{namespace}/${kind.toLowerCase()}s/{name}`;
}

/** Values of Secrets are masked in the ledger, and so say nothing. */
function withoutValues(manifest: Manifest): JsonObject {
  if (!isSecret(manifest)) return manifest;
  const { data: _data, stringData: _stringData, ...rest } = manifest;
  return rest;
}

/** The first field that is wanted and not live; what the API server added does not matter. */
function firstDifference(wanted: Json | undefined, live: Json | undefined, at: string): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return `differs at ${at}`;
    return firstOf(wanted.map((item, i) => firstDifference(item, live[i], `${at}/${i}`)));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null || Array.isArray(live)) return `differs at ${at}`;
    // Arrays were told apart above, for both.
    const [from, to] = [wanted as JsonObject, live as JsonObject];
    return firstOf(Object.keys(from).map((key) => firstDifference(from[key], to[key], `${at}/${key}`)));
  }
  return String(wanted) === String(live) ? undefined : `differs at ${at}`;
}

function firstOf(found: readonly (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}
