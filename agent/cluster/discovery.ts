import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import type { KindInfo } from './cluster-api.ts';

/**
 * Aggregated discovery (apidiscovery.k8s.io/v2, Kubernetes ≥ 1.30; v2beta1 since 1.27): all kinds in two requests, /api and /apis.
 * A group whose server is down comes marked stale or without resources: it is skipped and the others go on (threat F11).
 */
export const DISCOVERY_ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/** Which kinds are served: by `apiVersion/Kind`, and by `group/Kind` in the preferred version (versions come in order of preference). */
export interface Kinds {
  readonly byVersion: ReadonlyMap<string, KindInfo>;
  readonly byGroup: ReadonlyMap<string, KindInfo>;
  /** Groups of which some version could not be asked. */
  readonly stale: ReadonlySet<string>;
}

/** Reads the discovery documents; what is not understood is left out. */
export function parseDiscovery(documents: readonly Json[]): Kinds {
  const byVersion = new Map<string, KindInfo>();
  const byGroup = new Map<string, KindInfo>();
  const stale = new Set<string>();
  for (const group of documents.flatMap((document) => itemsOf(document, 'items'))) {
    const metadata = group['metadata'];
    const name = isJsonObject(metadata) ? textOf(metadata['name']) : '';
    for (const version of itemsOf(group, 'versions')) {
      if (version['freshness'] === 'Stale') stale.add(name);
      for (const resource of itemsOf(version, 'resources')) {
        const info = parseResource(resource, name, textOf(version['version']));
        if (info === undefined) continue;
        const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
        byVersion.set(`${apiVersion}/${info.kind}`, info);
        const inGroup = `${info.group}/${info.kind}`;
        if (!byGroup.has(inGroup)) byGroup.set(inGroup, info);
      }
    }
  }
  return { byVersion, byGroup, stale };
}

function parseResource(resource: JsonObject, group: string, version: string): KindInfo | undefined {
  const responseKind = resource['responseKind'];
  const plural = textOf(resource['resource']);
  const kind = isJsonObject(responseKind) ? textOf(responseKind['kind']) : '';
  const verbs = resource['verbs'];
  // Reviews and the like can only be created: nothing that Git could hold.
  if (plural === '' || kind === '' || !Array.isArray(verbs) || !verbs.includes('patch')) return undefined;
  return { group, version, kind, plural, namespaced: resource['scope'] === 'Namespaced' };
}

function itemsOf(value: Json, key: string): JsonObject[] {
  const items = isJsonObject(value) ? value[key] : undefined;
  return Array.isArray(items) ? items.filter((item: Json) => isJsonObject(item)) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
