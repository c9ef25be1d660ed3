import type { Target } from '../../../agent/cluster/cluster-api.ts';
import type { ResolveTools } from '../../../agent/resolve/resolve-bundle.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { ok } from '../../../core/result.ts';

/** ConfigMaps and Secrets of a cluster that lives in memory, and what was asked of it. */
export interface ClusterInputs extends ResolveTools {
  readonly asked: string[];
  readonly put: (kind: 'ConfigMap' | 'Secret', name: string, data: Readonly<Record<string, string>>) => void;
  readonly remove: (kind: 'ConfigMap' | 'Secret', name: string) => void;
}

/** `name` is `namespace/name`; data of Secrets is given in plain. */
export function clusterInputs(): ClusterInputs {
  const objects = new Map<string, { readonly object: JsonObject; readonly resourceVersion: string }>();
  let version = 0;
  const asked: string[] = [];
  const keyOf = ({ kind, namespace, name }: Target) => `${kind.kind} ${namespace}/${name}`;
  return {
    asked,
    agent: { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' },
    api: {
      get: async (target) => {
        asked.push(keyOf(target));
        const found = objects.get(keyOf(target));
        return ok(found === undefined ? undefined : { ...found, uid: 'u' });
      },
    },
    put(kind, name, data) {
      const encoded = Object.entries(data).map(([key, value]) => [key, kind === 'Secret' ? btoa(value) : value]);
      objects.set(`${kind} ${name}`, { object: { data: Object.fromEntries(encoded) }, resourceVersion: String(++version) });
    },
    remove: (kind, name) => objects.delete(`${kind} ${name}`),
  };
}
