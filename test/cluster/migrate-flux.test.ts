/** Every command of docs/migrate-flux.md, in its order, with Flux' own definitions of its kinds: its pods are only pretended, its objects are real. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type GoModule, goModule } from '../../build/go-module.ts';
import { isWrite, succeeded } from '../journey/support/audit-log.ts';
import { configMapYaml, deploymentYaml, fluxApp, fluxSource, yaml } from '../journey/support/definitions.ts';
import { CLUSTER, type Journey, startJourney } from '../journey/support/start-journey.ts';
import { openPage, type Page } from './page-steps.ts';

vi.setConfig({ testTimeout: 300_000 });

/** Where the definitions of Flux' kinds are. */
const MODULES: readonly GoModule[] = [
  {
    path: 'github.com/fluxcd/kustomize-controller',
    version: 'v1.9.6',
    sum: 'h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=',
  },
  { path: 'github.com/fluxcd/helm-controller', version: 'v1.6.4', sum: 'h1:u/Ew7LehrwDQaE/NqWdaB3XnNDCxRGDcp1FZl7RKj4g=' },
  { path: 'github.com/fluxcd/source-controller', version: 'v1.9.4', sum: 'h1:psO6g4NTAMl3GD9gL8TMF3shM939XhTjFvlQXCK3pZ4=' },
];
const CONTROLLERS = ['kustomize-controller', 'helm-controller', 'source-controller'];
const FINALIZER = 'finalizers.fluxcd.io';
const PART_OF_FLUX = { 'app.kubernetes.io/part-of': 'flux' };

let journey: Journey;
let page: Page;
let uids: string;
let mark: number;

