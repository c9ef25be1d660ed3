/** Argo CD's rules for Pods: gitops-engine/pkg/health/health_pod.go. */
import type { Health } from '../app/status.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject } from '../objects/object.ts';
import { conditionOf, fieldAt, numberAt, objectsAt, stringAt } from './fields.ts';
import { degraded, healthy, progressing, unknown } from './words.ts';

/** On a Pod that never restarts but is meant to run for ever, since an operator replaces it: judge it like one that restarts (Argo CD #15317). */
const IGNORE_RESTART_POLICY = 'argocd.argoproj.io/ignore-restart-policy';

/** Takes a Pod; gives its health by phase, restart policy and the state of its containers. */
export function computePodHealth(pod: JsonObject): Health {
  const annotations = fieldAt(pod, 'metadata.annotations');
  const runsForEver = isJsonObject(annotations) && annotations[IGNORE_RESTART_POLICY] === 'true';
  const restarts = runsForEver || stringAt(pod, 'spec.restartPolicy') === 'Always';
  const containers = objectsAt(pod, 'status.containerStatuses');
  // Only where Pods restart for ever: a hook's Pod that cannot pull its image yet may still run, and must not run after
  // its hook was already given up as failed.
  const stuck = restarts ? containers.filter(isStuck) : [];
  if (stuck.length > 0) return degraded(stuck.map((container) => stringAt(container, 'state.waiting.message')).join(', '));
  const message = stringAt(pod, 'status.message');
  switch (stringAt(pod, 'status.phase')) {
    case 'Pending':
      return progressing(message);
    case 'Succeeded':
      return healthy(message);
    case 'Failed':
      return degraded(message === '' ? failureOf(pod) : message);
    case 'Running':
      // A Pod that ends by itself is a task under way, not a service that is up.
      return restarts ? computeRunningHealth(pod, { containers, message }) : progressing(message);
    default:
      return unknown(message);
  }
}

function computeRunningHealth(
  pod: JsonObject,
  { containers, message }: { readonly containers: readonly JsonObject[]; readonly message: string },
): Health {
  if (conditionOf(pod, 'Ready')?.status === 'True') return healthy(message);
  const crashed = containers.some((container) => isJsonObject(fieldAt(container, 'lastState.terminated')));
  return crashed ? degraded(message) : progressing(message);
}

function isStuck(container: JsonObject): boolean {
  const reason = stringAt(container, 'state.waiting.reason');
  return reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff');
}

/** The first container that says why it ended, init containers first. */
function failureOf(pod: JsonObject): string {
  const containers = [...objectsAt(pod, 'status.initContainerStatuses'), ...objectsAt(pod, 'status.containerStatuses')];
  for (const container of containers) {
    const text = stringAt(container, 'state.terminated.message');
    if (text !== '') return text;
    if (stringAt(container, 'state.terminated.reason') === 'OOMKilled') return 'OOMKilled';
    const code = numberAt(container, 'state.terminated.exitCode', 0);
    if (code !== 0) return `container ${JSON.stringify(stringAt(container, 'name'))} failed with exit code ${code}`;
  }
  return '';
}
