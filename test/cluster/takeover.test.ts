import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { releaseObject } from '../../agent/apply/object/release-object.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { eventually } from './live.ts';
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
    readonly generation: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string; readonly subresource?: string }[];
  };
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly image: string;
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
          readonly ports?: readonly { readonly containerPort: number }[];
        }[];
      };
    };
  };
}

const path = (name = 'web') => `/apis/apps/v1/namespaces/${ns}/deployments/${name}`;

async function live(name = 'web'): Promise<Live> {
  const answer = await cluster.call({ method: 'GET', path: path(name) });
  return JSON.parse(answer.text) as Live;
}

/** A Deployment as Git has it; each test changes what it is about. */
function deployment(
  changes: {
    readonly labels?: Record<string, string>;
    readonly env?: Record<string, string>;
    readonly ports?: readonly number[];
    readonly replicas?: number;
    readonly image?: string;
  } = {},
): Manifest {
  const { labels, env = { A: '1' }, ports = [80], replicas, image = 'example.com/web:1' } = changes;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: ns, ...(labels === undefined ? {} : { labels }) },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image,
              env: Object.entries(env).map(([name, value]) => ({ name, value })),
              ports: ports.map((containerPort) => ({ containerPort })),
            },
          ],
        },
      },
    },
  };
}

/** Real kubectl; fails the test when kubectl fails. */
async function kubectl(args: readonly string[], object?: unknown): Promise<void> {
  const run = await cluster.kubectl(args, object === undefined ? {} : { input: JSON.stringify(object) });
  if (run.code !== 0) throw new Error(run.stderr);
}

/** Server-side apply as another tool's field manager. */
async function applyAs(manager: string, object: Manifest, at = path()): Promise<void> {
  const answer = await cluster.call({
    method: 'PATCH',
    path: `${at}?fieldManager=${manager}&force=true`,
    body: object,
    contentType: 'application/apply-patch+yaml',
  });
  if (answer.status >= 300) throw new Error(answer.text);
}

/** POST as another tool's field manager, as Helm 3 installs. */
async function createAs(manager: string, object: Manifest): Promise<void> {
  const answer = await cluster.call({
    method: 'POST',
    path: `/apis/apps/v1/namespaces/${ns}/deployments?fieldManager=${manager}`,
    body: object,
  });
  if (answer.status >= 300) throw new Error(answer.text);
}

async function patchAs(manager: string, patch: unknown, subresource = ''): Promise<void> {
  const answer = await cluster.call({
    method: 'PATCH',
    path: `${path()}${subresource}?fieldManager=${manager}`,
    body: patch,
    contentType: 'application/merge-patch+json',
  });
  if (answer.status >= 300) throw new Error(answer.text);
}

/** Names of the ReplicaSets: another template makes another one. */
async function replicaSets(): Promise<string[]> {
  const answer = await cluster.call({ method: 'GET', path: `/apis/apps/v1/namespaces/${ns}/replicasets` });
  const list = JSON.parse(answer.text) as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
  return list.items.map((item) => item.metadata.name);
}

/** Waits for the ReplicaSets of the Deployment's newest generation. */
async function observed(): Promise<readonly string[]> {
  await eventually('the controller has seen it', async () => {
    const object = (await live()) as Live & { readonly status?: { readonly observedGeneration?: number } };
    return object.status?.observedGeneration === object.metadata.generation;
  });
  return (await replicaSets()).toSorted();
}

/** Without the one that the Deployment's own controller keeps. */
const annotationsOf = ({ metadata }: Live) =>
  Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== 'deployment.kubernetes.io/revision'));
const main = (object: Live) => (object.metadata.managedFields ?? []).filter((entry) => entry.subresource === undefined);
const managers = (object: Live) => main(object).map(({ manager, operation }) => `${manager} ${operation}`);
const envOf = (object: Live) => (object.spec.template.spec.containers[0]?.env ?? []).map(({ name }) => name);
const portsOf = (object: Live) => (object.spec.template.spec.containers[0]?.ports ?? []).map((port) => port.containerPort);

