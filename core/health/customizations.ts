/**
 * Health scripts in Argo CD's settings, the ConfigMap `argocd-cm` (util/settings/settings.go `GetResourceOverrides`). Both forms, the second wins:
 *
 *   resource.customizations: |                              resource.customizations.health.cert-manager.io_Certificate: |
 *     cert-manager.io/Certificate:                            hs = {} …
 *       health.lua: |                                       resource.customizations.useOpenLibs.cert-manager.io_Certificate: "true"
 *         hs = {} …
 *       health.lua.useOpenLibs: true
 *
 * In the second, `_` stands between group and kind, a kind alone is of the core group, and `all` is every kind.
 */
import type { ClusterSettings } from '../app/settings.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';

type Customizations = NonNullable<ClusterSettings['health']>;

const PREFIX = 'resource.customizations';

/**
 * Takes the `data` of an `argocd-cm` and a reader of YAML; gives the scripts by `group/Kind` or pattern.
 * Fails with `app.invalid` for what Argo CD refuses too, naming the key.
 */
export function readHealthCustomizations(
  data: { readonly [key: string]: unknown },
  parseYaml: (text: string) => Result<unknown, Problem>,
): Result<Customizations, Problem> {
  const scripts = new Map<string, { lua: string; openLibs: boolean }>();
  const entry = (groupKind: string) => {
    const known = scripts.get(groupKind) ?? { lua: '', openLibs: false };
    scripts.set(groupKind, known);
    return known;
  };
  const whole = data[PREFIX];
  if (typeof whole === 'string' && whole.trim() !== '') {
    const parsed = parseYaml(whole);
    if (!parsed.ok) return err({ ...parsed.error, where: PREFIX });
    if (!isRecord(parsed.value)) return err(invalid(PREFIX, 'it is a map from group/Kind to settings'));
    for (const [groupKind, settings] of Object.entries(parsed.value)) {
      if (!isRecord(settings)) continue;
      const { 'health.lua': lua, 'health.lua.useOpenLibs': openLibs } = settings;
      if (typeof lua === 'string') entry(groupKind).lua = lua;
      if (openLibs === true) entry(groupKind).openLibs = true;
    }
  }
  for (const [key, value] of Object.entries(data)) {
    const [, type, name] = /^resource\.customizations\.(health|useOpenLibs)\.(.*)$/s.exec(key) ?? [];
    if (type === undefined || name === undefined) continue;
    const groupKind = toGroupKind(name);
    if (groupKind === undefined) return err(invalid(key, 'it ends with <group>_<Kind> or <Kind>'));
    if (typeof value !== 'string') return err(invalid(key, 'it is a text'));
    if (type === 'health') entry(groupKind).lua = value;
    else if (!BOOLEANS.has(value)) return err(invalid(key, 'it is "true" or "false"'));
    else entry(groupKind).openLibs = BOOLEANS.get(value) === true;
  }
  return ok(Object.fromEntries([...scripts].filter(([, { lua }]) => lua !== '')));
}

/** What Go's strconv.ParseBool takes. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);

function toGroupKind(name: string): string | undefined {
  if (name === 'all') return '*/*';
  const parts = name.split('_');
  if (parts.length > 2 || name === '') return undefined;
  return parts.join('/');
}

const invalid = (key: string, message: string): Problem => problem('app.invalid', `${key}: ${message}`);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
