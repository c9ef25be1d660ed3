import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSeed } from '../../cli/demo/seed-files.ts';
import { argoApp, configMapYaml } from '../journey/support/definitions.ts';
import type { Repository } from '../journey/support/start-journey.ts';
import { waitFor } from '../journey/support/wait-for.ts';
import { findAccessibilityProblems } from './support/check-accessibility.ts';
import { type Dashboard, startDashboard } from './support/start-dashboard.ts';

const HEALTHY = ['guestbook', 'shop-dev', 'shop-staging', 'shop-prod', 'store'];
/** Its folder is not there. */
const BROKEN = 'broken';
const SCRIPT = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

let dashboard: Dashboard;
let demo: Repository;

beforeAll(async () => {
  dashboard = await startDashboard();
  const { journey } = dashboard;
  demo = await journey.repository('demo');
  const broken = argoApp(demo.url, { name: BROKEN, path: 'apps/nowhere' });
  await demo.push({ ...(await readSeed(demo.url)), [`fleet/${BROKEN}.yaml`]: broken }, 'seed');
  await journey.addFleet(demo);
  for (const app of HEALTHY) await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy' });
});
afterAll(() => dashboard?.stop());

const row = (page: Page, app: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('link', { name: app, exact: true }) });
const addressOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;
const focused = (page: Page) => page.evaluate<string>("document.activeElement?.textContent ?? ''");
const names = (page: Page) =>
  page
    .getByRole('list', { name: / Apps$/ })
    .getByRole('link')
    .allTextContents();

