import type { Page } from 'playwright-core';
import { type Journey, startJourney } from '../../journey/support/start-journey.ts';
import { type OpenBrowser, openBrowser, type Window, type WindowOptions } from './open-browser.ts';

/** The whole system — a real control plane, Worker, agent and Git — with a real browser before it. */
export interface Dashboard {
  readonly journey: Journey;
  readonly browser: OpenBrowser;
  readonly url: string;
  /** A window at a path of the dashboard, signed in as the operator unless `signedIn` says otherwise. */
  open(path: string, options?: WindowOptions & { readonly signedIn?: boolean }): Promise<Window>;
  stop(): Promise<void>;
}

/** Starts it; `stop` ends all of it. */
export async function startDashboard(): Promise<Dashboard> {
  const browser = await openBrowser();
  const journey = await startJourney().catch(async (error: unknown) => {
    await browser.close();
    throw error;
  });
  const { url } = journey.system.worker();
  return {
    journey,
    browser,
    url,
    async open(path, { signedIn = true, ...options } = {}) {
      const window = await browser.open(options);
      if (signedIn) await signIn(window.page, { url, token: journey.system.apiToken, path });
      else await window.page.goto(`${url}${path}`);
      return window;
    },
    async stop() {
      await browser.close();
      await journey.stop();
    },
  };
}

/** Signs in by a token, as a person does, and waits for the page asked for. */
export async function signIn(
  page: Page,
  { url, token, path = '/' }: { readonly url: string; readonly token: string; readonly path?: string },
): Promise<void> {
  await page.goto(`${url}/sign-in?return=${encodeURIComponent(path)}`);
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in with the token' }).click();
  await page.waitForURL((at) => `${at.pathname}${at.search}` === path);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}
