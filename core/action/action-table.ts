/**
 * What can be done to an object besides syncing it: Argo CD's words and patches (argo-cd/v3 resource_customizations/<group>/<Kind>/actions), as data and
 * without programs. Each kind has its list; an action says what it is called, why it cannot be done just now, and what it comes to: a merge patch, a new
 * object, or a deletion. `at` is when it was asked for, so that the same request done twice is the same patch.
 *
 * `delete` of a Pod and `retry` of a Job are ours: in Argo CD one deletes the object in its dashboard.
 */
import { fieldAt, numberAt, objectsAt, stringAt } from '../health/fields.ts';
import type { JsonObject } from '../objects/object.ts';
import type { ActionEffect, ActionKind } from './action-kind.ts';
import { jobAgain, jobFromCronJob } from './new-job.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const patch = (value: JsonObject): ActionEffect => ({ do: 'patch', patch: value });
const status = (value: JsonObject): ActionEffect => ({ do: 'patch', patch: { status: value }, subresource: 'status' });
const annotate = (name: string, value: string): ActionEffect => patch({ metadata: { annotations: { [name]: value } } });
const isTrue = (object: JsonObject, path: string): boolean => fieldAt(object, path) === true;

const restart: ActionKind = {
  name: 'restart',
  title: 'Restart',
  field: '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
  disabled: (object) => (isTrue(object, 'spec.paused') ? 'it is paused: resume it first' : undefined),
  effect: (_object, { at }) => patch({ spec: { template: { metadata: { annotations: { [RESTARTED_AT]: at } } } } }),
};

const scale: ActionKind = {
  name: 'scale',
  title: 'Scale',
  parameters: [{ name: 'replicas', type: 'integer', required: true }],
  defaults: (object) => ({ replicas: String(numberAt(object, 'spec.replicas', 1)) }),
  field: '/spec/replicas',
  effect: (_object, { parameters }) => patch({ spec: { replicas: Number(parameters['replicas']) } }),
};

/** Sets a field to true, and back. */
function toggle(
  path: 'paused' | 'suspend',
  words: { readonly on: readonly [string, string]; readonly off: readonly [string, string] },
) {
  const isOn = (object: JsonObject) => isTrue(object, `spec.${path}`);
  const on: ActionKind = {
    name: words.on[0],
    title: words.on[1],
    field: `/spec/${path}`,
    disabled: (object) => (isOn(object) ? `it is ${path === 'paused' ? 'paused' : 'suspended'} already` : undefined),
    effect: () => patch({ spec: { [path]: true } }),
  };
  const off: ActionKind = {
    name: words.off[0],
    title: words.off[1],
    field: `/spec/${path}`,
    disabled: (object) => (isOn(object) ? undefined : `it is not ${path === 'paused' ? 'paused' : 'suspended'}`),
    effect: () => patch({ spec: { [path]: false } }),
  };
  return { on, off };
}

const pausing = toggle('paused', { on: ['pause', 'Pause'], off: ['resume', 'Resume'] });
const suspending = toggle('suspend', { on: ['suspend', 'Suspend'], off: ['resume', 'Resume'] });

/** Ended, or about to. */
function isJobOver(object: JsonObject): boolean {
  const over = new Set(['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet']);
  return objectsAt(object, 'status.conditions').some(
    (one) => over.has(stringAt(one, 'type')) && stringAt(one, 'status') === 'True',
  );
}
const unlessOver = (action: ActionKind): ActionKind => ({
  ...action,
  disabled: (object) => (isJobOver(object) ? 'it has ended' : action.disabled?.(object)),
});

const terminate: ActionKind = {
  name: 'terminate',
  title: 'Terminate',
  disabled: (object) => (isJobOver(object) ? 'it has ended' : undefined),
  effect: (object, { at }) =>
    status({
      conditions: [
        // A merge patch replaces lists: what stands there stays.
        ...objectsAt(object, 'status.conditions'),
        {
          type: 'FailureTarget',
          status: 'True',
          reason: 'ManuallyTerminated',
          message: 'terminated by a person through Plumbline',
          lastTransitionTime: at,
          lastProbeTime: at,
        },
      ],
    }),
};

const retryJob: ActionKind = {
  name: 'retry',
  title: 'Run again',
  disabled: (object) => (isJobOver(object) ? undefined : 'it has not ended yet'),
  effect: (object) => ({ do: 'recreate', object: jobAgain(object) }),
};

const createJob: ActionKind = {
  name: 'create-job',
  title: 'Create Job',
  effect: (object, request) => ({ do: 'create', object: jobFromCronJob(object, request) }),
};

const deletePod: ActionKind = {
  name: 'delete',
  title: 'Delete',
  disabled: (object) =>
    objectsAt(object, 'metadata.ownerReferences').length > 0 ? undefined : 'nothing would make it again: it has no owner',
  effect: () => ({ do: 'delete' }),
};

/** Nothing is being rolled out. */
const isPromoted = (object: JsonObject): boolean =>
  fieldAt(object, 'status') === undefined || stringAt(object, 'status.currentPodHash') === stringAt(object, 'status.stableRS');
