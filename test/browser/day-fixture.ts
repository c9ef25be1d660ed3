import type { Page } from 'playwright-core';
import { type OidcProvider, startOidcProvider } from '../contract/system/support/oidc-provider.ts';
import { argoApp, configMapYaml, deploymentYaml } from '../journey/support/definitions.ts';
import type { Repository } from '../journey/support/start-journey.ts';
import { waitFor } from '../journey/support/wait-for.ts';
import { findAccessibilityProblems } from './support/check-accessibility.ts';
import { type Dashboard, startDashboard } from './support/start-dashboard.ts';

/** Who writes commits and is no user of the dashboard. */
export const DORA = 'Dora <dora@example.net>';
/** She signs in, too: she must not approve what she wrote. */
export const ANA = 'Ana <ana@example.org>';

/** Who may do what: by group alone, nobody is named. */
export const POLICY = `p, role:oncall, applications, *, default/*, allow
p, role:oncall, logs, get, default/*, allow
p, role:oncall, clusters, get, *, allow
p, role:oncall, ledger, get, *, allow
p, role:auditor, applications, get, default/checkout, allow
g, devs, role:oncall
g, audit, role:auditor`;

/** A Deployment whose Pods exit at once, and that gives up soon. */
export const BROKEN = deploymentYaml('web', { replicas: 1 })
  .replace('"spec": {', '"spec": { "progressDeadlineSeconds": 2,')
  .replace('"labels": {', '"annotations": { "devcluster.plumbline.dev/behaviour": "crash-loop" }, "labels": {');

/** Objects in three waves, the second of which takes a while. */
const ORDERS = {
  'apps/orders/first.yaml': inWave(configMapYaml('first', '1'), 0),
  'apps/orders/worker.yaml': inWave(
    deploymentYaml('worker', { replicas: 1 }).replace(
      '"labels": {',
      '"annotations": { "devcluster.plumbline.dev/behaviour": "slow", "devcluster.plumbline.dev/delay": "3s" }, "labels": {',
    ),
    1,
  ),
  'apps/orders/last.yaml': inWave(configMapYaml('last', '1'), 2),
};

function inWave(yaml: string, wave: number): string {
  return yaml.replace('"metadata": {', `"metadata": { "annotations": { "argocd.argoproj.io/sync-wave": "${wave}" },`);
}

/** A dashboard before four Apps that are well, a certified OpenID provider, and nobody who has signed in yet. */
export interface DayFixture {
  readonly dashboard: Dashboard;
  readonly repository: Repository;
  readonly provider: OidcProvider;
  /** What `plumb serve` prints for the first administrator. */
  firstAdminCode(): Promise<string>;
  stop(): Promise<void>;
}

export async function startDayFixture(): Promise<DayFixture> {
  const dashboard = await startDashboard();
  const { journey, url } = dashboard;
  const provider = await startOidcProvider(`${url}/auth/callback`);
  const stop = async () => {
    await provider.stop();
    await dashboard.stop();
  };
  try {
    const repository = await journey.repository('shop');
    const define = (name: string, options: object = {}) => ({
      [`fleet/${name}.yaml`]: argoApp(repository.url, { name, path: `apps/${name}`, ...options }),
    });
    await repository.push(
      {
        ...define('catalog'),
        'apps/catalog/config.yaml': configMapYaml('config', 'one'),
        ...define('checkout'),
        'apps/checkout/web.yaml': deploymentYaml('web', { replicas: 2 }),
        ...define('orders', { automated: { prune: true, selfHeal: false } }),
        ...ORDERS,
        ...define('payments', { annotations: { 'plumbline.dev/approvals': '1' } }),
        'apps/payments/config.yaml': configMapYaml('config', 'one'),
      },
      'the shop opens',
      { author: DORA },
    );
    await journey.addFleet(repository);
    const waiting = await waitFor('the first render to approve', async () => (await journey.app('payments'))?.control?.approval);
    const approved = await journey.system.api.send('POST', '/apps/demo/payments/approve', { bundle: waiting.bundle });
    if (!approved.ok) throw new Error(JSON.stringify(approved.error));
    for (const app of ['catalog', 'checkout', 'orders', 'payments'])
      await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy' });
    return { dashboard, repository, provider, stop, firstAdminCode: () => firstAdminCode(url, journey.system.apiToken) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function firstAdminCode(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/auth/first-admin-code`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { readonly code: string }).code; // as the route says
}

/** Somebody else tries a code; the status of the answer. */
export async function tryFirstAdminCode(url: string, code: string): Promise<number> {
  const headers = { 'content-type': 'application/json', origin: url };
  const body = JSON.stringify({ code, name: 'Mallory' });
  return (await fetch(`${url}/auth/first-admin`, { method: 'POST', headers, body })).status;
}

/** On the sign-in page: by the provider, as a person does it there. */
export async function signInBy(page: Page, account: string): Promise<void> {
  // The provider's own pages want a font of another host.
  await page.route('https://**', (route) => route.abort());
  await page.getByRole('link', { name: 'Continue with Corp' }).click();
  await page.locator('input[name="login"]').fill(account);
  await page.locator('input[name="password"]').fill('any');
  await page.locator('button[type="submit"]').click();
  // What the provider may tell.
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.unrouteAll();
}

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'dark', width: 390 },
] as const;

/** What is wrong for somebody with what a page shows now: what axe finds and what does not fit, in both colours, on a desk and on a phone. */
export async function findProblemsInEveryLook(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { theme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 900 });
    const look = `${new URL(page.url()).pathname}, ${theme}, ${width} wide`;
    found.push(...(await findAccessibilityProblems(page)).map((problem) => `${look}: ${problem}`));
    const excess = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    if (excess > 0) found.push(`${look}: ${excess} pixels wider than the window`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}
