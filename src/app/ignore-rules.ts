import type { IgnoreRule, ObjectSelector } from '../../core/app/policy.ts';
import { compileSelector } from '../../core/diff/select.ts';
import { invalid, list, type Notes, object, type Shaped, text, texts } from './shape.ts';

/** Argo CD's `ignoreDifferences` (https://github.com/argoproj/argo-cd/blob/v3.5.7/docs/user-guide/diffing.md). */
export const IGNORE_DIFFERENCES = list({
  group: text,
  kind: text,
  name: text,
  namespace: text,
  jsonPointers: texts,
  jqPathExpressions: texts,
  managedFieldsManagers: texts,
});

/** Which objects a Flux rule is about: regular expressions for whole texts, and selectors of Kubernetes. */
export const FLUX_SELECTOR = object({
  group: text,
  version: text,
  kind: text,
  name: text,
  namespace: text,
  labelSelector: text,
  annotationSelector: text,
});

/** Flux' `ignore` of a Kustomization, and `driftDetection.ignore` of a HelmRelease. */
export const FLUX_IGNORE = list({ paths: texts, target: FLUX_SELECTOR });

type ArgoRules = readonly Shaped<typeof IGNORE_DIFFERENCES.shape>[];
type FluxRules = readonly Shaped<typeof FLUX_IGNORE.shape>[];

/** Reads Argo CD's rules; jq expressions are checked where they are run, in the agent. */
export function readIgnoreDifferences(rules: ArgoRules | undefined, notes: Notes): IgnoreRule[] {
  return (rules ?? []).map((rule, index) => {
    const at = { path: `spec.ignoreDifferences[${index}]`, notes };
    const { jsonPointers = [], jqPathExpressions = [], managedFieldsManagers = [], kind, ...selector } = rule;
    if (kind === undefined || kind === '') invalid(notes, `${at.path}.kind`, 'is missing');
    checkPointers(jsonPointers, { ...at, path: `${at.path}.jsonPointers` });
    checkSelector({ ...selector, ...(kind === undefined ? {} : { kind }) }, { ...at, dialect: 'argo' });
    return {
      // A rule that names no group is about the core group.
      ...{ group: '', ...withoutEmpty(selector) },
      ...(kind === undefined ? {} : { kind }),
      ...toFields({ pointers: jsonPointers, jq: jqPathExpressions, managers: managedFieldsManagers }),
    };
  });
}

/** Reads Flux' rules; `path` is where they stand. */
export function readFluxIgnore(rules: FluxRules | undefined, path: string, notes: Notes): IgnoreRule[] {
  return (rules ?? []).map(({ paths = [], target = {} }, index) => {
    const at = { path: `${path}[${index}]`, notes };
    if (paths.length === 0) invalid(notes, `${at.path}.paths`, 'is missing');
    checkPointers(paths, { ...at, path: `${at.path}.paths` });
    checkSelector(target, { notes, path: `${at.path}.target`, dialect: 'flux' });
    return { ...withoutEmpty(target), ...toFields({ pointers: paths, jq: [], managers: [] }) };
  });
}

/** The fields of a rule; lists without entries are left out. */
export function toFields(fields: {
  readonly pointers: readonly string[];
  readonly jq: readonly string[];
  readonly managers: readonly string[];
}): Pick<IgnoreRule, 'pointers' | 'jq' | 'managers'> {
  return Object.fromEntries(Object.entries(fields).filter(([, items]) => items.length > 0));
}

function withoutEmpty(selector: ObjectSelector): ObjectSelector {
  return Object.fromEntries(Object.entries(selector).filter(([, value]) => value !== ''));
}

/** A JSON pointer begins with a slash (RFC 6901), and `~` stands before 0 or 1 only. */
export function checkPointers(pointers: readonly string[], at: { readonly path: string; readonly notes: Notes }): void {
  for (const [index, pointer] of pointers.entries())
    if (!pointer.startsWith('/') || /~(?![01])/.test(pointer))
      invalid(at.notes, `${at.path}[${index}]`, 'is no JSON pointer such as /spec/replicas');
}

function checkSelector(
  selector: ObjectSelector,
  at: { readonly path: string; readonly notes: Notes; readonly dialect: 'argo' | 'flux' },
): void {
  const compiled = compileSelector(selector, at.dialect);
  if (typeof compiled === 'string')
    invalid(at.notes, `${at.path}.${compiled}`, 'is not a pattern or selector that can be understood');
}
