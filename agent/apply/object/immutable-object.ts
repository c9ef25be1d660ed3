import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { problem } from '../../../core/problem/problem.ts';
import type { ApiFailure } from '../../cluster/cluster-api.ts';
import { type ObjectTools, policyOf } from './object-tools.ts';

/** Deleting one of these deletes what cannot be brought back: objects of a kind, a whole namespace, the data of a volume (threat F15). */
const NEVER: ReadonlySet<string> = new Set([
  'apiextensions.k8s.io/CustomResourceDefinition',
  '/Namespace',
  '/PersistentVolumeClaim',
  '/PersistentVolume',
]);

export function isNeverRecreated({ ref }: PreparedObject): boolean {
  return NEVER.has(`${ref.group}/${ref.kind}`);
}

/**
 * Whether an object that the API server will not change in place may be deleted and made again: where its manifest or its App asks for it. A
 * binding whose role changes is recreated without being asked in the Argo CD dialect, because Argo CD's `kubectl auth reconcile` does that.
 */
export function mayRecreate(tools: ObjectTools, object: PreparedObject, failure: ApiFailure): boolean {
  if (failure.problem.code !== 'apply.immutable' || isNeverRecreated(object)) return false;
  if (object.policy.recreate) return true;
  const { dialect, sync } = policyOf(tools);
  const { group, kind } = object.ref;
  const isBinding = group === 'rbac.authorization.k8s.io' && kind.endsWith('Binding');
  return isBinding && dialect === 'argo' && sync?.serverSideApply !== true && failure.fields?.join() === 'roleRef';
}

/** The failure with what a person can do about it, in the words of the App's dialect. */
export function withHint(tools: ObjectTools, object: PreparedObject, failure: ApiFailure): ApiFailure {
  if (failure.problem.code !== 'apply.immutable') return failure;
  const { message, where } = failure.problem;
  const annotation =
    policyOf(tools).dialect === 'flux'
      ? 'kustomize.toolkit.fluxcd.io/force: Enabled'
      : 'argocd.argoproj.io/sync-options: Force=true,Replace=true';
  const hint = isNeverRecreated(object)
    ? `a ${object.ref.kind} is never recreated by itself, because that loses what it holds`
    : `the annotation ${annotation} has the object deleted and made again`;
  return {
    ...failure,
    problem: problem('apply.immutable', `${message}; ${hint}`, where === undefined ? {} : { where }),
  };
}
