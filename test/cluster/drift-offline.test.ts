import { beforeAll, expect, it } from 'vitest';
import { compareObject } from '../../agent/apply/object/compare-object.ts';
import { makePlan, type PlanView } from '../../cli/plan/make-plan.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { webApp } from './agent-process.ts';
import { appIn, type ObjectBench, objectBench } from './one-object.ts';

/** `plumb plan` against what the API server says: the approximation finds nothing in what was just applied, and the same fields after an edit. */
let cluster: SharedCluster;
let bench: ObjectBench;

beforeAll(async () => {
  cluster = sharedCluster();
  bench = await objectBench();
});

const MORE: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, stringData: { password: 'x' }, data: { token: 'eA==' } },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: {
          containers: [
            {
              name: 'db',
              image: 'db:1',
              ports: [{ containerPort: 5432 }, { containerPort: 5432, protocol: 'UDP' }],
              resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
              env: [{ name: 'A', value: '1' }, { name: 'B' }],
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      },
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web' },
    spec: {
      rules: [
        {
          host: 'a.example.com',
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
        },
      ],
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 3,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '0.5' } } }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'quota' },
    spec: { hard: { 'requests.memory': '2048Mi', pods: 10 } },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
  },
];

const updates = (view: PlanView) => view.steps.flatMap(({ entries }) => entries).filter(({ action }) => action !== 'unchanged');

it('agrees with the API server about what was applied, and about an edit', async () => {
  const ns = await cluster.namespace('offline');
  const policy = appIn(ns);
  const manifests = [...webApp('web', '1'), ...MORE];
  const liveObjects = async (): Promise<Manifest[]> => {
    const live: Manifest[] = [];
    for (const manifest of manifests) {
      const kind = bench.api.kindOf(manifest.apiVersion, manifest.kind);
      if (kind === undefined) throw new Error(`${manifest.kind} is not served`);
      const got = await bench.api.get({ kind, namespace: ns, name: manifest.metadata.name });
      if (got.ok && got.value !== undefined) live.push(got.value.object as Manifest); // what the API server gives is one
    }
    return live;
  };
  const planned = async () =>
    makePlan({
      manifests,
      live: await liveObjects(),
      policy,
      sandbox: () => ({ jq: () => Promise.reject(new Error('no jq here')) }),
    });

  for (const manifest of manifests) await bench.sync(manifest, policy);
  expect(updates(await planned())).toEqual([]);

  const edits: readonly (readonly [path: string, patch: object])[] = [
    [
      `/apis/apps/v1/namespaces/${ns}/statefulsets/db`,
      { spec: { replicas: 2, template: { spec: { terminationGracePeriodSeconds: 5 } } } },
    ],
    [`/apis/apps/v1/namespaces/${ns}/deployments/web`, { spec: { replicas: 4 } }],
    [`/api/v1/namespaces/${ns}/resourcequotas/quota`, { spec: { hard: { pods: '20' } } }],
    [`/apis/autoscaling/v2/namespaces/${ns}/horizontalpodautoscalers/web`, { spec: { maxReplicas: 9 } }],
  ];
  for (const [path, body] of edits) {
    const contentType = 'application/merge-patch+json';
    const answer = await cluster.call({ method: 'PATCH', path: `${path}?fieldManager=somebody`, body, contentType });
    expect([path, answer.status]).toEqual([path, 200]);
  }
  const view = updates(await planned());
  expect(view.length).toBeGreaterThanOrEqual(3);
  for (const manifest of manifests) {
    const object = bench.prepare(manifest, policy);
    const compared = await compareObject(bench.tools(policy), object);
    const fields = compared.ok && compared.value.state === 'differs' ? compared.value.fields : [];
    const offline = view.find(({ key }) => key === object.key)?.fields ?? [];
    expect([object.key, offline]).toEqual([object.key, fields.filter((field) => field !== '/metadata/managedFields')]);
  }
});
