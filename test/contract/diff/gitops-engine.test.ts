/**
 * The cases of gitops-engine's pkg/diff/diff_test.go, with our verdict: each live object is loaded into the real API server, with its owners, and
 * the manifest compared and, where it differs, applied: what really changed is the verdict. Argo CD's manager is taken for ours, because that is what it
 * is in Argo CD's world.
 *
 * What does not count: our tracking annotation, and what changes when an object only becomes ours.
 * Each case whose verdict differs has a reason, which docs/compatibility.md repeats.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { createIgnoreRules } from '../../../agent/apply/drift/ignore.ts';
import { basisOf, compareObject } from '../../../agent/apply/object/compare-object.ts';
import { writeObject } from '../../../agent/apply/object/write-object.ts';
import { findDifferences } from '../../../core/diff/changed-fields.ts';
import { compareOffline } from '../../../core/diff/offline-compare.ts';
import { withoutPaths } from '../../../core/diff/pointer.ts';
import { isJsonObject } from '../../../core/objects/json-object.ts';
import type { JsonObject, Manifest } from '../../../core/objects/object.ts';
import { refOf } from '../../../core/objects/object.ts';
import { normalise } from '../../../core/plan/normalise.ts';
import { trackingId } from '../../../core/plan/tracking.ts';
import { appIn, type ObjectBench, objectBench } from '../../cluster/one-object.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../../devcluster/shared.ts';
import { CASES, type Verdict } from './upstream-cases.ts';
import { type Upstream, upstreamDiff } from './upstream-files.ts';

let cluster: SharedCluster;
let bench: ObjectBench;
let upstream: Upstream;

beforeAll(async () => {
  cluster = sharedCluster();
  upstream = await upstreamDiff();
  for (const [group, kind, plural] of [
    ['bitnami.com', 'SealedSecret', 'sealedsecrets'],
    ['foo.io', 'Foo', 'foos'],
  ] as const)
    await define(group, kind, plural);
  bench = await objectBench();
});

async function define(group: string, kind: string, plural: string): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const name = group === 'foo.io' ? 'v1' : 'v1alpha1';
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await cluster.call({
    method: 'POST',
    path,
    body: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: group === 'foo.io' ? 'Cluster' : 'Namespaced',
        names: { kind, plural },
        versions: [{ name, served: true, storage: true, schema }],
      },
    },
  });
  for (let i = 0; i < 100; i++) {
    if ((await cluster.call({ method: 'GET', path: `/apis/${group}/${name}/${plural}` })).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${kind} is not served`);
}

/** What changes when an object only becomes ours, and what a controller of the real control plane writes meanwhile. */
const OWNERSHIP = [
  '/metadata/managedFields',
  '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
  '/metadata/annotations/deployment.kubernetes.io~1revision',
];

/** What this API server serves of it, in a namespace of its own; both sides alike. */
function placed(object: JsonObject, ns: string): Manifest {
  const metadata = object['metadata'] as JsonObject; // an object's
  const isCluster = /ClusterRole|WebhookConfiguration|^Foo$/.test(String(object['kind']));
  const { namespace: _, ...rest } = metadata;
  let result: JsonObject = {
    ...object,
    metadata: { ...rest, name: isCluster ? ns : rest['name'], ...(isCluster ? {} : { namespace: ns }) },
  };
  if (object['apiVersion'] === 'apps/v1beta1') result = { ...result, apiVersion: 'apps/v1' };
  if (object['apiVersion'] === 'admissionregistration.k8s.io/v1beta1') {
    const webhooks = (object['webhooks'] as JsonObject[]).map((hook) => ({
      ...hook,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    }));
    result = { ...result, apiVersion: 'admissionregistration.k8s.io/v1', webhooks };
  }
  return withoutPaths(result, [
    ['spec', 'clusterIP'],
    ['spec', 'clusterIPs'],
    ...[0, 1, 2, 3, 4].map((i) => ['spec', 'ports', i, 'nodePort']),
  ]) as Manifest; // it was one and is one
}

