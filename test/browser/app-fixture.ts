import { stringify } from 'yaml';
import { argoApp } from '../journey/support/definitions.ts';
import { type FaultProxy, startFaultProxy } from '../journey/support/fault-proxy.ts';
import type { Repository } from '../journey/support/start-journey.ts';
import { type Dashboard, startDashboard } from './support/start-dashboard.ts';

/** What an attacker would write wherever text is taken: it must stay text (threat S27). */
export const HOSTILE = '<img src=x onerror="window.pwned=1">';

/** ConfigMaps of the App `frugal`, which may lose one at a time without a person. */
export const FRUGAL = ['one', 'two', 'three'];

/** A dashboard before a system with Apps of every kind; the agent reaches its API server through a proxy that can answer for the kubelet. */
export interface AppFixture {
  readonly dashboard: Dashboard;
  readonly repository: Repository;
  readonly proxy: FaultProxy;
  stop(): Promise<void>;
}

export async function startAppFixture(): Promise<AppFixture> {
  const dashboard = await startDashboard();
  const { journey } = dashboard;
  const proxy = await startFaultProxy(journey.cluster);
  const stop = async () => {
    await dashboard.stop();
    await proxy.stop();
  };
  try {
    await journey.system.agent().stop();
    const token = await journey.cluster.serviceAccountToken('plumbline-system', 'plumbline-agent');
    await journey.startAgent('agent', { KUBECONFIG: await proxy.kubeconfig(journey.dir, token) });
    const repository = await journey.repository('shop');
    await repository.push(files(repository.url), 'the shop opens', { author: 'Ana <ana@example.com>' });
    await journey.addFleet(repository);
    for (const app of ['web', 'loose', 'frugal']) await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy' });
    await journey.waitForApp('manual', { sync: 'OutOfSync' });
    return { dashboard, repository, proxy, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function files(url: string): Readonly<Record<string, string>> {
  return {
    'fleet/web.yaml': argoApp(url, { name: 'web', path: 'apps/web' }),
    'fleet/loose.yaml': argoApp(url, { name: 'loose', path: 'apps/loose', automated: { prune: true, selfHeal: false } }),
    'fleet/manual.yaml': argoApp(url, { name: 'manual', path: 'apps/manual', automated: 'manual' }),
    'fleet/gated.yaml': argoApp(url, { name: 'gated', path: 'apps/gated', annotations: { 'plumbline.dev/approvals': '1' } }),
    'fleet/frugal.yaml': argoApp(url, {
      name: 'frugal',
      path: 'apps/frugal',
      annotations: { 'plumbline.dev/deletion-budget': '1' },
    }),
    ...Object.fromEntries(FRUGAL.map((name) => [`apps/frugal/${name}.yaml`, configYaml(name, { value: '1' })])),
    'apps/gated/held.yaml': configYaml('held', { value: '1' }),
    'apps/web/deployment.yaml': deploymentYaml(2),
    'apps/web/service.yaml': stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', annotations: { 'link.argocd.argoproj.io/x': `javascript:alert(1)//${HOSTILE}` } },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    }),
    'apps/web/secret.yaml': stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'web' },
      stringData: { password: 'c4nary-of-a-page' },
    }),
    'apps/loose/settings.yaml': configYaml('settings', { greeting: 'hello', banner: HOSTILE }),
    'apps/manual/first.yaml': configYaml('first', { value: '1' }, '0'),
    'apps/manual/second.yaml': configYaml('second', { value: '1' }, '1'),
  };
}

/** The Deployment of the App `web`. */
export function deploymentYaml(replicas: number): string {
  const labels = { app: 'web' };
  const containers = [
    { name: 'web', image: 'registry.example/shop/web:1.4' },
    { name: 'proxy', image: 'registry.example/shop/proxy:2' },
  ];
  return stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
}

/** A ConfigMap, in a wave where one is given. */
export function configYaml(name: string, data: Readonly<Record<string, string>>, wave?: string): string {
  const annotations = wave === undefined ? {} : { annotations: { 'argocd.argoproj.io/sync-wave': wave } };
  return stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...annotations }, data });
}
