import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { HealthStatus } from '../../../core/app/status.ts';
import { computeHealth } from '../../../core/health/compute-health.ts';
import type { JsonObject } from '../../../core/objects/object.ts';

const TESTDATA = new URL('testdata/', import.meta.url);

/** Every fixture with what it is for an App from Argo CD and for one from Flux. */
const EXPECTED: Readonly<Record<string, readonly [argo: HealthStatus, flux: HealthStatus]>> = {
  'apiservice-available': ['Healthy', 'Healthy'],
  'apiservice-unavailable': ['Progressing', 'Healthy'],
  'configmap-plain': ['Healthy', 'Healthy'],
  'crd-established': ['Healthy', 'Healthy'],
  'crd-installing': ['Progressing', 'Progressing'],
  'crd-names-refused': ['Degraded', 'Degraded'],
  'crd-unobserved': ['Progressing', 'Progressing'],
  'cronjob-failed': ['Degraded', 'Healthy'],
  'cronjob-new': ['Healthy', 'Healthy'],
  'cronjob-running': ['Healthy', 'Healthy'],
  'cronjob-succeeded': ['Healthy', 'Healthy'],
  'cronjob-suspended': ['Healthy', 'Healthy'],
  'cronjob-unobserved': ['Progressing', 'Healthy'],
  'daemonset-healthy': ['Healthy', 'Healthy'],
  'daemonset-ondelete': ['Healthy', 'Progressing'],
  'daemonset-unavailable': ['Progressing', 'Progressing'],
  'daemonset-unobserved': ['Progressing', 'Progressing'],
  'daemonset-updating': ['Progressing', 'Progressing'],
  'deployment-deadline-exceeded': ['Degraded', 'Degraded'],
  'deployment-deleted': ['Progressing', 'Progressing'],
  'deployment-healthy': ['Healthy', 'Healthy'],
  'deployment-paused': ['Suspended', 'Progressing'],
  'deployment-scaled-to-zero': ['Healthy', 'Healthy'],
  'deployment-terminating-old': ['Progressing', 'Progressing'],
  'deployment-unavailable': ['Progressing', 'Progressing'],
  'deployment-unobserved': ['Progressing', 'Progressing'],
  'deployment-updating': ['Progressing', 'Progressing'],
  'hpa-v1-broken-annotation': ['Unknown', 'Healthy'],
  'hpa-v1-healthy': ['Healthy', 'Healthy'],
  'hpa-v2-degraded': ['Degraded', 'Healthy'],
  'hpa-v2-healthy': ['Healthy', 'Healthy'],
  'hpa-v2-waiting': ['Progressing', 'Healthy'],
  'ingress-assigned': ['Healthy', 'Healthy'],
  'ingress-unassigned': ['Progressing', 'Healthy'],
  'job-complete': ['Healthy', 'Healthy'],
  'job-failed': ['Degraded', 'Degraded'],
  'job-resumed': ['Progressing', 'Progressing'],
  'job-running': ['Progressing', 'Progressing'],
  'job-suspended': ['Suspended', 'Progressing'],
  'job-unstarted': ['Progressing', 'Progressing'],
  'namespace-terminating': ['Progressing', 'Progressing'],
  'pdb-insufficient': ['Healthy', 'Healthy'],
  'pdb-sufficient': ['Healthy', 'Healthy'],
  'pdb-sync-failed': ['Degraded', 'Healthy'],
  'pod-crashloop': ['Degraded', 'Degraded'],
  'pod-failed': ['Degraded', 'Healthy'],
  'pod-hook-deleted': ['Healthy', 'Progressing'],
  'pod-hook-image-pull-backoff': ['Progressing', 'Progressing'],
  'pod-image-pull-backoff': ['Degraded', 'Progressing'],
  'pod-not-ready': ['Progressing', 'Progressing'],
  'pod-pending': ['Progressing', 'Progressing'],
  'pod-ready': ['Healthy', 'Healthy'],
  'pod-restarted': ['Degraded', 'Progressing'],
  'pod-succeeded': ['Healthy', 'Healthy'],
  'pod-task-running': ['Progressing', 'Healthy'],
  'pod-unobserved': ['Unknown', 'Progressing'],
  'pod-unschedulable': ['Progressing', 'Progressing'],
  'pvc-bound': ['Healthy', 'Healthy'],
  'pvc-lost': ['Degraded', 'Progressing'],
  'pvc-pending': ['Progressing', 'Progressing'],
  'replicaset-healthy': ['Healthy', 'Healthy'],
  'replicaset-quota-exceeded': ['Degraded', 'Progressing'],
  'replicaset-unavailable': ['Progressing', 'Progressing'],
  'service-clusterip': ['Healthy', 'Healthy'],
  'service-loadbalancer-assigned': ['Healthy', 'Healthy'],
  'service-loadbalancer-unassigned': ['Progressing', 'Healthy'],
  'statefulset-healthy': ['Healthy', 'Healthy'],
  'statefulset-ondelete': ['Healthy', 'Healthy'],
  'statefulset-partition-complete': ['Healthy', 'Healthy'],
  'statefulset-partition-updating': ['Progressing', 'Progressing'],
  'statefulset-revision-mismatch': ['Progressing', 'Progressing'],
  'statefulset-unobserved': ['Progressing', 'Progressing'],
  'statefulset-unready': ['Progressing', 'Progressing'],
  'widget-malformed': ['Healthy', 'Healthy'],
  'widget-ready': ['Healthy', 'Healthy'],
  'widget-reconciling': ['Healthy', 'Progressing'],
  'widget-stalled': ['Healthy', 'Degraded'],
  'widget-unobserved': ['Healthy', 'Progressing'],
  'widget-unready': ['Healthy', 'Progressing'],
  'workflow-failed': ['Degraded', 'Healthy'],
  'workflow-running': ['Progressing', 'Healthy'],
};

