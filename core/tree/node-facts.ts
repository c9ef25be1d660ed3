import type { TreeNode } from '../api/tree.ts';
import { fieldAt, numberAt, objectsAt, stringAt } from '../health/fields.ts';
import { groupOf, type JsonObject } from '../objects/object.ts';

/** What a node of the tree says of its object besides who it is and how it is. */
export type NodeFacts = Pick<TreeNode, 'version' | 'uid' | 'createdAt' | 'images' | 'restarts' | 'info'>;

const MAX_IMAGES = 10;
const MAX_INFO = 5;
const MAX_TEXT = 200;

/**
 * Takes a live object, or its metadata alone; gives the few facts that people want to see at once. No value of a field besides these leaves the cluster with
 * the tree: of a Secret or a ConfigMap not even the names of its keys.
 */
export function nodeFactsOf(object: JsonObject): NodeFacts {
  const apiVersion = stringAt(object, 'apiVersion');
  const images = imagesOf(object);
  const info = (INFO[`${groupOf(apiVersion)}/${stringAt(object, 'kind')}`]?.(object) ?? []).filter((word) => word !== '');
  const restarts = restartsOf(object);
  return {
    version: cut(apiVersion.slice(apiVersion.indexOf('/') + 1)),
    uid: stringAt(object, 'metadata.uid'),
    createdAt: stringAt(object, 'metadata.creationTimestamp'),
    ...(images.length === 0 ? {} : { images }),
    ...(restarts === 0 ? {} : { restarts }),
    ...(info.length === 0 ? {} : { info: info.slice(0, MAX_INFO).map(cut) }),
  };
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}

/** Images of the containers of a Pod or of a workload's template, init containers last, each once. */
function imagesOf(object: JsonObject): string[] {
  const path = stringAt(object, 'kind') === 'Pod' ? 'spec' : 'spec.template.spec';
  const containers = [...objectsAt(object, `${path}.containers`), ...objectsAt(object, `${path}.initContainers`)];
  const images = containers.map((container) => stringAt(container, 'image')).filter((image) => image !== '');
  return [...new Set(images)].slice(0, MAX_IMAGES).map(cut);
}

function restartsOf(object: JsonObject): number {
  if (stringAt(object, 'kind') !== 'Pod') return 0;
  const statuses = [...objectsAt(object, 'status.containerStatuses'), ...objectsAt(object, 'status.initContainerStatuses')];
  return statuses.reduce((sum, status) => sum + Math.max(0, Math.trunc(numberAt(status, 'restartCount', 0))), 0);
}

type Info = (object: JsonObject) => string[];

/** Words for people, by kind. */
const INFO: { readonly [kind: string]: Info | undefined } = {
  '/Pod': podInfo,
  'apps/Deployment': (object) => [ready(object, 'status.readyReplicas'), fieldAt(object, 'spec.paused') === true ? 'paused' : ''],
  'apps/StatefulSet': (object) => [ready(object, 'status.readyReplicas')],
  'apps/ReplicaSet': (object) => [ready(object, 'status.readyReplicas'), revision(object)],
  'apps/DaemonSet': (object) => [
    `${numberAt(object, 'status.numberReady', 0)}/${numberAt(object, 'status.desiredNumberScheduled', 0)} ready`,
  ],
  'batch/Job': (object) => [
    `${numberAt(object, 'status.succeeded', 0)}/${numberAt(object, 'spec.completions', 1)} done`,
    numberAt(object, 'status.failed', 0) === 0 ? '' : `${numberAt(object, 'status.failed', 0)} failed`,
    fieldAt(object, 'spec.suspend') === true ? 'suspended' : '',
  ],
  'batch/CronJob': (object) => [stringAt(object, 'spec.schedule'), fieldAt(object, 'spec.suspend') === true ? 'suspended' : ''],
  '/Service': (object) => [stringAt(object, 'spec.type'), ...addresses(object)],
  'networking.k8s.io/Ingress': addresses,
  'discovery.k8s.io/EndpointSlice': endpointInfo,
  '/PersistentVolumeClaim': (object) => [stringAt(object, 'status.phase'), stringAt(object, 'status.capacity.storage')],
};

function ready(object: JsonObject, path: string): string {
  return `${numberAt(object, path, 0)}/${numberAt(object, 'spec.replicas', 1)} ready`;
}

function revision(object: JsonObject): string {
  const annotations = fieldAt(object, 'metadata.annotations');
  // The annotation's name has dots, which a path cannot hold.
  const value = annotations !== undefined ? (annotations as JsonObject)['deployment.kubernetes.io/revision'] : undefined;
  return typeof value === 'string' ? `revision ${value}` : '';
}

function addresses(object: JsonObject): string[] {
  return objectsAt(object, 'status.loadBalancer.ingress').map((at) => stringAt(at, 'hostname') || stringAt(at, 'ip'));
}

function endpointInfo(object: JsonObject): string[] {
  const endpoints = objectsAt(object, 'endpoints');
  const isReady = (endpoint: JsonObject) => fieldAt(endpoint, 'conditions.ready') !== false;
  return [`${endpoints.filter(isReady).length}/${endpoints.length} ready`];
}

/** How many containers are ready, why it does not run, and where it does. */
function podInfo(object: JsonObject): string[] {
  const statuses = objectsAt(object, 'status.containerStatuses');
  const containers = objectsAt(object, 'spec.containers').length;
  const isReady = (status: JsonObject) => fieldAt(status, 'ready') === true;
  return [`${statuses.filter(isReady).length}/${containers} ready`, podReason(object), stringAt(object, 'spec.nodeName')];
}

/** As kubectl's STATUS column: what a container waits for or ended with, else the Pod's own reason or phase; nothing while it simply runs. */
function podReason(object: JsonObject): string {
  const statuses = [...objectsAt(object, 'status.initContainerStatuses'), ...objectsAt(object, 'status.containerStatuses')];
  for (const status of statuses) {
    const waiting = stringAt(status, 'state.waiting.reason');
    if (waiting !== '' && waiting !== 'PodInitializing') return waiting;
    const ended = stringAt(status, 'state.terminated.reason');
    if (ended !== '' && ended !== 'Completed') return ended;
  }
  const reason = stringAt(object, 'status.reason');
  const phase = stringAt(object, 'status.phase');
  return reason !== '' ? reason : phase === 'Running' ? '' : phase;
}
