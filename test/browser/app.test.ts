/** The page of one App in a real browser before the real system: reading it, and everything a person does there. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../journey/support/wait-for.ts';
import { type AppFixture, configYaml, deploymentYaml, FRUGAL, HOSTILE, startAppFixture } from './app-fixture.ts';
import { findAccessibilityProblems } from './support/check-accessibility.ts';
import type { Window, WindowOptions } from './support/open-browser.ts';

let fixture: AppFixture;

beforeAll(async () => {
  fixture = await startAppFixture();
});
afterAll(() => fixture?.stop());

const open = (path: string, options?: WindowOptions): Promise<Window> => fixture.dashboard.open(`/apps/demo/${path}`, options);
const app = (name: string) => fixture.dashboard.journey.app(name);
/** What a script that got through would have set. */
const pwned = (page: Page) => page.evaluate<unknown>('window.pwned');
const dialog = (page: Page) => page.getByRole('dialog');
const inDialog = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true });
const part = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of this object' }).getByRole('button', { name });
const fromMenu = async (page: Page, name: string) => {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name }).click();
};

describe('the objects of an App', () => {
  test('are a graph that is walked by arrow keys and opened by Enter', async () => {
    const { page, errors } = await open('web/resources');
    const graph = page.getByRole('region', { name: 'Graph of objects' });
    for (const name of ['Deployment web', 'Service web', 'ReplicaSet web-']) await graph.getByTitle(name).first().waitFor();
    await graph.getByTitle('Pod web-').nth(1).waitFor();
    await graph.locator('button[tabindex="0"]').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await dialog(page)
      .getByRole('heading', { name: /^Pod web\/web-/ })
      .waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('');
    expect(errors).toEqual([]);
  });

  test('are a list that a filter in the address narrows, with everything above what is meant', async () => {
    const { page } = await open('web/list?kind=Pod');
    await page
      .getByRole('button', { name: /Pod web-/ })
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: /^Deployment web/ }).count()).toBe(1);
    expect(await page.getByRole('button', { name: /^Service web/ }).count()).toBe(0);
    await page.getByRole('button', { name: /^OutOfSync/ }).click();
    await page.getByRole('heading', { name: 'Nothing matches the filter' }).waitFor();
    expect(await page.getByRole('region', { name: 'Sync', exact: true }).count()).toBe(0);
    await page.getByRole('searchbox').fill('nothing of that name');
    await page.getByRole('heading', { name: 'Nothing matches the filter' }).waitFor();
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByRole('button', { name: /^Service web/ }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  test('show what lives, what Git wants and what differs, and nothing of a Secret (S10)', async () => {
    const { page } = await open('web/list');
    await page.getByRole('button', { name: /^Deployment web/ }).click();
    await part(page, 'Live').click();
    await page
      .getByRole('region', { name: /live YAML/ })
      .filter({ hasText: 'status:' })
      .waitFor();
    await part(page, 'Desired').click();
    await page
      .getByRole('region', { name: /desired YAML/ })
      .filter({ hasText: 'replicas: 2' })
      .waitFor();
    await part(page, 'Diff').click();
    await page.getByText('Every field that Git sets is as Git says.').waitFor();
    await page.goto(`${fixture.dashboard.url}/apps/demo/web/list?object=%2FSecret%2Fweb%2Fweb&view=live`);
    await page
      .getByRole('region', { name: /live YAML/ })
      .filter({ hasText: 'password' })
      .waitFor();
    expect(await page.content()).not.toContain('c4nary');
    expect(await page.content()).not.toContain(btoa('c4nary-of-a-page').slice(0, 12));
  });

  test('come and go on the page while it is open', async () => {
    const { page } = await open('web/list');
    await page.getByRole('button', { name: /^Deployment web/ }).waitFor();
    await fixture.repository.push({ 'apps/web/more.yaml': configYaml('arrives', { value: '1' }) }, 'one more');
    await page.getByRole('button', { name: /^ConfigMap arrives/ }).waitFor();
    await fixture.repository.push({ 'apps/web/more.yaml': null }, 'one less');
    await page.getByRole('button', { name: /^ConfigMap arrives/ }).waitFor({ state: 'detached' });
  });

  test('are restarted by an action that is recorded with its reason', async () => {
    const { page } = await open('web/list?object=apps/Deployment/web/web&view=actions');
    await page.getByRole('button', { name: 'Restart', exact: true }).click();
    const asked = page.getByRole('dialog', { name: /^Restart/ });
    await asked.getByLabel(/^Reason/).fill('stuck');
    await asked.getByRole('button', { name: 'Restart', exact: true }).click();
    await asked.waitFor({ state: 'detached' });
    await waitFor('the restart', async () => {
      const live = await fixture.dashboard.journey.objects.get('/apis/apps/v1/namespaces/web/deployments/web');
      return JSON.stringify(live?.['spec']).includes('restartedAt');
    });
    await page.goto(`${fixture.dashboard.url}/apps/demo/web/events`);
    await page.getByRole('row').filter({ hasText: 'restart' }).filter({ hasText: 'stuck' }).first().waitFor();
  });
});