/** Loads a live object with its owners: as kubectl would have made it where it does not say who did. */
async function load(object: JsonObject, ns: string): Promise<void> {
  const { status: _, ...manifest } = placed(object, ns);
  const {
    managedFields,
    resourceVersion: _rv,
    uid: _uid,
    creationTimestamp: _ct,
    generation: _g,
    selfLink: _sl,
    ...kept
  } = manifest.metadata;
  const ref = refOf(manifest);
  const annotations = { ...kept.annotations, 'argocd.argoproj.io/tracking-id': trackingId(ref, ns) };
  const kind = bench.api.kindOf(manifest.apiVersion, manifest.kind);
  if (kind === undefined) throw new Error(`${manifest.kind} is not served`);
  const scope = ref.namespace === '' ? '' : `/namespaces/${ref.namespace}`;
  const base = `${kind.group === '' ? '/api' : `/apis/${kind.group}`}/${kind.version}${scope}/${kind.plural}`;
  const body: JsonObject = { ...manifest, metadata: { ...kept, annotations } };
  const applied = manifest.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
  // kubectl owns what it applied, somebody else the rest: defaults, what controllers set, what was edited.
  if (applied !== undefined) {
    const first = placed(JSON.parse(applied) as JsonObject, ns);
    const made = await cluster.call({ method: 'POST', path: `${base}?fieldManager=kubectl-client-side-apply`, body: first });
    if (made.status !== 201) throw new Error(made.text);
    const { metadata } = JSON.parse(made.text) as Manifest; // an object's
    // Controllers of the real control plane may be faster.
    for (let { resourceVersion } = metadata; ; ) {
      const whole = { ...body, metadata: { ...kept, annotations, resourceVersion } };
      const put = await cluster.call({ method: 'PUT', path: `${base}/${ref.name}?fieldManager=loader`, body: whole });
      if (put.status === 200) break;
      if (put.status !== 409) throw new Error(put.text);
      const now = await cluster.call({ method: 'GET', path: `${base}/${ref.name}` });
      ({ resourceVersion } = (JSON.parse(now.text) as Manifest).metadata); // an object's
    }
  } else {
    const made = await cluster.call({ method: 'POST', path: `${base}?fieldManager=loader`, body });
    if (made.status !== 201) throw new Error(made.text);
  }
  if (!Array.isArray(managedFields)) return;
  const owners = managedFields
    .filter(isJsonObject)
    .map((entry) => (entry['manager'] === 'argocd-controller' ? { ...entry, manager: 'plumbline' } : entry));
  const owned = await cluster.call({
    method: 'PATCH',
    path: `${base}/${ref.name}?fieldManager=test`,
    body: { metadata: { managedFields: owners } },
    contentType: 'application/merge-patch+json',
  });
  if (owned.status !== 200) throw new Error(owned.text);
}

