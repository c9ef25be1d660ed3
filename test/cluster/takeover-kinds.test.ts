import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { appIn, gotten, type ObjectBench, objectBench } from './one-object.ts';

let cluster: SharedCluster;
let bench: ObjectBench;
let ns: string;

beforeAll(async () => {
  cluster = sharedCluster();
  bench = await objectBench();
});
beforeEach(async () => {
  ns = await cluster.namespace('takeover');
});

interface Live {
  readonly metadata: {
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string; readonly subresource?: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

const managers = (object: Live) =>
  (object.metadata.managedFields ?? [])
    .filter((entry) => entry.subresource === undefined)
    .map(({ manager, operation }) => `${manager} ${operation}`);

describe('an object of a kind with fields that cannot be changed', () => {
  const labels = { app: 'x' };
  const pod = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.com/c:1' }] };
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const backend = { service: { name: 'x', port: { number: 80 } } };
  const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' };
  const kinds: readonly (readonly [string, string, string, Record<string, unknown>])[] = [
    ['v1', 'PersistentVolumeClaim', '/api/v1', claim],
    ['v1', 'Service', '/api/v1', { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] }],
    ['v1', 'Pod', '/api/v1', pod],
    ['batch/v1', 'Job', '/apis/batch/v1', { template: { spec: pod } }],
    ['batch/v1', 'CronJob', '/apis/batch/v1', { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: pod } } } }],
    [
      'apps/v1',
      'StatefulSet',
      '/apis/apps/v1',
      {
        serviceName: 'x',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...pod, restartPolicy: 'Always' } },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      },
    ],
    ['networking.k8s.io/v1', 'Ingress', '/apis/networking.k8s.io/v1', { defaultBackend: backend }],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', '/apis/autoscaling/v2', { scaleTargetRef: scaled, maxReplicas: 3 }],
  ];
  for (const [apiVersion, kind, prefix, spec] of kinds)
    for (const how of ['kubectl apply', 'Helm 3'] as const)
      it(`F38: ${kind} from ${how} is taken over with the same content`, async () => {
        const manifest = { apiVersion, kind, metadata: { name: 'x', namespace: ns, labels: { old: 'yes' } }, spec } as Manifest;
        const plural = `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`;
        const collection = `${prefix}/namespaces/${ns}/${plural}`;
        if (how === 'kubectl apply') {
          const run = await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
          expect(run.code).toBe(0);
        } else {
          const made = await cluster.call({ method: 'POST', path: `${collection}?fieldManager=helm`, body: manifest });
          expect(made.status).toBe(201);
        }
        const read = async () => JSON.parse((await cluster.call({ method: 'GET', path: `${collection}/x` })).text) as Live;
        const before = await read();
        const wanted = { ...manifest, metadata: { name: 'x', namespace: ns } };
        gotten((await bench.sync(wanted, appIn(ns))).written);
        const after = await read();
        // The scheduler and the garbage collector work meanwhile, on other fields.
        const { nodeName: _before, ...specBefore } = before.spec;
        const { nodeName: _after, ...specAfter } = after.spec;
        expect(specAfter).toEqual(specBefore);
        expect(after.metadata.uid).toBe(before.metadata.uid);
        expect(after.metadata.labels ?? {}).not.toHaveProperty('old');
        expect(managers(after)).toEqual(expect.arrayContaining(['plumbline Apply']));
        expect(managers(after).filter((entry) => /kubectl|helm/.test(entry))).toEqual([]);
      });
});