describe('the log of a Pod', () => {
  test('is text whatever a container prints, can be searched, and says that it has ended (S27)', async () => {
    const answer = fixture.proxy.inject((seen) =>
      seen.resource === 'pods' && seen.verb === 'get' && seen.query.has('tailLines')
        ? {
            answer: {
              status: 200,
              headers: { 'content-type': 'text/plain' },
              body: `started\n${HOSTILE}\n\u001b[31mred\u001b[0m\n`,
            },
          }
        : undefined,
    );
    const { page, errors } = await open('web/list?kind=Pod');
    await page
      .getByRole('button', { name: /Pod web-/ })
      .first()
      .click();
    await part(page, 'Logs').click();
    const log = page.getByRole('log');
    await log.getByText(HOSTILE).waitFor();
    await page.getByLabel('Find', { exact: true }).fill('START');
    await log.getByText(HOSTILE).waitFor({ state: 'detached' });
    await log.getByText('started').waitFor();
    await page.getByLabel('Container').selectOption('proxy');
    await waitFor('the other container', () => answer.hits.some(({ query }) => query.get('container') === 'proxy'));
    await page.getByText(/ended/).waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);
    expect(await pwned(page)).toBeUndefined();
    expect(errors).toEqual([]);
    answer.lift();
  });

  test('that nobody can give says why', async () => {
    const { page } = await open('web/list?kind=Pod');
    await page
      .getByRole('button', { name: /Pod web-/ })
      .first()
      .click();
    await part(page, 'Logs').click();
    await dialog(page).getByRole('alert').waitFor();
  });
});

describe('drift', () => {
  test('appears by itself with who made it, what differs, and is put right by a sync', async () => {
    const { journey } = fixture.dashboard;
    const { page, errors } = await open('loose/diff');
    await page.getByRole('heading', { name: 'Nothing differs' }).waitFor();
    await journey.objects.patch(
      '/api/v1/namespaces/loose/configmaps/settings',
      { data: { greeting: 'by hand' } },
      'kubectl-edit',
    );
    await page.getByRole('heading', { name: 'ConfigMap loose/settings' }).waitFor();
    await page.getByText('Somebody changed it').waitFor();
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByRole('row', { name: /\/data\/greeting kubectl-edit/ }).waitFor();
    await page.getByRole('row', { name: /added: .*greeting: by hand/ }).waitFor();
    expect(await page.getByText(HOSTILE).first().isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Sync…' }).click();
    await inDialog(page, 'Sync').click();
    await dialog(page).getByRole('region', { name: 'What happened' }).waitFor();
    await inDialog(page, 'Close').last().click();
    await page.getByRole('heading', { name: 'Nothing differs' }).waitFor();
    expect(await pwned(page)).toBeUndefined();
    expect(errors).toEqual([]);
  });
});

describe('a sync', () => {
  test('is rehearsed, begun with a choice of objects, and followed to its receipt', async () => {
    const { page, errors } = await open('manual?do=sync');
    await dialog(page).getByLabel('ConfigMap manual/second').uncheck();
    await inDialog(page, 'Dry run').click();
    const rehearsal = dialog(page).getByRole('region', { name: 'What would happen' });
    await rehearsal.getByText('1 would be created').waitFor();
    expect((await app('manual'))?.status?.sync).toBe('OutOfSync');
    await dialog(page).getByRole('button', { name: 'All' }).click();
    await dialog(page).getByText('You have changed your choices').waitFor();
    await dialog(page)
      .getByLabel(/^Reason/)
      .fill('first time');
    await inDialog(page, 'Sync').click();
    await dialog(page).getByRole('region', { name: 'Progress' }).waitFor();
    await dialog(page).getByRole('region', { name: 'What happened' }).getByText('2 created').waitFor();
    await dialog(page).getByText('2 of 2 objects synced').waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);
    expect((await app('manual'))?.status?.sync).toBe('Synced');
    expect(errors).toEqual([]);
  });
});