function load(name: string): JsonObject {
  // The fixtures are Kubernetes objects, which JSON can hold.
  return parse(readFileSync(new URL(`${name}.yaml`, TESTDATA), 'utf8')) as JsonObject;
}

describe('computeHealth', () => {
  for (const [name, [argo, flux]] of Object.entries(EXPECTED)) {
    it(`${name} is ${argo} for an Argo CD App`, () => expect(computeHealth(load(name), 'argo').status).toBe(argo));
    it(`${name} is ${flux} for a Flux App`, () => expect(computeHealth(load(name), 'flux').status).toBe(flux));
  }

  it('has an expectation for every fixture', () => {
    const files = readdirSync(TESTDATA).map((file) => file.replace(/\.yaml$/, ''));
    expect(files.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });
});

describe('the message', () => {
  const cases: readonly (readonly [name: string, dialect: 'argo' | 'flux', message: string | undefined])[] = [
    ['deployment-healthy', 'argo', undefined],
    ['deployment-updating', 'argo', 'Waiting for rollout to finish: 1 out of 3 new replicas have been updated...'],
    ['deployment-deadline-exceeded', 'argo', 'Deployment "web" exceeded its progress deadline'],
    ['deployment-deleted', 'flux', 'Pending deletion'],
    ['deployment-unavailable', 'flux', 'Available: 2/3'],
    ['deployment-unobserved', 'flux', 'Deployment generation is 5, but latest observed generation is 4'],
    ['job-running', 'flux', 'Job in progress. success:0, active: 1, failed: 0'],
    ['pod-crashloop', 'argo', 'back-off 5m0s restarting failed container'],
    ['pod-failed', 'argo', 'container "migrate" failed with exit code 3'],
    ['replicaset-quota-exceeded', 'argo', 'exceeded quota'],
    ['statefulset-partition-complete', 'argo', 'partitioned roll out complete: 1 new pods have been updated...'],
  ];
  for (const [name, dialect, message] of cases)
    it(`of ${name} (${dialect}) is the one users know`, () => expect(computeHealth(load(name), dialect).message).toBe(message));
});

describe('an object that no API server would send', () => {
  const hostile: readonly JsonObject[] = [
    {},
    { apiVersion: 1, kind: null },
    { apiVersion: 'apps/v1', kind: 'Deployment', status: 'gone', metadata: [], spec: null },
    { apiVersion: 'v1', kind: 'Pod', status: { phase: 'Running', conditions: [null, 'Ready', []], containerStatuses: {} } },
    { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { annotations: 'none' } },
  ];
  for (const object of hostile)
    it(`${JSON.stringify(object)} gets a health all the same`, () => {
      expect(computeHealth(object, 'argo').status).toBeTypeOf('string');
      expect(computeHealth(object, 'flux').status).toBeTypeOf('string');
    });
});