describe('an object that kubectl applied client-side', () => {
  it('F38: becomes ours without a new Pod template when Git says the same', async () => {
    await kubectl(['apply', '-f', '-'], deployment());
    const before = await live();
    const pods = await observed();
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    const after = await live();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec).toEqual(before.spec);
    expect(await observed()).toEqual(pods);
    expect(managers(after)).toEqual(['plumbline Apply']);
    expect(annotationsOf(after)).toEqual({
      'argocd.argoproj.io/tracking-id': `${ns}:apps/Deployment:${ns}/web`,
    });
  });

  it('F38: loses what Git no longer has: labels, list items, ports', async () => {
    await kubectl(
      ['apply', '-f', '-'],
      deployment({ labels: { team: 'a', old: 'yes' }, env: { A: '1', B: '2' }, ports: [80, 81] }),
    );
    const { compared, written } = await bench.sync(deployment({ labels: { team: 'a' } }), appIn(ns));
    gotten(written);
    const after = await live();
    expect(after.metadata.labels).toEqual({ team: 'a' });
    expect(envOf(after)).toEqual(['A']);
    expect(portsOf(after)).toEqual([80]);
    const fields = gotten(compared).state === 'differs' ? (gotten(compared) as { fields: readonly string[] }).fields : [];
    expect(fields).toEqual(
      expect.arrayContaining([
        '/metadata/labels/old',
        '/spec/template/spec/containers/0/env/1',
        '/spec/template/spec/containers/0/ports/1',
      ]),
    );
  });

  it('F38: changes its Pod template once, though fields change and fields go', async () => {
    await kubectl(['apply', '-f', '-'], deployment({ env: { A: '1', B: '2' } }));
    expect(await observed()).toHaveLength(1);
    gotten((await bench.sync(deployment({ image: 'example.com/web:2' }), appIn(ns))).written);
    expect(await observed()).toHaveLength(2);
  });

  it('F38: keeps replicas that an autoscaler set and Git does not', async () => {
    await kubectl(['apply', '-f', '-'], deployment({ replicas: 2 }));
    await patchAs('kube-controller-manager', { spec: { replicas: 5 } }, '/scale');
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    expect((await live()).spec.replicas).toBe(5);
  });

  it('F38: keeps replicas that Git set once and an autoscaler agrees with', async () => {
    await kubectl(['apply', '-f', '-'], deployment({ replicas: 3 }));
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    const after = await live();
    expect(after.spec.replicas).toBe(3);
    expect(JSON.stringify(main(after))).not.toContain('f:replicas');
  });

  it('F38: keeps what people and controllers added by other means', async () => {
    await kubectl(['apply', '-f', '-'], deployment());
    await kubectl(['-n', ns, 'annotate', 'deployment', 'web', 'example.com/note=kept']);
    await patchAs('vpa-updater', { metadata: { labels: { 'example.com/vpa': 'on' } } });
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    const after = await live();
    expect(after.metadata.annotations?.['example.com/note']).toBe('kept');
    expect(after.metadata.labels).toEqual({ 'example.com/vpa': 'on' });
    expect(managers(after)).toEqual(expect.arrayContaining(['kubectl-annotate Update', 'vpa-updater Update', 'plumbline Apply']));
  });

  it('F38: is not restarted because somebody restarted it before', async () => {
    await kubectl(['apply', '-f', '-'], deployment());
    await kubectl(['-n', ns, 'rollout', 'restart', 'deployment/web']);
    const pods = await observed();
    gotten((await bench.sync(deployment(), appIn(ns, { dialect: 'flux' }))).written);
    expect(await observed()).toEqual(pods);
  });

  it('keeps what kubectl owned when the App says ClientSideApplyMigration=false', async () => {
    await kubectl(['apply', '-f', '-'], deployment({ labels: { old: 'yes' } }));
    gotten((await bench.sync(deployment(), appIn(ns, { sync: { migrateClientSideApply: false } }))).written);
    const after = await live();
    expect(after.metadata.labels).toEqual({ old: 'yes' });
    expect(managers(after)).toContain('kubectl-client-side-apply Update');
  });

  it('is taken over from a manager of another name when the App names it', async () => {
    await kubectl(['apply', '--field-manager', 'our-pipeline', '-f', '-'], deployment({ labels: { old: 'yes' } }));
    gotten((await bench.sync(deployment(), appIn(ns, { sync: { migrationManager: 'our-pipeline' } }))).written);
    const after = await live();
    expect(after.metadata.labels).toBeUndefined();
    expect(managers(after)).toEqual(['plumbline Apply']);
  });

  it('F38: costs one request more the first time, and none later', async () => {
    const object = (value: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: ns },
      data: { value },
    });
    await kubectl(['apply', '-f', '-'], object('a'));
    bench.requests();
    await bench.sync(object('a'), appIn(ns));
    expect(bench.requests()).toBe(4); // live, dry-run, takeover, apply
    await bench.sync(object('b'), appIn(ns));
    expect(bench.requests()).toBe(3); // live, dry-run, apply
  });
});

