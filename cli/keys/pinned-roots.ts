import { parseAllDocuments } from 'yaml';

/** The setting under which an install manifest pins the root key: an environment variable, or a key of a ConfigMap or Secret. */
const NAME = 'PLUMBLINE_ROOT_KEY';

/** Every root key that an install manifest pins, as base64; a manifest that is not YAML pins none. */
export function pinnedRoots(manifest: string): readonly string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const fields = value as Record<string, unknown>; // any object has string keys
    if (fields['name'] === NAME && typeof fields['value'] === 'string') found.add(fields['value']);
    if (typeof fields[NAME] === 'string') found.add(fields[NAME]);
    for (const item of Object.values(value)) walk(item);
  };
  for (const document of parseAllDocuments(manifest, { logLevel: 'silent' })) {
    if (document.errors.length === 0) walk(document.toJS({ maxAliasCount: 100 }));
  }
  return [...found];
}
