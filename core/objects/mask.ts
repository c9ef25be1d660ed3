import type { Json, JsonObject, Manifest } from './object.ts';

/**
 * What stands for a value that must not be shown. It is the same for every value, so it tells neither content nor length,
 * and it is not base64, so a masked Secret that somebody applies by hand is refused by the API server instead of destroying the real one.
 */
export const MASK = '(masked)';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Fields of a core/v1 Secret that say what it is rather than what it holds. */
const OPEN_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);

/** True for objects that maskSecrets changes: Secrets of any API group. */
export function isMasked(kind: string): boolean {
  return kind === 'Secret';
}

/**
 * Replaces what a Secret holds: every value in `data` and `stringData`, the annotation in which kubectl repeats them, and, for core/v1,
 * every field that a Secret does not have (`stringdata:` is a misspelling, and its value a secret all the same). Keys stay, so a diff still says which changed
 * hands. Takes and gives a manifest; anything but a Secret is given back as it is.
 */
export function maskSecrets(manifest: Manifest): Manifest {
  if (!isMasked(manifest.kind)) return manifest;
  const masked: Record<string, Json | undefined> = {};
  for (const [field, value] of Object.entries(manifest)) masked[field] = isOpen(manifest, field) ? value : maskValues(value);
  const annotations = manifest.metadata.annotations;
  const metadata =
    annotations?.[LAST_APPLIED] === undefined
      ? manifest.metadata
      : { ...manifest.metadata, annotations: { ...annotations, [LAST_APPLIED]: MASK } };
  return { ...masked, apiVersion: manifest.apiVersion, kind: manifest.kind, metadata };
}

function isOpen(manifest: Manifest, field: string): boolean {
  if (field === 'data' || field === 'stringData') return false;
  return manifest.apiVersion === 'v1' ? OPEN_FIELDS.has(field) : true;
}

function maskValues(value: Json | undefined): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return MASK;
  // Arrays were excluded above; Array.isArray does not narrow readonly arrays out of the union.
  const object = value as JsonObject;
  return Object.fromEntries(Object.keys(object).map((key) => [key, MASK]));
}