describe('an object that kubectl created or edited', () => {
  it('F38: loses later what Git sets first and then removes', async () => {
    await kubectl(['create', '-f', '-'], deployment({ labels: { team: 'a' }, env: { A: '1', B: '2' } }));
    gotten((await bench.sync(deployment({ labels: { team: 'a' }, env: { A: '1', B: '2' } }), appIn(ns))).written);
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    const after = await live();
    expect(after.metadata.labels).toBeUndefined();
    expect(envOf(after)).toEqual(['A']);
  });

  it('keeps what Git never had under an Argo CD App, and loses it under a Flux one, as upstream does', async () => {
    await kubectl(['create', '-f', '-'], deployment({ labels: { mine: 'yes' } }));
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    expect((await live()).metadata.labels).toEqual({ mine: 'yes' });
    gotten((await bench.sync(deployment(), appIn(ns, { dialect: 'flux' }))).written);
    expect(Object.keys((await live()).metadata.labels ?? {})).toEqual([
      'kustomize.toolkit.fluxcd.io/name',
      'kustomize.toolkit.fluxcd.io/namespace',
    ]);
  });

  it('F38: under a Flux App loses again what somebody applies with kubectl later', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    gotten((await bench.sync(deployment(), policy)).written);
    await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], deployment({ labels: { sneaked: 'in' } }));
    gotten((await bench.sync(deployment(), policy)).written);
    const after = await live();
    expect(after.metadata.labels).not.toHaveProperty('sneaked');
    expect(managers(after)).toEqual(['plumbline Apply']);
  });

  it('of which the API server has forgotten who owns what is ours field by field', async () => {
    await kubectl(['apply', '-f', '-'], deployment({ env: { A: '1', B: '2' } }));
    await patchAs('somebody', { metadata: { managedFields: [{}] } });
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    const after = await live();
    expect(envOf(after)).toEqual(['A']);
    expect(managers(after)).toContain('plumbline Apply');
  });
});