describe('upstream’s cases of comparison, on the real API server', () => {
  it('are all there', () => {
    const tests = [...upstream.test.matchAll(/^func (Test\w+)\(/gm)].map((match) => match[1]);
    for (const { test } of CASES) expect(tests).toContain(test);
    expect(CASES.length).toBeGreaterThanOrEqual(39);
  });

  it.each(CASES.map((entry, i) => [i + 1, entry.test, entry] as const))('%i: %s', async (_i, _name, entry) => {
    const ns = await cluster.namespace('diff');
    const live = entry.live(upstream);
    if (live !== undefined) await load(live, ns);
    const policy = appIn(ns, entry.ignore === undefined ? {} : { ignore: entry.ignore });
    const object = bench.prepare(placed(entry.config(upstream), ns), policy);
    const ignore = createIgnoreRules({ jq: () => Promise.reject(new Error('no jq here')), changed: () => undefined });
    ignore.adopt(ns, [object], policy, undefined);
    const tools = { ...bench.tools(policy), ignore };
    const compared = await compareObject(tools, object);
    let counting: readonly string[] = [];
    let verdict: Verdict = compared.ok ? (compared.value.state === 'absent' ? 'absent' : 'same') : 'refused';
    if (compared.ok && compared.value.state === 'differs') {
      const before = compared.value.live.object;
      const written = await writeObject(tools, object, basisOf(compared.value));
      const after = written.ok ? written.value.live.object : before;
      const { fields, foreign } = findDifferences(before, after);
      counting = [...fields, ...foreign].filter((field) => !OWNERSHIP.includes(field));
      verdict = !written.ok ? 'refused' : counting.length > 0 ? 'modified' : 'same';
    }
    expect([verdict, counting, compared.ok ? '' : compared.error.problem.code]).toEqual([
      entry.ours?.[0] ?? entry.upstream,
      entry.field === undefined ? counting : expect.arrayContaining([entry.field]),
      verdict === 'refused' ? expect.stringMatching(/^apply\./) : '',
    ]);
  });
});

describe('upstream’s answers of a dry-run, with mutating webhooks at work', () => {
  /** Argo CD's manager is ours. */
  const asOurs = (object: JsonObject) =>
    JSON.parse(JSON.stringify(object).replaceAll('"argocd-controller"', '"plumbline"')) as JsonObject;
  const found = (live: string, predicted: string) =>
    findDifferences(asOurs(upstream.file(live)), asOurs(upstream.file(predicted)));

  it('a label that a webhook adds is not ours, and is counted only where asked for', () => {
    const { fields, foreign } = found('ssd-service-live.yaml', 'ssd-service-predicted-live.json');
    expect(fields.length).toBeGreaterThan(0);
    expect(fields).not.toContain('/metadata/labels/event');
    expect(foreign).toContain('/metadata/labels/event');
  });

  it.each([
    ['smd-deploy2-live.yaml', 'smd-deploy2-predicted-live.json', undefined],
    ['ssd-deploy-nested-live.yaml', 'ssd-deploy-nested-predicted-live.json', '/spec/template/spec/containers/0/ports'],
    [
      'ssd-deploy-with-manual-apply-live.yaml',
      'ssd-deploy-with-manual-apply-predicted-live.json',
      '/spec/template/spec/containers/0/ports',
    ],
    ['ssd-svc-label-live.yaml', 'ssd-svc-no-label-predicted-live.json', '/metadata/labels/delete-me'],
    [
      'ssd-deploy-composite-key-live.yaml',
      'ssd-deploy-composite-key-predicted-live.json',
      '/spec/template/spec/containers/0/ports',
    ],
    ['ssd-configmap-live.yaml', 'ssd-configmap-predicted-live.json', '/data/key3'],
  ])('%s is modified', (live, predicted, field) => {
    const { fields } = found(live, predicted);
    expect(fields.length).toBeGreaterThan(0);
    if (field !== undefined) expect(fields).toContain(field);
  });
});

describe('the same cases without a server, as `plumb plan` compares', () => {
  /** Where an approximation says something else, and why. */
  const APPROXIMATE: { readonly [test: string]: string } = {
    TestDiffArrayModification: 'Git does not say how many replicas',
    TestUnsortedEndpoints: 'the API server sorts the subsets of Endpoints',
    TestServerSideDiff: 'upstream’s answer of the dry-run is a fixture',
    TestDiffOptionIgnoreAggregateRoles: 'ignoreAggregatedRoles is always on',
  };

  it.each(CASES.map((entry, i) => [i + 1, entry.test, entry] as const))('%i: %s', (_i, test, entry) => {
    const live = entry.live(upstream);
    if (live === undefined) return;
    const manifest = entry.config(upstream) as Manifest; // an object's
    const fields = compareOffline(normalise(manifest, refOf(manifest)).manifest, live);
    const verdict: Verdict = fields.length > 0 ? 'modified' : 'same';
    const isKnown = Object.hasOwn(APPROXIMATE, test);
    expect([verdict, fields]).toEqual([isKnown ? verdict : entry.upstream, fields]);
  });
});

it('an object that differs only in fields that Git does not mention is Synced, whoever wrote them', async () => {
  const ns = await cluster.namespace('diff');
  const name = uniqueName('free');
  const manifest: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: ns }, data: { ours: 'a' } };
  const policy = appIn(ns);
  await bench.sync(manifest, policy);
  for (const [manager, contentType] of [
    ['somebody', 'application/merge-patch+json'],
    ['applier', 'application/apply-patch+yaml'],
  ] as const) {
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { [manager]: 'yes' } },
      data: { [manager]: 'b' },
    };
    await cluster.call({
      method: 'PATCH',
      path: `/api/v1/namespaces/${ns}/configmaps/${name}?fieldManager=${manager}&force=true`,
      body,
      contentType,
    });
    const compared = await compareObject(bench.tools(policy), bench.prepare(manifest, policy));
    expect(compared).toMatchObject({ ok: true, value: { state: 'same' } });
  }
});