describe('the history', () => {
  test('shows hostile commits as text, compares two and rolls back until somebody unpins (S27)', async () => {
    const { journey } = fixture.dashboard;
    const author = "Eve 'onmouseover=window.pwned=1 <eve@example.com>";
    const revision = await fixture.repository.push({ 'apps/web/deployment.yaml': deploymentYaml(3) }, `serve more ${HOSTILE}`, {
      author,
    });
    await journey.waitForApp('web', { revision, sync: 'Synced', health: 'Healthy' });
    const { page, errors } = await open('web/history');
    const entries = page.getByRole('listitem').filter({ has: page.getByRole('checkbox') });
    await entries.first().getByText(`serve more ${HOSTILE}`).waitFor();
    await entries.first().getByRole('button', { name: 'What changed' }).click();
    await page.getByRole('row', { name: /added: .*replicas: 3/ }).waitFor();
    await entries.first().getByRole('button', { name: 'Receipt' }).click();
    await entries
      .first()
      .getByText(/1 changed/)
      .waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);

    await entries.nth(1).getByRole('button', { name: 'Roll back to this…' }).click();
    await dialog(page).getByLabel('somebody unpins it').check();
    await dialog(page)
      .getByLabel(/^Reason/)
      .fill(`checkout fails ${HOSTILE}`);
    expect(await findAccessibilityProblems(page)).toEqual([]);
    await inDialog(page, 'Roll back').click();
    const decisions = page.getByRole('region', { name: 'Decisions in force' });
    await decisions.getByText(/Pinned to/).waitFor();
    await decisions.getByText(/checkout fails/).waitFor();
    await waitFor('two replicas', async () => {
      const live = await journey.objects.get('/apis/apps/v1/namespaces/web/deployments/web');
      return JSON.stringify(live?.['spec']).includes('"replicas":2');
    });
    expect((await app('web'))?.control?.pin).toMatchObject({ actor: 'operator', until: { kind: 'unpin' } });

    await decisions.getByRole('button', { name: 'Unpin…' }).click();
    await inDialog(page, 'Unpin').click();
    await decisions.waitFor({ state: 'detached' });
    await journey.waitForApp('web', { revision, sync: 'Synced', health: 'Healthy' });
    expect(await pwned(page)).toBeUndefined();
    expect(errors).toEqual([]);
  });

  test('pushes a commit that undoes the last change', async () => {
    const { journey } = fixture.dashboard;
    const revision = await fixture.repository.push(
      { 'apps/web/added.yaml': configYaml('added', { value: '1' }) },
      'add what is wrong',
    );
    await journey.waitForApp('web', { revision, sync: 'Synced' });
    const { page } = await open('web?do=rollback');
    await dialog(page)
      .getByLabel(/push a commit that undoes/)
      .check();
    await dialog(page)
      .getByLabel(/^Reason/)
      .fill('it was wrong');
    await inDialog(page, 'Push the revert').click();
    await page.getByRole('dialog', { name: 'Reverted in Git' }).waitFor();
    await waitFor('the revert', async () => (await app('web'))?.subject.startsWith('Revert "add what is wrong"') === true);
  });
});

