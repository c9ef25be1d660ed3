/** Every command of docs/migrate-argo-cd.md, in its order, with Argo CD's own manifests: its pods are only pretended, its objects are real. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { goModule } from '../../build/go-module.ts';
import { ARGO_CD } from '../../build/lua-scripts.ts';
import { isWrite, succeeded } from '../journey/support/audit-log.ts';
import { argoApp, configMapYaml, deploymentYaml, yaml } from '../journey/support/definitions.ts';
import { CLUSTER, type Journey, startJourney } from '../journey/support/start-journey.ts';
import { openPage, type Page } from './page-steps.ts';

vi.setConfig({ testTimeout: 300_000 });

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

/** What Argo CD would have applied: client-side, with its tracking annotation. */
function asArgo(app: string, text: string): string {
  const object = JSON.parse(text) as { kind: string; metadata: { name: string } }; // of our own definitions
  const group = object.kind === 'Deployment' ? 'apps' : '';
  const id = `${app}:${group}/${object.kind}:shop/${object.metadata.name}`;
  return yaml({
    ...object,
    metadata: { ...object.metadata, namespace: 'shop', annotations: { 'argocd.argoproj.io/tracking-id': id } },
  });
}

beforeAll(async () => {
  journey = await startJourney();
  const repository = await journey.repository('argo');
  const objects = {
    'apps/web/deployment.yaml': deploymentYaml('web', { replicas: 2 }),
    'apps/web/settings.yaml': configMapYaml('web', '1'),
    'apps/api/settings.yaml': configMapYaml('api', '1'),
  };
  const definitions = {
    'fleet/web.yaml': argoApp(repository.url, { name: 'web', path: 'apps/web', namespace: 'shop' }),
    'fleet/api.yaml': argoApp(repository.url, { name: 'api', path: 'apps/api', namespace: 'shop' }),
  };
  await repository.push({ ...objects, ...definitions }, 'what Argo CD deploys');
  await kubectl(['create', 'namespace', 'argocd']);
  const install = join(await goModule(ARGO_CD), 'manifests', 'install.yaml');
  await kubectl(['apply', '-n', 'argocd', '--server-side', '-f', install]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '-l', 'app.kubernetes.io/part-of=argocd', '--timeout=60s']);
  await kubectl(['create', 'namespace', 'shop']);
  for (const [path, text] of Object.entries(objects))
    await kubectl(
      ['apply', '--field-manager', 'argocd-controller', '-f', '-'],
      asArgo(path.includes('web') ? 'web' : 'api', text),
    );
  for (const text of Object.values(definitions)) await kubectl(['apply', '-f', '-'], text);
  const generator = { generators: [{ list: { elements: [] } }], template: { metadata: { name: 'none' }, spec: NO_SPEC } };
  const set = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'all', namespace: 'argocd', finalizers: [FINALIZER] },
  };
  await kubectl(['create', '-f', '-'], yaml({ ...set, spec: generator }));
  await kubectl(['rollout', 'status', '-n', 'shop', 'deployment/web', '--timeout=120s']);
  await kubectl(['rollout', 'status', '-n', 'argocd', 'statefulset/argocd-application-controller', '--timeout=120s']);
  uids = await uidsOfApps();
  mark = await journey.audit.mark();
  page = await openPage('migrate-argo-cd.md', {
    journey,
    repository,
    settings: { CLUSTER, REPO: repository.url, FLEET_PATH: 'fleet' },
  });
});
afterAll(() => journey?.stop());

const FINALIZER = 'resources-finalizer.argocd.argoproj.io';
const NO_SPEC = {
  project: 'default',
  destination: { namespace: 'shop' },
  source: { repoURL: 'https://git.example.org/x.git', path: '.' },
};

describe('moving from Argo CD as the page says', () => {
  test('is these steps', () => {
    expect(page.headings.map((heading) => heading.slice(0, 2))).toEqual(['Be', '1.', '2.', '3.', '4.', '5.', '6.', '7.']);
  });

  test('1: its controllers are gone', async () => {
    await page.succeeds('1.');
    const names = await kubectl(['get', 'pods', '-n', 'argocd', '-o', 'name']);
    expect(names).toContain('argocd-server');
    expect(names).not.toMatch(/application-controller|applicationset-controller/);
  });

  test('2: no Application has a finalizer, so deleting one deletes nothing else', async () => {
    expect(await page.succeeds('2.')).toContain('application.argoproj.io/web patched');
    const kinds = 'applications.argoproj.io,applicationsets.argoproj.io';
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
    expect(managers).not.toContain('argocd');
    expect(await uidsOfApps()).toBe(uids);
  });

  test('6: the Applications go, and what they had deployed stays', async () => {
    await page.succeeds('6.');
    expect(await kubectl(['get', 'applications.argoproj.io,applicationsets.argoproj.io', '-A', '-o', 'name'])).toBe('');
    expect(await uidsOfApps()).toBe(uids);
  });

  test('7: Argo CD goes without a trace, and nothing of an App was deleted or made anew at any time', async () => {
    await page.succeeds('7.');
    expect(await kubectl(['get', 'crd', '-o', 'name'])).not.toContain('argoproj.io');
    expect((await journey.cluster.kubectl(['get', 'namespace', 'argocd'])).code).not.toBe(0);
    expect(await uidsOfApps()).toBe(uids);
    const touched = (await journey.audit.since(mark)).filter((one) => isWrite(one) && succeeded(one) && one.namespace === 'shop');
    expect(touched.map(({ verb }) => verb).filter((verb) => verb !== 'patch' && verb !== 'update')).toEqual([]);
    expect(await journey.waitForApp('web', { sync: 'Synced', health: 'Healthy' })).toMatchObject({ app: 'web' });
  });
});
