import { sha256Hex } from '../bundle/bundle-digest.ts';
import { maskSecrets } from '../objects/mask.ts';
import { keyOf, type Manifest, type ObjectRef, refOf } from '../objects/object.ts';
import { manifestYaml } from './manifest-yaml.ts';

/**
 * The tree of a ledger, one per cluster, branch main:
 *
 *   README.md                                    what this is and how to check it
 *   apps/<app>/app.json                          what runs, from where, since which generation (app-file.ts)
 *   apps/<app>/manifests/<kind>-<ns>-<name>.yaml one object each, Secret values masked
 *   receipts/<app>.json                          what the agent did with it last, signed by the agent (receipt-file.ts)
 *
 * A manifest's file is named in lower case, without the namespace where there is none, every letter outside a-z 0-9 . _ - as `_`
 * (`system:node` → `system_node`). Two objects of one App whose names would be equal get their API group behind it, and, when that
 * does not tell them apart, eight digits of the SHA-256 of their key.
 */
export const README_PATH = 'README.md';
export const APPS = 'apps';
export const RECEIPTS = 'receipts';
export const APP_FILE = 'app.json';
export const MANIFESTS = 'manifests';

/** Most file systems end at 255 bytes; room is left for the suffixes and ".yaml". */
const MAX_NAME = 180;

export interface ManifestFile {
  /** Name within `manifests/`. */
  readonly name: string;
  readonly text: string;
}

/** The file of each object, in the order of the objects. */
export function manifestFiles(objects: readonly Manifest[]): ManifestFile[] {
  const names = manifestNames(objects.map(refOf));
  // One name per object.
  return objects.map((object, i) => ({ name: names[i]!, text: manifestYaml(maskSecrets(object)) }));
}

/** The file names of objects; equal for equal input, and all different as long as the references are. */
export function manifestNames(refs: readonly ObjectRef[]): string[] {
  const plain = refs.map(plainName);
  const grouped = distinguish(plain, (i) => `${plain[i]}-${safe(refs[i]?.group || 'core')}`);
  // Indices come from the list itself.
  return distinguish(grouped, (i) => `${grouped[i]}-${sha256Hex(keyOf(refs[i]!)).slice(0, 8)}`).map((name) => `${name}.yaml`);
}

/** Replaces every name that occurs more than once. */
function distinguish(names: readonly string[], longer: (index: number) => string): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, i) => (counts.get(name) === 1 ? name : longer(i)));
}

function plainName(ref: ObjectRef): string {
  const parts = [ref.kind, ref.namespace, ref.name].filter((part) => part !== '');
  return safe(parts.join('-')).replace(/^[^a-z0-9]+/, '_');
}

function safe(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '_')
    .slice(0, MAX_NAME);
}

/** True for an id that is safe as one segment of a path; src/app makes no others. */
export function isAppId(id: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,252}$/.test(id);
}