describe('signing in', () => {
  test('with a wrong token says what to do, with the right one leads to where one wanted to go', async () => {
    const { page, errors } = await dashboard.open('/clusters', { signedIn: false });
    await page.waitForURL('**/sign-in?return=%2Fclusters');
    await page.getByLabel('API token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in with the token' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('API token').fill(dashboard.journey.system.apiToken);
    await page.getByRole('button', { name: 'Sign in with the token' }).click();
    await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
    expect(errors).toEqual([]);
  });

  test.each(['//example.org/', 'https://example.org/', '/\\example.org', 'javascript:alert(1)'])(
    'never leads elsewhere, not by %s (S28)',
    async (target) => {
      const { page } = await dashboard.open(`/sign-in?return=${encodeURIComponent(target)}`, { signedIn: false });
      await page.getByLabel('API token').fill(dashboard.journey.system.apiToken);
      await page.getByRole('button', { name: 'Sign in with the token' }).click();
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      expect(page.url()).toBe(`${dashboard.url}/`);
    },
  );

  test('by a link takes the token out of the address and still asks for a click (S28)', async () => {
    const { page } = await dashboard.open('/sign-in#token=abc', { signedIn: false });
    await page.getByLabel('API token').waitFor();
    await waitFor('the token to leave the address', () => page.url() === `${dashboard.url}/sign-in`);
    expect(await page.getByLabel('API token').inputValue()).toBe('abc');
  });

  test('says nothing of what the address says (S28)', async () => {
    const { page } = await dashboard.open(`/sign-in?problem=${encodeURIComponent(SCRIPT)}`, { signedIn: false });
    await page.getByText('Signing in failed.').waitFor();
    expect(await page.getByText('onerror').count()).toBe(0);
  });
});

describe('the list', () => {
  test('shows every App with its state, and why one is not well', async () => {
    const { page, errors } = await dashboard.open('/');
    for (const app of HEALTHY) {
      await row(page, app).getByText('Healthy').waitFor();
      await row(page, app).getByText('Synced').waitFor();
    }
    await row(page, BROKEN).getByText('apps/nowhere').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(errors).toEqual([]);
  });

  test('is filtered by its address, which a reload keeps', async () => {
    const { page } = await dashboard.open('/');
    await page.getByRole('searchbox', { name: 'Search Apps' }).fill('shop prod');
    await waitFor('one App', async () => (await names(page)).join() === 'shop-prod');
    expect(addressOf(page)).toBe('/?q=shop+prod');
    await page.reload();
    await waitFor('one App', async () => (await names(page)).join() === 'shop-prod');
    await page.goto(`${dashboard.url}/?health=Healthy&group=cluster&sort=worst&sync=nonsense`);
    await page.getByRole('button', { name: 'demo', exact: true }).waitFor();
    expect((await names(page)).toSorted()).toEqual(HEALTHY.toSorted());
    await page.getByRole('button', { name: 'demo', exact: true }).click();
    await waitFor('a folded group', async () => (await names(page)).length === 0);
  });

  test('shows only what somebody should look at', async () => {
    const { page } = await dashboard.open('/');
    await page.getByRole('button', { name: /Problems$/ }).click();
    await waitFor('the broken App alone', async () => (await names(page)).join() === BROKEN);
    expect(addressOf(page)).toBe('/?problems=1');
  });

  test('is used by keyboard: search, next, next problem, sync, open, help', async () => {
    const { page, errors } = await dashboard.open('/');
    await row(page, BROKEN).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('o');
    expect(await page.getByRole('searchbox').inputValue()).toBe('o');
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').fill('');
    await page.getByRole('searchbox').blur();
    await page.keyboard.press('n');
    await waitFor('the problem to be focused', async () => (await focused(page)) === BROKEN);
    await page.keyboard.press('j');
    await waitFor('the next App to be focused', async () => (await focused(page)) === 'guestbook');
    await page.keyboard.press('s');
    const prompt = page.getByRole('dialog', { name: 'Sync guestbook on demo?' });
    await prompt.getByLabel('Reason').fill('by keyboard');
    await prompt.getByRole('button', { name: 'Sync', exact: true }).click();
    await page.getByText('guestbook on demo is asked to sync.').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    await page.keyboard.press('k');
    await waitFor('the App before to be focused', async () => (await focused(page)) === BROKEN);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/apps/demo/${BROKEN}**`);
    expect(errors).toEqual([]);
  });

  test('changes by itself after a push, and what a commit says stays text (S27)', async () => {
    const { page, errors } = await dashboard.open('/');
    await row(page, 'guestbook').getByText('Healthy').waitFor();
    const commit = await demo.push({ 'apps/guestbook/configmap.yaml': configMapYaml('guestbook', 'seen live') }, SCRIPT);
    await row(page, 'guestbook').getByText(commit.slice(0, 7), { exact: true }).waitFor();
    await row(page, 'guestbook').getByText(SCRIPT).waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(errors).toEqual([]);
  });
});

describe('the other pages', () => {
  test('cluster: its agent, its Apps, and a new install command', async () => {
    const { page, errors } = await dashboard.open('/clusters');
    await page.getByRole('link', { name: 'demo' }).click();
    await page.getByText('Connected').waitFor();
    await page.getByRole('heading', { name: `${HEALTHY.length + 1} Apps` }).waitFor();
    await page.goto(`${dashboard.url}/clusters`);
    await page.getByRole('button', { name: 'Add a cluster' }).click();
    await page.getByLabel('Name').fill('eu-9');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('kubectl apply --server-side -f').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'eu-9' }).click();
    await page.getByText('Waits for its agent').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    const confirm = page.getByRole('dialog', { name: 'Remove eu-9?' });
    expect(await confirm.getByRole('button', { name: 'Remove the cluster' }).isDisabled()).toBe(true);
    await confirm.getByLabel('Type eu-9 to confirm').fill('eu-9');
    await confirm.getByRole('button', { name: 'Remove the cluster' }).click();
    await page.waitForURL('**/clusters');
    expect(errors).toEqual([]);
  });

  test('ledger: verified, and an entry with what it changed', async () => {
    const { page, errors } = await dashboard.open('/ledger');
    await page.getByText('Verified', { exact: true }).waitFor();
    await page.getByText(`git clone ${dashboard.url}/ledger/demo.git`).waitFor();
    const deploy = page.getByRole('row').filter({ hasText: 'guestbook: deploy' }).first();
    await deploy.getByRole('link').click();
    await page.getByRole('region', { name: 'commit message' }).waitFor();
    await page
      .getByRole('region', { name: /^Differences of / })
      .first()
      .waitFor();
    expect(errors).toEqual([]);
  });

  test('activity: comes live, and is filtered by its address', async () => {
    const { page, errors } = await dashboard.open('/activity?app=store');
    await page
      .getByRole('link', { name: /^store/ })
      .first()
      .waitFor();
    expect(await page.getByRole('link', { name: /^guestbook/ }).count()).toBe(0);
    await page.goto(`${dashboard.url}/activity`);
    const before = await page.getByRole('listitem').count();
    await demo.push({ 'apps/guestbook/configmap.yaml': configMapYaml('guestbook', 'for the journal') }, 'For the journal');
    await waitFor('events to come', async () => (await page.getByRole('listitem').count()) > before);
    expect(errors).toEqual([]);
  });

  test('a token is shown once, works, and is refused after it was revoked (S13)', async () => {
    const { page, errors } = await dashboard.open('/settings/tokens');
    await page.getByRole('button', { name: 'Create a token' }).click();
    await page.getByLabel('Name').fill('ci');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const token = (await page.getByRole('region', { name: 'token', exact: true }).textContent()) ?? '';
    const ask = () => fetch(`${dashboard.url}/api/apps`, { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await page.getByRole('cell', { name: 'ci', exact: true }).waitFor();
    expect(await page.getByText(token).count()).toBe(0);
    await page.getByRole('button', { name: 'Revoke ci' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('ci is revoked.').waitFor();
    expect((await ask()).status).toBe(401);
    expect(errors).toEqual([]);
  });

  test('a policy says which of its lines grant nothing', async () => {
    const { page, errors } = await dashboard.open('/settings/policy');
    await page.getByLabel('policy.csv').fill('p, role:ops, applications, sync, default/*, allow\np, role:ops, nonsense');
    await page.getByRole('button', { name: 'Put in force' }).click();
    await page.getByText('Line 2').waitFor();
    expect(errors).toEqual([]);
  });

  test('a service is added, and its test says what came of it', async () => {
    const { page, errors } = await dashboard.open('/settings/notifications');
    await page.getByRole('button', { name: 'Add a service' }).click();
    await page.getByLabel('Kind').selectOption('alertmanager');
    await page.getByLabel('Name', { exact: true }).fill('alerts');
    await page.getByLabel('url', { exact: true }).fill('http://127.0.0.1:9/');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Test alerts' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('It was not taken').waitFor();
    expect(errors).toEqual([]);
  });

  test('a source is added and removed', async () => {
    const { page, errors } = await dashboard.open('/settings/sources');
    await page.getByRole('button', { name: 'Add a source' }).click();
    await page.getByLabel('Repository').fill(demo.url);
    await page.getByLabel('Folder').fill('elsewhere');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const line = page.getByRole('row').filter({ hasText: 'elsewhere' });
    await line.getByRole('button', { name: /^Remove/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the source' }).click();
    await line.waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });

  test('signing out ends the session, here and in other windows (S32)', async () => {
    const { page, context } = await dashboard.open('/');
    const other = await context.newPage();
    await other.goto(`${dashboard.url}/activity`);
    await other.getByRole('heading', { name: 'Activity' }).waitFor();
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await other.waitForURL('**/sign-in**');
  });
});

const PAGES = [
  '/',
  '/?group=cluster',
  '/clusters',
  '/clusters/demo',
  '/activity',
  '/ledger',
  '/figures',
  '/settings/sources',
  '/settings/tokens',
  '/settings/people',
  '/settings/policy',
  '/settings/sign-in',
  '/settings/notifications',
  '/settings/webhook',
  '/device',
];

describe.each([
  ['light', 1280],
  ['dark', 360],
] as const)('in the %s theme, %i pixels wide', (theme, width) => {
  test('every page is accessible, fits its window and breaks nothing', async () => {
    const { page, errors } = await dashboard.open('/', { theme, width });
    const found: string[] = [];
    for (const path of PAGES) {
      await page.goto(`${dashboard.url}${path}`);
      await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Loading' }).waitFor();
      await waitFor(`${path} to be loaded`, async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 0);
      found.push(...(await findAccessibilityProblems(page)).map((problem) => `${path}: ${problem}`));
      const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
      if (isTooWide) found.push(`${path}: it is wider than the window`);
    }
    expect(found).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('the sign-in page is accessible', async () => {
    const { page } = await dashboard.open('/sign-in', { theme, width, signedIn: false });
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);
  });
});

test('the theme is switched by hand and kept', async () => {
  const { page } = await dashboard.open('/', { theme: 'light' });
  const background = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();
  await page.getByRole('button', { name: /^Theme: system/ }).click();
  await page.getByRole('button', { name: /^Theme: light/ }).click();
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  expect(await background()).toBe(dark);
});