/** kubectl as admin; what it wrote. */
async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const run = await journey.cluster.kubectl(args, input === undefined ? {} : { input });
  if (run.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${run.stderr}`);
  return run.stdout;
}

const uidsOfApps = () =>
  kubectl(['get', 'deployments,replicasets,pods,configmaps', '-n', 'shop', '-o', 'jsonpath={.items[*].metadata.uid}']);

interface Loose {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
/** An object of our own definitions with more metadata. */
function withMetadata(text: string, metadata: object): string {
  const object = JSON.parse(text) as Loose; // of our own definitions
  return yaml({ ...object, metadata: { ...object.metadata, ...metadata } });
}

/** What a release has beside its objects: one hook of each action, told apart by its name. */
const CHART = {
  'charts/cache/Chart.yaml': 'apiVersion: v2\nname: cache\nversion: 1.0.0\n',
  'charts/cache/templates/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cache }\ndata: { value: "1" }\n',
  'charts/cache/templates/hooks.yaml': ['install', 'upgrade']
    .map(
      (action) =>
        `{ apiVersion: v1, kind: ServiceAccount, metadata: { name: on-${action}, annotations: { helm.sh/hook: pre-${action} } } }\n`,
    )
    .join('---\n'),
};
const RELEASE = yaml({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'cache', namespace: 'shop' },
  spec: {
    interval: '10m',
    chart: { spec: { chart: './charts/cache', sourceRef: { kind: 'GitRepository', name: 'journey', namespace: 'flux-system' } } },
  },
});
/** As helm-controller leaves an object of it. */
const RELEASED = yaml({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'cache',
    namespace: 'shop',
    labels: {
      'app.kubernetes.io/managed-by': 'Helm',
      'helm.toolkit.fluxcd.io/name': 'cache',
      'helm.toolkit.fluxcd.io/namespace': 'shop',
    },
    annotations: { 'meta.helm.sh/release-name': 'cache', 'meta.helm.sh/release-namespace': 'shop' },
  },
  data: { value: '1' },
});

/** What `flux install` makes, as far as the page speaks of it. */
async function installFlux(): Promise<void> {
  for (const module of MODULES) {
    const folder = join(await goModule(module), 'config', 'crd', 'bases');
    await kubectl(['apply', '--server-side', '-f', folder]);
    await kubectl(['label', '-f', folder, 'app.kubernetes.io/part-of=flux']);
    await kubectl(['wait', '--for=condition=Established', '-f', folder, '--timeout=60s']);
  }
  for (const name of CONTROLLERS) {
    const deployment = JSON.parse(deploymentYaml(name, { replicas: 1 })) as Loose; // of our own definitions
    await kubectl(
      ['apply', '-f', '-'],
      yaml({ ...deployment, metadata: { name, namespace: 'flux-system', labels: PART_OF_FLUX } }),
    );
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `crd-${name}`, labels: PART_OF_FLUX },
      rules: [],
    };
    await kubectl(['apply', '-f', '-'], yaml(role));
    await kubectl(['rollout', 'status', '-n', 'flux-system', `deployment/${name}`, '--timeout=120s']);
  }
}

beforeAll(async () => {
  journey = await startJourney();
  const repository = await journey.repository('flux');
  const objects = {
    'apps/web/deployment.yaml': withMetadata(deploymentYaml('web', { replicas: 2 }), { namespace: 'shop' }),
    'apps/web/settings.yaml': configMapYaml('web', '1', 'shop'),
  };
  const definitions = {
    'clusters/eu-1/source.yaml': fluxSource(repository.url),
    'clusters/eu-1/web.yaml': fluxApp({ name: 'web', path: './apps/web' }),
    // As `flux bootstrap` has it: deploys the folder that it stands in.
    'clusters/eu-1/flux-system/gotk-sync.yaml': fluxApp({ name: 'flux-system', path: './clusters/eu-1' }),
  };
  await repository.push({ ...objects, ...definitions, ...CHART, 'clusters/eu-1/cache.yaml': RELEASE }, 'what Flux deploys');
  await kubectl(['create', 'namespace', 'flux-system']);
  await installFlux();
  await kubectl(['create', 'namespace', 'shop']);
  const labels = { 'kustomize.toolkit.fluxcd.io/name': 'web', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
  for (const text of Object.values(objects))
    await kubectl(
      ['apply', '--server-side', '--field-manager', 'kustomize-controller', '-f', '-'],
      withMetadata(text, { namespace: 'shop', labels }),
    );
  for (const text of Object.values(definitions))
    await kubectl(['apply', '-f', '-'], withMetadata(text, { namespace: 'flux-system', finalizers: [FINALIZER] }));
  await kubectl(['apply', '-f', '-'], withMetadata(RELEASE, { finalizers: [FINALIZER] }));
  await kubectl(['create', '--field-manager', 'helm-controller', '-f', '-'], RELEASED);
  // What Helm remembers of a release that Flux installed.
  await kubectl(['create', 'secret', 'generic', 'sh.helm.release.v1.cache.v1', '-n', 'shop', '--type', 'helm.sh/release.v1']);
  await kubectl(['label', 'secret', 'sh.helm.release.v1.cache.v1', '-n', 'shop', 'owner=helm', 'name=cache']);
  await kubectl(['rollout', 'status', '-n', 'shop', 'deployment/web', '--timeout=120s']);
  uids = await uidsOfApps();
  mark = await journey.audit.mark();
  page = await openPage('migrate-flux.md', {
    journey,
    repository,
    settings: { CLUSTER, REPO: repository.url, FLEET_PATH: 'clusters/eu-1' },
  });
});
afterAll(() => journey?.stop());

describe('moving from Flux as the page says', () => {
  test('is these steps', () => {
    expect(page.headings.map((heading) => heading.slice(0, 2))).toEqual(['Be', '1.', '2.', '3.', '4.', '5.', '6.', '7.']);
  });

  test('1: its controllers are gone', async () => {
    await page.succeeds('1.');
    const names = await kubectl(['get', 'pods', '-n', 'flux-system', '-o', 'name']);
    expect(names).toContain('source-controller');
    expect(names).not.toMatch(/kustomize-controller|helm-controller/);
  });

  test('2: nothing of Flux has a finalizer, so deleting it deletes nothing else', async () => {
    expect(await page.succeeds('2.')).toContain('kustomization.kustomize.toolkit.fluxcd.io/web patched');
    const kinds = 'kustomizations.kustomize.toolkit.fluxcd.io,gitrepositories.source.toolkit.fluxcd.io';
    expect(await kubectl(['get', kinds, '-A', '-o', 'jsonpath={.items[*].metadata.finalizers}'])).toBe('');
  });

  test('3: the plan creates and prunes nothing', async () => {
    const { code, out } = await page.run('3.');
    expect([0, 2]).toContain(code);
    expect(out).toMatch(/\b0 to create, \d+ to change, 0 to prune/);
  });

  test('4 and 5: Plumbline has the objects, and they are the same ones', async () => {
    await page.succeeds('4.');
    const managers = (await page.succeeds('5.')).trim().split('\n').at(-1);
    expect(managers?.split(' ')).toContain('plumbline');
    expect(managers).not.toContain('kustomize-controller');
    expect(await uidsOfApps()).toBe(uids);
    expect((await journey.apps()).map(({ app }) => app).sort()).toEqual(['shop_cache', 'web']);
  });

  test('4: a release is upgraded, not installed over what is there', async () => {
    const accounts = await kubectl(['get', 'serviceaccounts', '-n', 'shop', '-o', 'name']);
    expect([accounts.includes('on-install'), accounts.includes('on-upgrade')]).toEqual([false, true]);
    expect(await journey.waitForApp('shop_cache', { sync: 'Synced', health: 'Healthy' })).toMatchObject({ app: 'shop_cache' });
  });

  test('6: what Flux remembers goes, and what it had deployed stays', async () => {
    await page.succeeds('6.');
    expect(await kubectl(['get', 'kustomizations.kustomize.toolkit.fluxcd.io', '-A', '-o', 'name'])).toBe('');
    expect(await uidsOfApps()).toBe(uids);
  });

  test('7: Flux goes without a trace, and nothing of an App was deleted or made anew at any time', async () => {
    await page.succeeds('7.');
    expect(await kubectl(['get', 'crd', '-o', 'name'])).not.toContain('fluxcd.io');
    expect(await kubectl(['get', 'deployments', '-n', 'flux-system', '-o', 'name'])).toBe('');
    expect(await uidsOfApps()).toBe(uids);
    const touched = (await journey.audit.since(mark)).filter(
      (one) => isWrite(one) && succeeded(one) && one.namespace === 'shop' && !['secrets', 'helmreleases'].includes(one.resource),
    );
    expect(touched.map(({ verb }) => verb).filter((verb) => verb !== 'patch' && verb !== 'update')).toEqual([]);
    expect(await journey.waitForApp('web', { sync: 'Synced', health: 'Healthy' })).toMatchObject({ app: 'web' });
  });
});