describe('decisions', () => {
  test('suspend an App, and resume it', async () => {
    const { page } = await open('manual');
    await fromMenu(page, 'Suspend…');
    await dialog(page)
      .getByLabel(/^Reason/)
      .fill('we move house');
    await inDialog(page, 'Suspend').click();
    const decisions = page.getByRole('region', { name: 'Decisions in force' });
    await decisions.getByText(/we move house/).waitFor();
    expect(await page.getByRole('button', { name: 'Sync…' }).isDisabled()).toBe(true);
    await decisions.getByRole('button', { name: 'Resume…' }).click();
    await inDialog(page, 'Resume').click();
    await decisions.waitFor({ state: 'detached' });
  });

  test('break the glass only with a reason and a time', async () => {
    const { page } = await open('web');
    await fromMenu(page, 'Break glass…');
    const act = inDialog(page, 'Break glass');
    expect(await act.isDisabled()).toBe(true);
    await dialog(page).getByLabel('For how long').selectOption('other');
    await dialog(page).getByLabel('Reason').fill('on fire');
    await dialog(page).getByLabel('Time').fill('soon');
    await dialog(page).getByText('Write a time such as').waitFor();
    expect(await act.isDisabled()).toBe(true);
    await dialog(page).getByLabel('Time').fill('30m');
    await act.click();
    await page.getByText('The glass is broken').first().waitFor();
    expect((await app('web'))?.control?.glass).toMatchObject({ actor: 'operator', reason: 'on fire' });
  });

  test('delete an App only when its name was typed, and restore it', async () => {
    const { journey } = fixture.dashboard;
    const { page } = await open('manual');
    await fromMenu(page, 'Delete…');
    const act = inDialog(page, 'Delete');
    await dialog(page).getByLabel('Type manual to confirm').fill('manua');
    expect(await act.isDisabled()).toBe(true);
    await dialog(page).getByLabel('Type manual to confirm').fill('manual');
    expect(await findAccessibilityProblems(page)).toEqual([]);
    await act.click();
    const decisions = page.getByRole('region', { name: 'Decisions in force' });
    await decisions.getByText(/Deleted, though its definition is still in Git/).waitFor();
    await waitFor(
      'its objects to go',
      async () => (await journey.objects.get('/api/v1/namespaces/manual/configmaps/first')) === undefined,
    );
    await decisions.getByRole('button', { name: 'Restore…' }).click();
    await inDialog(page, 'Restore').click();
    await decisions.waitFor({ state: 'detached' });
  });

  test('confirm exactly the deletions that are shown', async () => {
    const { journey } = fixture.dashboard;
    const [one = '', ...others] = FRUGAL;
    await fixture.repository.push(Object.fromEntries(others.map((name) => [`apps/frugal/${name}.yaml`, null])), 'clear out');
    const { page } = await open('frugal');
    const decisions = page.getByRole('region', { name: 'Decisions in force' });
    await decisions.getByText(/2 of 3 objects would be deleted/).waitFor();
    await decisions.getByRole('button', { name: 'Confirm deletions…' }).click();
    for (const name of others) await dialog(page).getByText(`ConfigMap frugal/${name}`).waitFor();
    await inDialog(page, 'Delete 2').click();
    await decisions.waitFor({ state: 'detached' });
    await journey.waitForApp('frugal', { sync: 'Synced', health: 'Healthy', clear: true });
    expect(await journey.objects.get(`/api/v1/namespaces/frugal/configmaps/${one}`)).toBeDefined();
    expect(await journey.objects.get(`/api/v1/namespaces/frugal/configmaps/${others[0]}`)).toBeUndefined();
  });

  test('approve exactly the render that was shown', async () => {
    const { journey } = fixture.dashboard;
    const { page } = await open('gated');
    const card = page.getByRole('region', { name: 'Decisions in force' });
    await card.getByRole('heading', { name: 'Waits for approval' }).waitFor();
    await card.getByRole('button', { name: 'Show changes' }).click();
    await card.getByRole('row', { name: /added: .*name: held/ }).waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);
    await card.getByRole('button', { name: 'Approve…' }).click();
    await inDialog(page, 'Approve').click();
    await journey.waitForApp('gated', { sync: 'Synced', health: 'Healthy' });
    await card.waitFor({ state: 'detached' });
  });

  test('are never made by a link alone', async () => {
    const { page } = await open('web?do=unpin');
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    expect(await dialog(page).count()).toBe(0);
    await page.goto(`${fixture.dashboard.url}/apps/demo/web?do=constructor`);
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    expect(await dialog(page).count()).toBe(0);
  });
});

describe('every part of the page', () => {
  /** Looking at every element of seven pages takes axe its time on a busy machine. */
  const SLOW_MS = 300_000;
  const TABS = ['resources', 'list', 'diff', 'history', 'events', 'manifest'];

  test.each([
    { theme: 'light', width: 1280 },
    { theme: 'dark', width: 1280 },
    { theme: 'light', width: 390 },
  ] as const)(
    'can be used by everybody, $theme and $width wide',
    async (window) => {
      const { page, errors } = await open('web', window);
      for (const tab of TABS) {
        await page.goto(`${fixture.dashboard.url}/apps/demo/web/${tab}`);
        await page.getByRole('navigation', { name: 'Parts of this App' }).waitFor();
        await page
          .getByRole('status', { name: /^Loading/ })
          .first()
          .waitFor({ state: 'detached' });
        expect(await findAccessibilityProblems(page), tab).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), tab).toBe(0);
      }
      await page.goto(`${fixture.dashboard.url}/apps/demo/web/list?object=apps%2FDeployment%2Fweb%2Fweb`);
      await dialog(page).getByRole('heading', { name: 'Deployment web/web' }).waitFor();
      expect(await findAccessibilityProblems(page)).toEqual([]);
      expect(errors).toEqual([]);
    },
    SLOW_MS,
  );

  test('of an App that is not there says so, and leads back', async () => {
    const { page } = await open('nobody');
    await page.getByRole('heading', { name: 'There is no such App' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'All Apps' }).click();
    await page.waitForURL(`${fixture.dashboard.url}/`);
  });
});
