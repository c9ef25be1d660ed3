import type { Page } from 'playwright-core';
import type { OidcProvider } from '../contract/system/support/oidc-provider.ts';
import type { Window } from './support/open-browser.ts';

/** The window of somebody who has come in by now. */
export function pageOf(person: Window | undefined): Page {
  if (person === undefined) throw new Error('the test before has not got so far');
  return person.page;
}

export const dialog = (page: Page) => page.getByRole('dialog');
export const inDialog = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true });
export const reasonField = (page: Page) => dialog(page).getByLabel(/^Reason/);
export const decisions = (page: Page) => page.getByRole('region', { name: 'Decisions in force' });
/** The line of an App in the list of all. */
export const row = (page: Page, app: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('link', { name: app, exact: true }) });
/** The head of an App's own page. */
export const summary = (page: Page) => page.getByRole('region', { name: 'Summary' });
export const focused = (page: Page) => page.evaluate<string>("document.activeElement?.textContent ?? ''");

export async function fromMenu(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name }).click();
}

/** Paths of the streams of a page that the server ends from now on. */
export function watchEndedStreams(page: Page): string[] {
  const ended: string[] = [];
  page.on('requestfinished', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith('/stream')) ended.push(pathname);
  });
  return ended;
}

/** Asks as the page would: with its cookie, from its origin. */
export function ask(page: Page, path: string, method: 'GET' | 'POST' = 'GET') {
  const body = method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' };
  const asked = `fetch(${JSON.stringify(path)}, ${JSON.stringify({ method, ...body })})`;
  return page.evaluate<{ readonly status: number; readonly text: string }>(
    `${asked}.then(async (answer) => ({ status: answer.status, text: await answer.text() }))`,
  );
}

/** In the settings: the dialog of a new provider, up to its last button. */
export async function fillInProvider(page: Page, { issuer, clientId, clientSecret }: OidcProvider): Promise<void> {
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const fields = { Id: 'corp', Title: 'Corp', Issuer: issuer, 'Client id': clientId, 'Client secret': clientSecret };
  for (const [label, value] of Object.entries(fields)) await dialog(page).getByLabel(label, { exact: true }).fill(value);
}

/** On a cluster's page: whether its journal has an entry; where it has none yet the page is loaded again. */
export async function isInDriftJournal(page: Page, entry: RegExp): Promise<boolean> {
  const journal = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Drift journal' }) });
  await journal.getByRole('listitem').or(journal.getByText('Nobody changed anything')).first().waitFor();
  if ((await journal.getByRole('listitem').filter({ hasText: entry }).count()) > 0) return true;
  await page.reload();
  return false;
}

/** What somebody is told of an App that there is none of for them, by its page and by the API; the name is left out. */
export async function readWhatIsToldOf(page: Page, app: string): Promise<readonly string[]> {
  await page.goto(new URL(`/apps/demo/${app}`, page.url()).href);
  await page.getByRole('heading', { name: 'There is no such App' }).waitFor();
  const [got, posted] = [await ask(page, `/api/apps/demo/${app}`), await ask(page, `/api/apps/demo/${app}/sync`, 'POST')];
  const told = [await page.getByRole('main').innerText(), `${got.status} ${got.text}`, `${posted.status} ${posted.text}`];
  return told.map((text) => text.replaceAll(app, 'APP'));
}
