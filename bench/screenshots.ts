/**
 * Takes the pictures of the dashboard that the documentation shows: `npx node bench/screenshots.ts`. It starts the whole system, plays a day on it,
 * signs somebody in and writes docs/screenshots/*.png, each of at most 200 kB. Names after it take only those.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { WindowOptions } from '../test/browser/support/open-browser.ts';
import { type Dashboard, startDashboard } from '../test/browser/support/start-dashboard.ts';
import { playDay } from './screenshot-fleet.ts';

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const LIMIT_BYTES = 200_000;

interface Picture {
  readonly path: string;
  readonly window?: WindowOptions;
  /** Brings the page to what the picture shows; it is taken when everything that it waits for is there. */
  readonly prepare: (page: Page) => Promise<void>;
}

const PICTURES: { readonly [name: string]: Picture } = {
  fleet: { path: '/', prepare: fleetIsThere },
  'fleet-dark': { path: '/?group=project&sort=worst', window: { theme: 'dark' }, prepare: fleetIsThere },
  phone: { path: '/?sort=worst', window: { width: 390, height: 844, theme: 'dark' }, prepare: fleetIsThere },
  'app-graph': {
    path: '/apps/demo/checkout/resources',
    window: { height: 900 },
    async prepare(page) {
      const graph = page.getByRole('region', { name: 'Graph of objects' });
      await graph.getByTitle('Pod checkout-').first().waitFor();
      await graph.scrollIntoViewIfNeeded();
    },
  },
  diff: {
    path: '/apps/demo/search/diff',
    window: { height: 1150 },
    async prepare(page) {
      await page.getByRole('button', { name: 'Show the diff' }).click();
      await page.getByRole('row', { name: /added: .*replicas: 5/ }).waitFor();
    },
  },
  history: {
    path: '/apps/demo/checkout/history',
    async prepare(page) {
      await page.getByRole('button', { name: 'Roll back to this…' }).first().waitFor();
    },
  },
  rollback: {
    path: '/apps/demo/checkout/history?do=rollback',
    async prepare(page) {
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(/^Reason/).fill('the new payment form crashes');
      await dialog.getByRole('button', { name: 'Roll back', exact: true }).focus();
    },
  },
  notifications: {
    path: '/settings/notifications',
    async prepare(page) {
      await page.getByRole('table', { name: /^Deliveries/ }).waitFor();
    },
  },
};

async function fleetIsThere(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'checkout', exact: true }).waitFor();
}

async function main(names: readonly string[]): Promise<void> {
  const dashboard = await startDashboard();
  const slack = await playDay(dashboard.journey).catch(async (error: unknown) => {
    await dashboard.stop();
    throw error;
  });
  try {
    await mkdir(FOLDER, { recursive: true });
    const cookies = await signInAna(dashboard);
    for (const [name, picture] of Object.entries(PICTURES))
      if (names.length === 0 || names.includes(name)) await take(dashboard, { name, picture, cookies });
  } finally {
    await slack.close();
    await dashboard.stop();
  }
}

type Cookies = Parameters<Awaited<ReturnType<Dashboard['open']>>['context']['addCookies']>[0];

/** Ana becomes the first administrator, so that the pictures show a person, and rolls an App back. Gives her session. */
async function signInAna({ browser, journey, url }: Dashboard): Promise<Cookies> {
  const answer = await fetch(`${url}/auth/first-admin-code`, {
    method: 'POST',
    headers: { authorization: `Bearer ${journey.system.apiToken}` },
  });
  const { code } = (await answer.json()) as { readonly code: string }; // as the route says
  const { page, context } = await browser.open();
  await page.goto(`${url}/sign-in?return=${encodeURIComponent('/apps/demo/accounts?do=rollback')}`);
  await page.getByLabel('Your name').fill('Ana Silva');
  await page.getByLabel('One-time code').fill(code);
  await page.getByRole('button', { name: 'Become administrator' }).click();
  await page.getByLabel('somebody unpins it').check();
  await page.getByLabel(/^Reason/).fill('codes arrive late');
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back', exact: true }).click();
  await page.getByText(/Pinned to/).waitFor();
  await journey.waitForApp('accounts', { sync: 'Synced', health: 'Healthy' });
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

interface Shot {
  readonly name: string;
  readonly picture: Picture;
  readonly cookies: Cookies;
}

async function take({ browser, url }: Dashboard, { name, picture, cookies }: Shot): Promise<void> {
  const { page, context } = await browser.open({ height: 800, ...picture.window });
  await context.addCookies(cookies);
  await page.goto(`${url}${picture.path}`);
  await picture.prepare(page);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = await stat(path);
  process.stderr.write(`docs/screenshots/${name}.png: ${(size / 1_000).toFixed(0)} kB\n`);
  if (size > LIMIT_BYTES) throw new Error(`${name}.png is larger than ${LIMIT_BYTES / 1_000} kB`);
  await context.close();
}

await main(process.argv.slice(2));
