import type { Bundle } from '../bundle/bundle.ts';
import { isJsonObject } from '../objects/json-object.ts';
import { groupOf, type Manifest } from '../objects/object.ts';

/** Whether objects of a kind live in namespaces; undefined when the cluster does not serve the kind. */
export type ScopeOf = (apiVersion: string, kind: string) => 'namespaced' | 'cluster' | undefined;

/** Kinds that a CustomResourceDefinition of the same bundle defines are known before the cluster serves them. */
export function withOwnDefinitions(bundle: Bundle, scopeOf: ScopeOf): ScopeOf {
  const own = new Map<string, 'namespaced' | 'cluster'>();
  for (const manifest of bundle.objects) {
    if (!isDefinition(manifest)) continue;
    const spec = manifest['spec'];
    const names = isJsonObject(spec) ? spec['names'] : undefined;
    const versions = isJsonObject(spec) ? spec['versions'] : undefined;
    if (!isJsonObject(spec) || !isJsonObject(names) || !Array.isArray(versions)) continue;
    for (const version of versions)
      if (isJsonObject(version))
        own.set(
          `${String(spec['group'])}/${String(version['name'])}/${String(names['kind'])}`,
          spec['scope'] === 'Cluster' ? 'cluster' : 'namespaced',
        );
  }
  return (apiVersion, kind) => scopeOf(apiVersion, kind) ?? own.get(`${apiVersion}/${kind}`);
}

/** The `group/Kind` that a CustomResourceDefinition defines; undefined for anything else. */
export function definedKind(manifest: Manifest): string | undefined {
  const spec = isDefinition(manifest) ? manifest['spec'] : undefined;
  const names = isJsonObject(spec) ? spec['names'] : undefined;
  return isJsonObject(spec) && isJsonObject(names) ? `${String(spec['group'])}/${String(names['kind'])}` : undefined;
}

function isDefinition(manifest: Manifest): boolean {
  return manifest.kind === 'CustomResourceDefinition' && groupOf(manifest.apiVersion) === 'apiextensions.k8s.io';
}
