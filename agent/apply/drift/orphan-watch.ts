import type { ObjectSelector } from '../../../core/app/policy.ts';
import type { ProjectRules } from '../../../core/app/settings.ts';
import { compileSelector } from '../../../core/diff/select.ts';
import { isJsonObject } from '../../../core/objects/json-object.ts';
import { describeRef, type JsonObject, keyOf, type ObjectKey, type ObjectRef } from '../../../core/objects/object.ts';
import { checkProject } from '../../../core/plan/allowed-object.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';

/**
 * Objects in the namespaces of Apps that no App owns, for projects that want to know (Argo CD's orphanedResources): of the kinds that are
 * followed anyway, without those that another object owns or the cluster itself makes. Only keys are remembered, and not more than a bound.
 */
export class OrphanWatch {
  /** What each namespace wants to know. */
  #namespaces = new Map<string, { readonly rules: ProjectRules; readonly isIgnored: (object: JsonObject) => boolean }>();
  readonly #seen = new Map<string, Map<ObjectKey, ObjectRef>>();

  /** Which namespaces are looked at: those of Apps whose project warns. */
  learn(apps: Iterable<{ readonly namespace: string | undefined; readonly rules: ProjectRules | undefined }>): void {
    this.#namespaces = new Map();
    for (const { namespace, rules } of apps)
      if (namespace !== undefined && rules?.orphaned?.warn === true && !this.#namespaces.has(namespace))
        this.#namespaces.set(namespace, { rules, isIgnored: ignores(rules.orphaned.ignore) });
    for (const namespace of this.#seen.keys()) if (!this.#namespaces.has(namespace)) this.#seen.delete(namespace);
  }

  /** Something that no App owns was seen; true when that is news. */
  onLive(ref: ObjectRef, live: JsonObject): boolean {
    const looked = this.#namespaces.get(ref.namespace);
    if (looked === undefined || isMade(ref, live) || looked.isIgnored(live)) return false;
    if (checkProject(ref, 'namespaced', looked.rules) !== undefined) return false;
    const known = this.#seen.get(ref.namespace) ?? new Map<ObjectKey, ObjectRef>();
    this.#seen.set(ref.namespace, known);
    if (known.size >= MOST || known.has(keyOf(ref))) return false;
    known.set(keyOf(ref), ref);
    return true;
  }

  /** It is gone, or an App owns it now. */
  forget(ref: ObjectRef): void {
    this.#seen.get(ref.namespace)?.delete(keyOf(ref));
  }

  /** What an App is told about its namespace. */
  problemsOf(namespace: string | undefined): readonly Problem[] {
    const known = namespace === undefined ? undefined : this.#seen.get(namespace);
    if (known === undefined || known.size === 0) return [];
    const names = [...known.values()].slice(0, NAMED).map(describeRef);
    const more = known.size > NAMED ? `, and ${known.size - NAMED} more` : '';
    return [problem('apply.orphaned', `no App owns ${names.join(', ')}${more}`, { where: `Namespace ${namespace}` })];
  }
}

const MOST = 1_000;
const NAMED = 10;

function ignores(selectors: readonly ObjectSelector[]): (object: JsonObject) => boolean {
  const compiled = selectors
    .map((selector) => compileSelector(selector, 'argo'))
    .filter((selection) => typeof selection !== 'string');
  return (object) => compiled.some((selection) => selection.matches(object));
}

/** Made by a controller for something else, or by the cluster for every namespace. */
function isMade(ref: ObjectRef, live: JsonObject): boolean {
  const metadata = live['metadata'];
  const owners = isJsonObject(metadata) ? metadata['ownerReferences'] : undefined;
  if (Array.isArray(owners) && owners.length > 0) return true;
  return (
    (ref.group === '' && ref.kind === 'ConfigMap' && ref.name === 'kube-root-ca.crt') ||
    (ref.group === '' && ref.kind === 'ServiceAccount' && ref.name === 'default')
  );
}
