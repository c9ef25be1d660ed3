import { describe, expect, it } from 'vitest';
import type { ActionEffect } from '../../../core/action/action-kind.ts';
import { actionNames, type GitSays, listActions, planAction } from '../../../core/action/plan-action.ts';
import { type JsonObject, type Manifest, refOf } from '../../../core/objects/object.ts';

const AT = '2026-11-21T10:00:00Z';
const NOTHING: GitSays = { takesBack: () => false };
const metadata = { name: 'web', namespace: 'shop', uid: 'u-1' };
const object = (apiVersion: string, kind: string, rest: JsonObject = {}): JsonObject => ({ apiVersion, kind, metadata, ...rest });

function plan(live: JsonObject, name: string, parameters: JsonObject = {}, git = NOTHING) {
  return planAction(live, refOf(live as unknown as Manifest), {
    name,
    request: { id: 'abcdef0123456789', at: AT, parameters },
    git,
  });
}
function effectOf(live: JsonObject, name: string, parameters: JsonObject = {}): ActionEffect {
  const planned = plan(live, name, parameters);
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value;
}
const offered = (live: JsonObject) =>
  listActions(live, NOTHING)
    .filter(({ disabled }) => disabled === undefined)
    .map(({ name }) => name);

describe('what is offered, by kind and state', () => {
  const cases: readonly (readonly [name: string, live: JsonObject, actions: readonly string[]])[] = [
    ['a Deployment', object('apps/v1', 'Deployment', { spec: {} }), ['restart', 'pause', 'scale']],
    ['a paused Deployment', object('apps/v1', 'Deployment', { spec: { paused: true } }), ['resume', 'scale']],
    ['a StatefulSet', object('apps/v1', 'StatefulSet'), ['restart', 'scale']],
    ['a DaemonSet', object('apps/v1', 'DaemonSet'), ['restart']],
    ['a CronJob', object('batch/v1', 'CronJob', { spec: {} }), ['create-job', 'suspend']],
    ['a suspended CronJob', object('batch/v1', 'CronJob', { spec: { suspend: true } }), ['create-job', 'resume']],
    ['a Job that runs', object('batch/v1', 'Job', { spec: {}, status: {} }), ['suspend', 'terminate']],
    [
      'a Job that has failed',
      object('batch/v1', 'Job', { status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
      ['retry'],
    ],
    [
      'a Pod of an owner',
      object('v1', 'Pod', { metadata: { ...metadata, ownerReferences: [{ kind: 'X', name: 'x' }] } }),
      ['delete'],
    ],
    ['a Pod of its own', object('v1', 'Pod'), []],
    ['a Rollout that is done', object('argoproj.io/v1alpha1', 'Rollout', { spec: {} }), ['restart']],
    [
      'a Rollout under way',
      object('argoproj.io/v1alpha1', 'Rollout', {
        spec: {},
        status: { currentPodHash: 'b', stableRS: 'a', pauseConditions: [{ reason: 'CanaryPauseStep' }] },
      }),
      ['restart', 'pause', 'resume', 'abort', 'promote-full'],
    ],
    [
      'a Rollout that was aborted',
      object('argoproj.io/v1alpha1', 'Rollout', { spec: {}, status: { currentPodHash: 'b', stableRS: 'a', abort: true } }),
      ['restart', 'retry', 'promote-full'],
    ],
    [
      'a Kustomization of Flux',
      object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', { spec: {} }),
      ['reconcile', 'suspend'],
    ],
    ['a suspended HelmRelease', object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', { spec: { suspend: true } }), ['resume']],
    ['an ExternalSecret', object('external-secrets.io/v1', 'ExternalSecret', { spec: { refreshInterval: '1h' } }), ['refresh']],
    [
      'an ExternalSecret without an interval',
      object('external-secrets.io/v1', 'ExternalSecret', { spec: { refreshInterval: '0' } }),
      [],
    ],
    ['a ScaledObject', object('keda.sh/v1alpha1', 'ScaledObject', { spec: {} }), ['pause']],
    ['a ConfigMap', object('v1', 'ConfigMap'), []],
    ['what is being deleted', object('apps/v1', 'DaemonSet', { metadata: { ...metadata, deletionTimestamp: AT } }), []],
  ];
  for (const [name, live, actions] of cases) it(`${name}`, () => expect(offered(live)).toEqual(actions));

  it('names do not depend on the state', () =>
    expect(actionNames({ group: 'batch', kind: 'CronJob' })).toEqual(['create-job', 'suspend', 'resume']));
  it('scale says how many there are', () =>
    expect(listActions(object('apps/v1', 'StatefulSet', { spec: { replicas: 3 } }), NOTHING)[1]?.parameters).toEqual([
      { name: 'replicas', type: 'integer', default: '3' },
    ]));
  it('what Git sets and self-heal takes back is said, and refused', () => {
    const git = { takesBack: (field: string) => field === '/spec/replicas' };
    const live = object('apps/v1', 'Deployment', { spec: { replicas: 2 } });
    expect(
      listActions(live, git)
        .filter(({ disabled }) => disabled?.includes('self-heal'))
        .map(({ name }) => name),
    ).toEqual(['scale']);
    expect(plan(live, 'scale', { replicas: 5 }, git)).toMatchObject({ error: { code: 'action.disabled' } });
  });
});

describe('what an action comes to', () => {
  it('restart is a patch of the template, the same for the same request', () => {
    const live = object('apps/v1', 'Deployment', { spec: {} });
    expect(effectOf(live, 'restart')).toEqual({
      do: 'patch',
      patch: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': AT } } } } },
    });
    expect(effectOf(live, 'restart')).toEqual(effectOf(live, 'restart'));
  });
  it('scale is a patch of replicas, from a number or a text', () => {
    for (const replicas of [4, '4'])
      expect(effectOf(object('apps/v1', 'StatefulSet'), 'scale', { replicas })).toEqual({
        do: 'patch',
        patch: { spec: { replicas: 4 } },
      });
  });
  it('scale to what is no number of Pods is refused', () => {
    for (const replicas of [undefined, -1, 1.5, 'many', '1e9', 1_000_001, null, {}])
      expect(plan(object('apps/v1', 'StatefulSet'), 'scale', { replicas: replicas as never })).toMatchObject({
        error: { code: 'action.invalid' },
      });
  });
  it('terminate of a Job adds a condition and keeps the others', () => {
    const live = object('batch/v1', 'Job', { status: { conditions: [{ type: 'Suspended', status: 'False' }] } });
    expect(effectOf(live, 'terminate')).toMatchObject({
      do: 'patch',
      subresource: 'status',
      patch: {
        status: { conditions: [{ type: 'Suspended' }, { type: 'FailureTarget', status: 'True', reason: 'ManuallyTerminated' }] },
      },
    });
  });
  it('create-job makes one Job for one request, owned by its CronJob', () => {
    const live = object('batch/v1', 'CronJob', {
      spec: { jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: { spec: { restartPolicy: 'Never' } } } } },
    });
    const made = effectOf(live, 'create-job');
    expect(made).toEqual(effectOf(live, 'create-job'));
    expect(made).toMatchObject({
      do: 'create',
      object: {
        kind: 'Job',
        metadata: {
          name: 'web-abcdef01',
          namespace: 'shop',
          labels: { a: 'b' },
          annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
          ownerReferences: [{ kind: 'CronJob', name: 'web', uid: 'u-1', controller: true }],
        },
        spec: { template: { spec: { restartPolicy: 'Never' } } },
      },
    });
  });
  it('a Job of a CronJob with a long name has a name that fits', () => {
    const live = { ...object('batch/v1', 'CronJob', { spec: {} }), metadata: { ...metadata, name: 'x'.repeat(63) } };
    const made = effectOf(live, 'create-job');
    expect(made.do === 'create' ? made.object.metadata.name.length : 0).toBe(63);
  });
  it('retry of a Job makes it again without what its controller added', () => {
    const given = { 'controller-uid': 'u-1', 'batch.kubernetes.io/job-name': 'web', mine: 'yes' };
    const live = {
      ...object('batch/v1', 'Job', {
        spec: { selector: { matchLabels: given }, template: { metadata: { labels: given }, spec: {} } },
        status: { conditions: [{ type: 'Complete', status: 'True' }] },
      }),
      metadata: { ...metadata, labels: given, resourceVersion: '7' },
    };
    expect(effectOf(live, 'retry')).toEqual({
      do: 'recreate',
      object: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'web', namespace: 'shop', labels: { mine: 'yes' }, annotations: {} },
        spec: { template: { metadata: { labels: { mine: 'yes' } }, spec: {} } },
      },
    });
  });
  it('an action that the kind does not have is unknown', () =>
    expect(plan(object('v1', 'ConfigMap'), 'restart')).toMatchObject({ error: { code: 'action.unknown' } }));
  it('an action that does not fit the state is refused with the reason', () =>
    expect(plan(object('apps/v1', 'Deployment', { spec: {} }), 'resume')).toMatchObject({ error: { code: 'action.disabled' } }));
});