const NOT_ROLLING = 'no update is in progress';
const isRolloutPaused = (object: JsonObject): boolean =>
  fieldAt(object, 'status.pauseConditions') === undefined
    ? isTrue(object, 'spec.paused')
    : objectsAt(object, 'status.pauseConditions').length > 0 || isTrue(object, 'spec.paused');

const rollout: readonly ActionKind[] = [
  {
    name: 'restart',
    title: 'Restart Pods',
    field: '/spec/restartAt',
    effect: (_object, { at }) => patch({ spec: { restartAt: at } }),
  },
  {
    name: 'pause',
    title: 'Pause',
    field: '/spec/paused',
    disabled: (object) =>
      isPromoted(object)
        ? NOT_ROLLING
        : isTrue(object, 'status.abort')
          ? 'it was aborted'
          : isTrue(object, 'spec.paused')
            ? 'it is paused already'
            : undefined,
    effect: () => patch({ spec: { paused: true } }),
  },
  {
    name: 'resume',
    title: 'Resume',
    disabled: (object) => (isRolloutPaused(object) ? undefined : 'it is not paused'),
    effect: (object) =>
      objectsAt(object, 'status.pauseConditions').length > 0
        ? status({ pauseConditions: null })
        : patch({ spec: { paused: false } }),
  },
  {
    name: 'abort',
    title: 'Abort',
    disabled: (object) =>
      isPromoted(object) ? NOT_ROLLING : isTrue(object, 'status.abort') ? 'it was aborted already' : undefined,
    effect: () => status({ abort: true }),
  },
  {
    name: 'retry',
    title: 'Retry',
    disabled: (object) => (isPromoted(object) ? NOT_ROLLING : isTrue(object, 'status.abort') ? undefined : 'it was not aborted'),
    effect: () => status({ abort: null }),
  },
  {
    name: 'promote-full',
    title: 'Promote fully',
    disabled: (object) => (isPromoted(object) ? NOT_ROLLING : undefined),
    effect: () => status({ promoteFull: true }),
  },
];

const reconcile: ActionKind = {
  name: 'reconcile',
  title: 'Reconcile',
  disabled: (object) => (isTrue(object, 'spec.suspend') ? 'it is suspended: resume it first' : undefined),
  effect: (_object, { at }) => annotate('reconcile.fluxcd.io/requestedAt', at),
};
const flux: readonly ActionKind[] = [reconcile, suspending.on, suspending.off];

const NO_INTERVAL = /^0(?:ns|us|µs|ms|s|m|h)?$/;
const forceSync = (name: string, title: string): ActionKind => ({
  name,
  title,
  disabled: (object) =>
    NO_INTERVAL.test(String(fieldAt(object, 'spec.refreshInterval') ?? '')) &&
    stringAt(object, 'spec.refreshPolicy') !== 'OnChange'
      ? 'its refreshInterval is 0'
      : undefined,
  effect: (_object, { at }) => annotate('force-sync', at),
});

const keda: readonly ActionKind[] = [
  {
    name: 'pause',
    title: 'Pause',
    disabled: (object) => (isKedaPaused(object) ? 'it is paused already' : undefined),
    effect: () => annotate('autoscaling.keda.sh/paused', 'true'),
  },
  {
    name: 'resume',
    title: 'Resume',
    disabled: (object) => (isKedaPaused(object) ? undefined : 'it is not paused'),
    effect: () =>
      patch({ metadata: { annotations: { 'autoscaling.keda.sh/paused': null, 'autoscaling.keda.sh/paused-replicas': null } } }),
  },
];

function isKedaPaused(object: JsonObject): boolean {
  const annotations = fieldAt(object, 'metadata.annotations') as JsonObject | undefined; // a map in every object of an API server
  return (
    annotations?.['autoscaling.keda.sh/paused'] === 'true' || annotations?.['autoscaling.keda.sh/paused-replicas'] !== undefined
  );
}

/** By `group/Kind`. */
export const ACTIONS: ReadonlyMap<string, readonly ActionKind[]> = new Map<string, readonly ActionKind[]>([
  ['apps/Deployment', [restart, pausing.on, pausing.off, scale]],
  ['apps/StatefulSet', [restart, scale]],
  ['apps/DaemonSet', [restart]],
  ['batch/CronJob', [createJob, suspending.on, suspending.off]],
  ['batch/Job', [unlessOver(suspending.on), unlessOver(suspending.off), terminate, retryJob]],
  ['/Pod', [deletePod]],
  ['argoproj.io/Rollout', rollout],
  ['kustomize.toolkit.fluxcd.io/Kustomization', flux],
  ['helm.toolkit.fluxcd.io/HelmRelease', flux],
  ...['GitRepository', 'OCIRepository', 'HelmRepository', 'HelmChart', 'Bucket'].map(
    (kind) => [`source.toolkit.fluxcd.io/${kind}`, flux] as const,
  ),
  ...['ImageRepository', 'ImageUpdateAutomation'].map((kind) => [`image.toolkit.fluxcd.io/${kind}`, flux] as const),
  ['external-secrets.io/ExternalSecret', [forceSync('refresh', 'Refresh')]],
  ['external-secrets.io/PushSecret', [forceSync('push', 'Push')]],
  ['keda.sh/ScaledObject', keda],
  ['keda.sh/ScaledJob', keda],
]);
