import { parse } from 'yaml';
import { digestOfObjects, objectDigest } from '../bundle/bundle-digest.ts';
import { fromUtf8 } from '../json/bytes.ts';
import { canonicalJson } from '../json/canonical.ts';
import { isMasked, maskSecrets } from '../objects/mask.ts';
import { keyOf, type Manifest, refOf } from '../objects/object.ts';
import { type AppFile, parseAppFile, type RecordedObject } from './app-file.ts';
import type { TreeEntry } from './git-object.ts';
import { APP_FILE, MANIFESTS } from './layout.ts';
import type { ChangeTrailers } from './trailers.ts';
import { changedNames, readEntries, readProven, type Step } from './verify-step.ts';

/** Actions that write the manifests of an App. */
const DEPLOYS: ReadonlySet<string> = new Set(['deploy', 'rollback', 'policy', 'unpin']);
/** Actions that change nothing in `apps/`. */
const RECEIPTS: ReadonlySet<string> = new Set(['synced', 'failed', 'held', 'removed']);

export interface AppCounts {
  deployments: number;
  manifests: number;
  masked: number;
}

/** Rules 3 and 4 of verify.ts for the Apps of one commit. Remembers what was decided. */
export async function verifyApps(step: Step): Promise<AppCounts> {
  const counts = { deployments: 0, manifests: 0, masked: 0 };
  // Of several changes of an App in one commit the last decides what its folder holds.
  const named = new Map<string, ChangeTrailers>();
  for (const change of step.changes) {
    if (RECEIPTS.has(change.action)) continue;
    const earlier = named.get(change.app);
    // A hold or a request on top of a deployment leaves its manifests as they are.
    if (earlier === undefined || DEPLOYS.has(change.action) || change.action === 'remove') named.set(change.app, change);
  }
  for (const app of changedNames(step.before.apps, step.after.apps)) {
    if (!named.has(app)) step.add({ code: 'tree.unnamed', app, message: 'the App changed, and the commit does not say so' });
  }
  for (const change of named.values()) {
    if (change.action === 'remove') verifyRemoval(step, change);
    else if (DEPLOYS.has(change.action)) await verifyDeployment(step, change, counts);
    else await verifyUnchanged(step, change);
  }
  return counts;
}

function decide(step: Step, { app, generation = 0 }: ChangeTrailers, bundle: string | undefined): void {
  const decided = step.state.decided.get(app) ?? [];
  decided.push({ generation, bundle });
  step.state.decided.set(app, decided);
}

function verifyRemoval(step: Step, change: ChangeTrailers): void {
  if (step.after.apps.has(change.app))
    step.add({ code: 'app.file', app: change.app, message: 'said to be removed, and still there' });
  decide(step, change, undefined);
}

interface AppFolder {
  readonly file: AppFile;
  /** oid of the folder with the manifests, undefined when there is none. */
  readonly manifests: string | undefined;
}

async function readFolder(step: Step, oid: string | undefined): Promise<AppFolder | undefined> {
  const entries = oid === undefined ? undefined : await readEntries(step.reader, oid);
  const find = (name: string) => entries?.find((entry) => entry.name === name)?.oid;
  const file = find(APP_FILE);
  const bytes = file === undefined ? undefined : await readProven(step.reader, file, 'blob');
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  const parsed = text === undefined ? undefined : parseAppFile(text);
  return parsed?.ok === true ? { file: parsed.value, manifests: find(MANIFESTS) } : undefined;
}

/** A change that deploys nothing must leave bundle and manifests as they were. */
async function verifyUnchanged(step: Step, { app }: ChangeTrailers): Promise<void> {
  const before = await readFolder(step, step.before.apps.get(app));
  const after = await readFolder(step, step.after.apps.get(app));
  if (before?.manifests !== after?.manifests || before?.file.bundle !== after?.file.bundle) {
    step.add({ code: 'tree.unnamed', app, message: 'what runs changed, and the commit does not say so' });
  }
}

async function verifyDeployment(step: Step, change: ChangeTrailers, counts: AppCounts): Promise<void> {
  const { app } = change;
  counts.deployments++;
  decide(step, change, change.bundle);
  const folder = await readFolder(step, step.after.apps.get(app));
  if (folder === undefined) return step.add({ code: 'app.file', app, message: 'app.json is missing or cannot be read' });
  const { file, manifests } = folder;
  for (const field of ['bundle', 'revision', 'generation'] as const) {
    // A request in the same commit carries its own generation.
    const later = step.changes.some(
      (other) => other.app === app && other.action === 'request' && other.generation === file.generation,
    );
    if (file[field] !== change[field] && !(field === 'generation' && later)) {
      step.add({ code: 'app.file', app, message: `app.json says ${field} ${file[field]}, the commit ${change[field]}` });
    }
  }
  const objects = file.objects ?? [];
  if (digestOfObjects(objects.map(({ key, digest }) => ({ digest, key }))) !== file.bundle) {
    step.add({ code: 'app.bundle', app, message: 'the bundle digest does not follow from the object digests' });
  }
  const entries = manifests === undefined ? [] : await readEntries(step.reader, manifests);
  if (entries === undefined) return step.add({ code: 'tree.missing', app, message: 'the manifests are missing or changed' });
  const listed = new Set(objects.map((object) => object.file));
  for (const { name } of entries)
    if (!listed.has(name)) step.add({ code: 'tree.unnamed', app, message: `${name} is not part of the bundle` });
  for (const object of objects)
    await verifyManifest(step, { app, object, entry: entries.find((one) => one.name === object.file) }, counts);
}

interface ManifestCheck {
  readonly app: string;
  readonly object: RecordedObject;
  readonly entry: TreeEntry | undefined;
}

async function verifyManifest(step: Step, { app, object, entry }: ManifestCheck, counts: AppCounts): Promise<void> {
  const proof = `${entry?.oid} ${object.digest} ${object.key}`;
  if (entry !== undefined && step.state.proven.has(proof)) return;
  const bytes = entry === undefined ? undefined : await readProven(step.reader, entry.oid, 'blob');
  const manifest = bytes === undefined ? undefined : parseManifest(bytes);
  if (manifest === undefined || keyOf(refOf(manifest)) !== object.key) {
    return step.add({ code: 'manifest.digest', app, message: `${object.file} is missing or does not hold ${object.key}` });
  }
  if (isMasked(manifest.kind)) {
    counts.masked++;
    if (canonicalJson(maskSecrets(manifest)) !== canonicalJson(manifest)) {
      return step.add({ code: 'manifest.unmasked', app, message: `${object.file} shows values of a Secret` });
    }
  } else {
    counts.manifests++;
    // Secrets were dealt with above, and only they need a salt.
    if (objectDigest(manifest, new Uint8Array(0)) !== object.digest) {
      return step.add({ code: 'manifest.digest', app, message: `${object.file} is not the object that was deployed` });
    }
  }
  step.state.proven.add(proof);
}

function parseManifest(bytes: Uint8Array): Manifest | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const value: unknown = parse(text, { maxAliasCount: 0 });
    return isManifest(value) ? value : undefined;
  } catch {
    // The YAML library throws for what is not YAML; here that is somebody else's data.
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  const named = typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
  return (
    named && 'kind' in value && typeof value.kind === 'string' && 'apiVersion' in value && typeof value.apiVersion === 'string'
  );
}
