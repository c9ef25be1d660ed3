import type { IgnoreRule } from '../../../core/app/policy.ts';
import type { Json, JsonObject } from '../../../core/objects/object.ts';
import type { Upstream } from './upstream-files.ts';

export type Verdict = 'same' | 'modified' | 'absent' | 'refused';
type Edit = (object: JsonObject) => JsonObject;

export interface Case {
  /** The upstream test. */
  readonly test: string;
  readonly config: (upstream: Upstream) => JsonObject;
  readonly live: (upstream: Upstream) => JsonObject | undefined;
  /** Upstream's verdict. */
  readonly upstream: Verdict;
  /** Ours, where it is another one, and why. */
  readonly ours?: readonly [Verdict, string];
  /** A field that has to be among the changed ones. */
  readonly field?: string;
  readonly ignore?: readonly IgnoreRule[];
}

const file =
  (name: string, edit: Edit = (object) => object) =>
  (upstream: Upstream) =>
    edit(upstream.file(name));
const literal =
  (name: string, edit: Edit = (object) => object) =>
  (upstream: Upstream) =>
    edit(upstream.literal(name));
const pair = (name: string, extension = 'json') => ({
  config: file(`${name}-config.${extension}`),
  live: file(`${name}-live.${extension}`),
});

/** The Deployment that the Go tests make by themselves. */
function demo(
  changes: { readonly replicas?: number; readonly annotations?: JsonObject; readonly history?: Json } = {},
): JsonObject {
  const { replicas, annotations, history } = changes;
  const labels = { app: 'demo' };
  const container = { name: 'demo', image: 'gcr.io/kuar-demo/kuard-amd64:1', ports: [{ containerPort: 80 }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'demo', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      ...(history === undefined ? {} : { revisionHistoryLimit: history }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
const lastApplied = (object: JsonObject) => ({ 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object) });

const CANNED =
  'the answer of the dry-run is a fixture there, with changes of a webhook; the real API server has nothing to change';

/** Every comparison that upstream's tests make, but those of Go types alone. */
export const CASES: readonly Case[] = [
  { test: 'TestDiff', config: () => demo(), live: () => demo(), upstream: 'same' },
  {
    test: 'TestDiff_KnownTypeInvalidValue',
    config: () => demo({ history: 'badValue' }),
    live: () => demo({ history: 3 }),
    upstream: 'modified',
    ours: ['refused', 'the API server says that the value is not valid, before anything is compared'],
  },
  {
    test: 'TestDiffWithNils',
    config: () => demo(),
    live: () => undefined,
    upstream: 'modified',
    ours: ['absent', 'an object to be created is told apart from one to be changed'],
  },
  {
    test: 'TestDiffArrayAdditions',
    config: () => demo(),
    live: () => ({ ...demo(), status: { replicas: 1 } }),
    upstream: 'same',
  },
  {
    test: 'TestDiffArrayModification',
    config: () => demo(),
    live: () => demo({ replicas: 10 }),
    upstream: 'modified',
    ours: [
      'same',
      'Git does not say how many replicas; upstream’s test has no last-applied configuration and counts every field',
    ],
  },
  {
    test: 'TestThreeWayDiff',
    config: () => demo({ annotations: { foo: 'bar' } }),
    live: () => demo({ annotations: { foo: 'bar' } }),
    upstream: 'same',
  },
  {
    test: 'TestThreeWayDiff',
    config: () => demo({ annotations: { foo: 'bar' } }),
    live: () => demo({ annotations: { foo: 'bar', ...lastApplied(demo({ annotations: { foo: 'bar' } })) } }),
    upstream: 'same',
  },
  {
    test: 'TestThreeWayDiff',
    config: () => demo(),
    live: () => demo({ annotations: { foo: 'bar', ...lastApplied(demo({ annotations: { foo: 'bar' } })) } }),
    upstream: 'modified',
    field: '/metadata/annotations/foo',
  },
  { test: 'TestThreeWayDiff', config: () => demo(), live: () => demo({ annotations: { foo: 'bar' } }), upstream: 'same' },
  { test: 'TestThreeWayDiffExample1', config: literal('demoConfig'), live: literal('demoLive'), upstream: 'same' },
  { test: 'TestDiffOptionIgnoreAggregateRoles', ...pair('aggr-clusterrole'), upstream: 'same' },
  {
    test: 'TestDiffOptionIgnoreAggregateRoles',
    ...pair('aggr-clusterrole'),
    upstream: 'modified',
    ours: ['same', 'ignoreAggregatedRoles is always on: the rules are written by a controller, and healing them would never end'],
  },
  { test: 'TestThreeWayDiffExample2', ...pair('elasticsearch'), upstream: 'same' },
  { test: 'TestThreeWayDiffExample3', ...pair('deployment'), upstream: 'same' },
  { test: 'TestThreeWayDiffExample4', ...pair('mutatingwebhookconfig'), upstream: 'same' },
  {
    test: 'TestThreeWayDiffExample2WithDifference',
    config: file('elasticsearch-config.json', (object) => {
      const metadata = object['metadata'] as JsonObject; // an object's
      const { release: _, ...labels } = metadata['labels'] as JsonObject; // as above
      return { ...object, metadata: { ...metadata, labels: { ...labels, foo: 'bar', chart: 'elasticsearch-1.7.1' } } };
    }),
    live: file('elasticsearch-live.json'),
    upstream: 'modified',
    field: '/metadata/labels/chart',
  },
  { test: 'TestThreeWayDiffExplicitNamespace', ...pair('spinnaker-sa'), upstream: 'same' },
  {
    test: 'TestDiffResourceWithInvalidField',
    config: () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'invalid-cm' }, invalidKey: 'asdf' }),
    live: () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'invalid-cm' } }),
    upstream: 'modified',
    ours: [
      'same',
      'the field cannot be applied: it is left out with the warning apply.field_unknown instead of being OutOfSync for ever',
    ],
  },
  {
    test: 'TestIgnoreNamespaceForClusterScopedResources',
    config: literal('customObjConfig'),
    live: literal('customObjLive'),
    upstream: 'same',
  },
  { test: 'TestSecretStringData', config: literal('secretConfig'), live: literal('secretLive'), upstream: 'same' },
  {
    test: 'TestInvalidSecretStringData',
    config: literal('secretInvalidConfig'),
    live: () => undefined,
    upstream: 'modified',
    ours: ['refused', 'the API server says that a number is no string, before anything is compared'],
  },
  { test: 'TestNullSecretData', ...pair('wordpress'), upstream: 'same' },
  {
    test: 'TestRedactedSecretData',
    config: file('wordpress-config.json', (object) => ({
      ...object,
      data: { ...(object['data'] as JsonObject), 'wordpress-password': '++++++++' },
    })),
    live: file('wordpress-live.json'),
    upstream: 'modified',
    field: '/data/wordpress-password',
  },
  { test: 'TestNullRoleRule', ...pair('grafana-clusterrole'), upstream: 'same' },
  { test: 'TestNullCreationTimestamp', ...pair('sealedsecret'), upstream: 'same' },
  { test: 'TestUnsortedEndpoints', ...pair('endpoints'), upstream: 'same' },
  {
    test: 'TestStructuredMergeDiff',
    config: file('smd-service-config.yaml'),
    live: file('smd-service-live.yaml'),
    upstream: 'modified',
  },
  {
    test: 'TestStructuredMergeDiff',
    config: file('smd-service-config-2-ports.yaml'),
    live: file('smd-service-live.yaml'),
    upstream: 'modified',
  },
  {
    test: 'TestStructuredMergeDiff',
    config: file('smd-service-config.yaml'),
    live: file('smd-service-live-with-type.yaml'),
    upstream: 'modified',
  },
  {
    test: 'TestStructuredMergeDiff',
    config: file('smd-service-config-ports.yaml'),
    live: file('smd-service-live.yaml'),
    upstream: 'modified',
  },
  {
    test: 'TestStructuredMergeDiff',
    config: file('smd-deploy-config.yaml'),
    live: file('smd-deploy-live.yaml'),
    upstream: 'same',
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-service-config.yaml'),
    live: file('ssd-service-live.yaml'),
    upstream: 'modified',
    ours: ['same', CANNED],
  },
  {
    test: 'TestServerSideDiff',
    config: file('smd-deploy2-config.yaml'),
    live: file('smd-deploy2-live.yaml'),
    upstream: 'modified',
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-deploy-nested-config.yaml'),
    live: file('ssd-deploy-nested-live.yaml'),
    upstream: 'modified',
    field: '/spec/template/spec/containers/0/ports',
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-deploy-with-manual-apply-config.yaml'),
    live: file('ssd-deploy-with-manual-apply-live.yaml'),
    upstream: 'modified',
    field: '/spec/template/spec/containers',
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-svc-no-label-config.yaml'),
    live: file('ssd-svc-label-live.yaml'),
    upstream: 'modified',
    field: '/metadata/labels/delete-me',
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-service-config.yaml'),
    live: file('ssd-service-live.yaml'),
    upstream: 'modified',
    ours: ['same', CANNED],
    ignore: [{ kind: 'Service', pointers: ['/spec/sessionAffinity'] }],
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-deploy-composite-key-config.yaml'),
    live: file('ssd-deploy-composite-key-live.yaml'),
    upstream: 'modified',
    field: '/spec/template/spec/containers/0/ports',
  },
  {
    test: 'TestServerSideDiff',
    config: file('ssd-configmap-config.yaml'),
    live: file('ssd-configmap-live.yaml'),
    upstream: 'modified',
    field: '/data/key3',
  },
];
