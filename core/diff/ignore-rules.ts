import type { AppPolicy, IgnoreRule } from '../app/policy.ts';
import type { ClusterSettings } from '../app/settings.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject, ObjectRef } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { IgnoredPaths } from './changed-fields.ts';
import { managedFieldsOf } from './comparable.ts';
import { leavesOf, resolveSteps } from './field-set.ts';
import { type FieldPath, locate, parsePointer, valueAt } from './pointer.ts';
import { isSame } from './same.ts';
import { compileSelector, type Selection } from './select.ts';

/**
 * Differences that do not count, made ready: the rules of an App (Argo CD's `ignoreDifferences`, Flux' `ignore`), those that its cluster's
 * settings add, and one that always holds. A rule or a part of it that is not valid is left out, with a problem that names it: it hides nothing.
 *
 * What a write does with an ignored field of an object that exists:
 *
 *   none      Git's value is written when something else differs           Argo CD
 *   live      the live value is written in its place                       Argo CD with RespectIgnoreDifferences
 *   unowned   the same, but a field that another manager applies is left out, so that it stays that manager's alone      Flux
 *   heal      as `unowned` when drift is put right; a new version of the object is written whole                         Flux, Helm releases
 */
export type Keep = 'none' | 'live' | 'unowned' | 'heal';

export interface CompiledRule {
  /** For messages: `ignore rule 2 (apps/Deployment)`. */
  readonly name: string;
  readonly selection: Selection;
  readonly pointers: readonly (readonly string[])[];
  readonly jq: readonly string[];
  readonly managers: readonly string[];
  readonly keep: Keep;
}

export interface CompiledRules {
  readonly rules: readonly CompiledRule[];
  /** `diff.ignore_invalid`, each naming its rule. */
  readonly problems: readonly Problem[];
}

/** The rules that hold for an App, compiled. */
export function compileIgnoreRules(
  policy: Pick<AppPolicy, 'dialect' | 'ignore' | 'sync' | 'release'>,
  settings: ClusterSettings | undefined,
): CompiledRules {
  const isFlux = policy.dialect === 'flux';
  const own: Keep = isFlux
    ? policy.release === undefined
      ? 'unowned'
      : 'heal'
    : policy.sync?.respectIgnoreDifferences === true
      ? 'live'
      : 'none';
  const problems: Problem[] = [];
  const compile = (rule: IgnoreRule, name: string): CompiledRule[] => {
    // Argo CD takes a missing group for the core group.
    const selector = isFlux ? rule : { ...rule, group: rule.group ?? '' };
    const selection = compileSelector(selector, policy.dialect);
    const refuse = (what: string): void => {
      problems.push(problem('diff.ignore_invalid', `${name}: ${what}`));
    };
    if (typeof selection === 'string') {
      refuse(`${selection} ${JSON.stringify(rule[selection as keyof IgnoreRule] ?? '')} is not valid`);
      return [];
    }
    const pointers = (rule.pointers ?? []).flatMap((pointer) => {
      const parsed = parsePointer(pointer);
      // Argo CD cannot remove a whole object; Flux ignores all of it then.
      if (parsed !== undefined && (parsed.length > 0 || isFlux)) return [parsed];
      refuse(`${JSON.stringify(pointer)} is not a JSON pointer`);
      return [];
    });
    return [{ name, selection, pointers, jq: rule.jq ?? [], managers: rule.managers ?? [], keep: own }];
  };
  const rules = [
    ...(policy.ignore ?? []).flatMap((rule, i) => compile(rule, nameOf(rule, `ignore rule ${i + 1}`))),
    ...(isFlux ? [] : (settings?.ignore ?? []).flatMap((rule, i) => compile(rule, nameOf(rule, `ignore setting ${i + 1}`)))),
    AGGREGATED_ROLES,
  ];
  return { rules, problems };
}

/** The rules whose fields alone make a change not worth a look. */
export function compileUpdateRules(settings: ClusterSettings | undefined): CompiledRules {
  const rules = settings?.ignoreUpdates;
  if (rules === undefined || rules.length === 0) return { rules: [], problems: [] };
  const { rules: compiled, problems } = compileIgnoreRules({ dialect: 'argo', ignore: rules }, undefined);
  return { rules: compiled.filter((rule) => rule !== AGGREGATED_ROLES), problems };
}

/** The rules of an aggregated ClusterRole are its controller's to write, whatever Git says: anything else would be a fight without end. */
const AGGREGATED_ROLES: CompiledRule = {
  name: 'aggregated roles',
  selection: {
    mayMatch: ({ group, kind }) => kind === 'ClusterRole' && group === 'rbac.authorization.k8s.io',
    matches: (object) => object['kind'] === 'ClusterRole' && isJsonObject(object['aggregationRule']),
  },
  pointers: [['rules']],
  jq: [],
  managers: [],
  keep: 'unowned',
};

/** The rules that may be about an object. */
export function rulesFor(rules: readonly CompiledRule[], ref: ObjectRef, apiVersion: string): readonly CompiledRule[] {
  return rules.filter((rule) => rule.selection.mayMatch(ref, apiVersion));
}

/** The fields that pointers and managers name, in a live object and in what a dry-run makes of it. */
export function namedPaths(rules: readonly CompiledRule[], live: JsonObject, wanted: JsonObject): IgnoredPaths {
  const managers = rules.flatMap((rule) => rule.managers);
  const changed = managers.length === 0 ? { live: [], wanted: [] } : changedByManagers(managers, live, wanted);
  return {
    live: [...pointedPaths(rules, live), ...changed.live],
    wanted: [...pointedPaths(rules, wanted), ...changed.wanted],
  };
}

/** The fields of an object that pointers name. */
export function pointedPaths(rules: readonly CompiledRule[], object: JsonObject): FieldPath[] {
  return rules.flatMap((rule) =>
    rule.pointers.flatMap((pointer) => {
      const path = locate(object, pointer);
      return path === undefined ? [] : [path];
    }),
  );
}

/** Fields that one of the managers owns in the live object and that applying would change (not those that it would add or remove: as Argo CD). */
function changedByManagers(managers: readonly string[], live: JsonObject, wanted: JsonObject): IgnoredPaths {
  const metadata = live['metadata'];
  const entries = isJsonObject(metadata) ? managedFieldsOf(metadata).filter((entry) => managers.includes(entry.manager)) : [];
  const found = { live: [] as FieldPath[], wanted: [] as FieldPath[] };
  for (const steps of entries.flatMap((entry) => leavesOf(entry.fieldsV1))) {
    const before = resolveSteps(live, steps);
    const after = resolveSteps(wanted, steps);
    if (before === undefined || after === undefined || isSame(valueAt(live, before), valueAt(wanted, after))) continue;
    found.live.push(before);
    found.wanted.push(after);
  }
  return found;
}

function nameOf(rule: IgnoreRule, position: string): string {
  const kind = [rule.group, rule.kind].filter((part) => part !== undefined && part !== '').join('/');
  return kind === '' ? position : `${position} (${kind})`;
}