describe('an object of another GitOps tool', () => {
  const tools: readonly (readonly [string, (object: Manifest) => Promise<void>])[] = [
    ['Argo CD, server-side', (object) => applyAs('argocd-controller', object)],
    ['Argo CD, client-side', (object) => kubectl(['apply', '--field-manager', 'argocd-controller', '-f', '-'], object)],
    ['Flux', (object) => applyAs('kustomize-controller', object)],
    ['Helm 3', (object) => createAs('helm', object)],
    ['Helm 4', (object) => applyAs('helm', object)],
    ['a HelmRelease', (object) => createAs('helm-controller', object)],
  ];
  for (const [name, apply] of tools)
    it(`F38: from ${name} becomes ours field by field, with the same Pods`, async () => {
      const theirs = deployment({
        labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'web', old: 'yes' },
      });
      const annotated = {
        ...theirs,
        metadata: {
          ...theirs.metadata,
          annotations: {
            'meta.helm.sh/release-name': 'web',
            'argocd.argoproj.io/tracking-id': 'before:apps/Deployment:x/web',
          },
        },
      };
      await apply(annotated);
      await patchAs('kube-controller-manager', { spec: { replicas: 4 } }, '/scale');
      const before = await live();
      const pods = await observed();
      gotten((await bench.sync(deployment(), appIn(ns))).written);
      const after = await live();
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.spec).toEqual(before.spec);
      expect(await observed()).toEqual(pods);
      expect(after.spec.replicas).toBe(4);
      expect(after.metadata.labels).toBeUndefined();
      expect(annotationsOf(after)).toEqual({
        'argocd.argoproj.io/tracking-id': `${ns}:apps/Deployment:${ns}/web`,
      });
      expect(managers(after)).toEqual(['plumbline Apply']);
      expect(envOf(after)).toEqual(['A']);
    });

  it('F38: that two tools share keeps the list items of the one that stays', async () => {
    await applyAs('kustomize-controller', deployment({ env: { A: '1', B: '2' } }));
    const injected = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: ns },
      spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'INJECTED', value: 'x' }] }] } } },
    };
    await applyAs('injector', injected);
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    const after = await live();
    expect(envOf(after).toSorted()).toEqual(['A', 'INJECTED']);
    expect(managers(after).toSorted()).toEqual(['injector Apply', 'plumbline Apply']);
  });

  it('keeps what others added when Flux is told to Merge', async () => {
    await kubectl(['apply', '-f', '-'], deployment({ labels: { mine: 'yes' } }));
    const merged = deployment();
    const manifest = {
      ...merged,
      metadata: { ...merged.metadata, annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' } },
    };
    gotten((await bench.sync(manifest, appIn(ns, { dialect: 'flux' }))).written);
    expect((await live()).metadata.labels).toHaveProperty('mine');
  });
});

describe('an object that is given back', () => {
  it('F38: keeps every value and no trace of us', async () => {
    await applyAs('kustomize-controller', deployment({ labels: { team: 'a' } }));
    gotten((await bench.sync(deployment({ labels: { team: 'a' } }), appIn(ns))).written);
    const before = await live();
    expect(gotten(await releaseObject(bench.tools(), `apps/Deployment/${ns}/web`, appIn(ns)))).toBe('released');
    const after = await live();
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.labels).toEqual({ team: 'a' });
    expect(JSON.stringify(main(after))).not.toContain('plumbline');
    expect(JSON.stringify(after.metadata.annotations ?? {})).not.toContain('argocd');
  });

  it('of Flux loses the labels of its Kustomization', async () => {
    const policy = appIn(ns, { dialect: 'flux', namespace: 'flux-system' });
    gotten((await bench.sync(deployment(), policy)).written);
    gotten(await releaseObject(bench.tools(), `apps/Deployment/${ns}/web`, policy));
    const after = await live();
    expect(after.metadata.labels).toBeUndefined();
    expect(main(after)).toEqual([]);
  });

  it('is left alone when it is another App’s', async () => {
    gotten((await bench.sync(deployment(), appIn(ns))).written);
    gotten(await releaseObject(bench.tools(), `apps/Deployment/${ns}/web`, { ...appIn(ns), name: 'another' }));
    expect((await live()).metadata.annotations).toHaveProperty('argocd.argoproj.io/tracking-id');
  });

  it('is absent when somebody deleted it', async () =>
    expect(gotten(await releaseObject(bench.tools(), `apps/Deployment/${ns}/web`, appIn(ns)))).toBe('absent'));
});
