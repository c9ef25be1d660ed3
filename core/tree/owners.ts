import { fieldAt, numberAt, stringAt } from '../health/fields.ts';
import { isJsonObject } from '../objects/json-object.ts';
import { groupOf, type JsonObject, keyOf, type ObjectKey, type ObjectRef } from '../objects/object.ts';

/** Kinds that own what people want to see below them; only while an App has one of these are their children followed. */
export const OWNING_KINDS: ReadonlySet<string> = new Set([
  '/Service',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'argoproj.io/Rollout',
  'batch/CronJob',
  'batch/Job',
]);

/**
 * Kinds that are followed for trees, in the order in which their first lists are read: owners before what they own, so that a Pod is known to be of an App
 * when it is seen. Every kind that some App uses is seen anyway.
 */
export const CHILD_KINDS: readonly (readonly string[])[] = [
  ['apps/ReplicaSet', 'batch/Job'],
  ['/Pod', 'discovery.k8s.io/EndpointSlice', '/PersistentVolumeClaim'],
];

/** Never shown: they say nothing that their owner does not say. */
const HIDDEN: ReadonlySet<string> = new Set([
  'apps/ControllerRevision',
  '/Event',
  'events.k8s.io/Event',
  'coordination.k8s.io/Lease',
]);

/** True for an object that is not worth a place in the tree: hidden kinds, and ReplicaSets of earlier revisions, which run nothing. */
export function isLeftOut(object: JsonObject, ref: ObjectRef): boolean {
  const kind = `${ref.group}/${ref.kind}`;
  if (HIDDEN.has(kind)) return true;
  if (kind !== 'apps/ReplicaSet') return false;
  return numberAt(object, 'spec.replicas', 1) === 0 && numberAt(object, 'status.replicas', 0) === 0;
}

/**
 * The keys of an object's owners, the controller first: an owner is in the object's own namespace or in none. A claim of a StatefulSet carries no owner
 * unless its retention policy says so; its name tells (`<template>-<set>-<ordinal>`), so every set that the name could mean is given.
 */
export function ownerKeysOf(object: JsonObject, ref: ObjectRef): ObjectKey[] {
  const references = fieldAt(object, 'metadata.ownerReferences');
  const owners = Array.isArray(references) ? references.filter(isJsonObject) : [];
  const ordered = [
    ...owners.filter((owner) => owner['controller'] === true),
    ...owners.filter((owner) => owner['controller'] !== true),
  ];
  const keys = ordered.flatMap((owner) => {
    const [kind, name] = [stringAt(owner, 'kind'), stringAt(owner, 'name')];
    if (kind === '' || name === '') return [];
    const group = groupOf(stringAt(owner, 'apiVersion'));
    const within = keyOf({ group, kind, namespace: ref.namespace, name });
    return ref.namespace === '' ? [within] : [within, keyOf({ group, kind, namespace: '', name })];
  });
  return keys.length === 0 && ref.group === '' && ref.kind === 'PersistentVolumeClaim' ? setsOf(ref) : keys;
}

function setsOf({ namespace, name }: ObjectRef): ObjectKey[] {
  const match = /^(.+)-\d+$/.exec(name);
  const parts = match?.[1]?.split('-') ?? [];
  return parts
    .slice(1)
    .map((_, i) => keyOf({ group: 'apps', kind: 'StatefulSet', namespace, name: parts.slice(i + 1).join('-') }));
}
