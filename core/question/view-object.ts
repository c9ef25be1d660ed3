import type { ObjectView } from '../api/tree.ts';
import { ownersOf } from '../diff/owners.ts';
import { manifestYaml } from '../ledger/manifest-yaml.ts';
import { isJsonObject } from '../objects/json-object.ts';
import { maskSecrets } from '../objects/mask.ts';
import type { Json, JsonObject, Manifest } from '../objects/object.ts';
import { redactText } from './redact-text.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MAX_YAML = 1_000_000;
const MAX_DIFFERENCES = 500;

/**
 * An object as people may see it: YAML without managedFields and without the copy that kubectl keeps in an annotation, what a Secret holds masked (its keys
 * stay, neither value nor length does), annotations without what looks like a secret. `redact` takes out values that were filled in from Secrets.
 */
export function viewYaml(object: JsonObject, redact: (text: string) => string = (text) => text): string {
  const { metadata, ...rest } = object;
  // Whatever an API server or a bundle gives has apiVersion, kind and metadata.
  const shown = { ...rest, metadata: isJsonObject(metadata) ? withoutNoise(metadata) : {} } as unknown as Manifest;
  const yaml = redact(manifestYaml(maskSecrets(shown)));
  return yaml.length > MAX_YAML ? `${yaml.slice(0, MAX_YAML)}\n# cut: the object is longer than is shown\n` : yaml;
}

function withoutNoise(metadata: JsonObject): JsonObject {
  const { managedFields: _managed, annotations, ...kept } = metadata;
  if (!isJsonObject(annotations)) return kept;
  const shown: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(annotations))
    if (name !== LAST_APPLIED) shown[name] = typeof value === 'string' ? redactText(value.slice(0, 65_536)) : value;
  return { ...kept, annotations: shown };
}

/** The paths that differ, with who set each last where managedFields tell. */
export function viewDifferences(live: JsonObject, paths: readonly string[], self: string): ObjectView['differences'] {
  const shown = paths.slice(0, MAX_DIFFERENCES);
  const owners = new Map(ownersOf(live, shown, self).map((owner) => [owner.field, owner]));
  return shown.map((path) => {
    const owner = owners.get(path);
    return owner === undefined ? { path } : { path, manager: owner.manager, time: owner.time };
  });
}
