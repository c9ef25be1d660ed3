/**
 * A working day of people who share a fleet, in real browsers before the real system, with a real OpenID provider: Ada administers, Ana is on call,
 * Ben is her colleague, Cleo may only look. Each test goes on where the one before ended.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { configMap, deployment } from '../journey/support/cluster-objects.ts';
import { type Controls, controlsOf } from '../journey/support/control.ts';
import { configMapYaml, deploymentYaml } from '../journey/support/definitions.ts';
import type { Journey } from '../journey/support/start-journey.ts';
import { waitFor } from '../journey/support/wait-for.ts';
import {
  ANA,
  BROKEN,
  type DayFixture,
  DORA,
  findProblemsInEveryLook,
  POLICY,
  signInBy,
  startDayFixture,
  tryFirstAdminCode,
} from './day-fixture.ts';
import {
  ask,
  decisions,
  dialog,
  fillInProvider,
  focused,
  fromMenu,
  inDialog,
  isInDriftJournal,
  pageOf,
  readWhatIsToldOf,
  reasonField,
  row,
  summary,
  watchEndedStreams,
} from './day-pages.ts';
import type { Window } from './support/open-browser.ts';

// Looking at every element of a page in three ways takes axe its time on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

let fixture: DayFixture;
let journey: Journey;
let controls: Controls;
let url: string;
let [ada, ana, ben, cleo]: Window[] = [];

beforeAll(async () => {
  fixture = await startDayFixture();
  ({ journey, url } = fixture.dashboard);
  controls = controlsOf(journey);
});
afterAll(() => fixture?.stop());

const window = () => fixture.dashboard.open('/', { signedIn: false });
const pushCheckout = (web: string, subject: string) =>
  fixture.repository.push({ 'apps/checkout/web.yaml': web }, subject, { author: DORA });
/** The page suits everybody, in both colours, on a desk and on a phone. */
const suitsEverybody = async (page: Page) => expect(await findProblemsInEveryLook(page)).toEqual([]);
const replicas = async () => {
  const live = await journey.objects.get(deployment('checkout', 'web'));
  return (live?.['spec'] as { readonly replicas?: number } | undefined)?.replicas; // a Deployment's
};

describe('in the morning', () => {
  test('the first administrator comes in by the code that the server printed, which counts once', async () => {
    ada = await window();
    const { page } = ada;
    await page.waitForURL('**/sign-in**');
    await page.getByRole('heading', { name: 'Become the first administrator' }).waitFor();
    await suitsEverybody(page);
    const code = await fixture.firstAdminCode();
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('One-time code').fill(code);
    await page.getByRole('button', { name: 'Become administrator' }).click();
    await page.getByRole('button', { name: 'Account of Ada' }).waitFor();
    expect(await tryFirstAdminCode(url, code)).toBe(401);
  });

  test('she says where people sign in, and what their groups may do', async () => {
    const page = pageOf(ada);
    await page.goto(`${url}/settings/sign-in`);
    await fillInProvider(page, fixture.provider);
    await suitsEverybody(page);
    await inDialog(page, 'Save').click();
    await page.getByRole('cell', { name: 'Corp', exact: true }).waitFor();
    await page.goto(`${url}/settings/policy`);
    await page.getByLabel('policy.csv').fill(POLICY);
    await page.getByRole('button', { name: 'Put in force' }).click();
    await page.getByText('The policy is in force.').waitFor();
    await suitsEverybody(page);
    // S13: the secret went in and never comes out.
    await page.goto(`${url}/settings/sign-in`);
    await page.getByRole('cell', { name: 'Corp', exact: true }).waitFor();
    expect((await ask(page, '/api/sign-in')).text).not.toContain(fixture.provider.clientSecret);
  });

  test('an ordinary person signs in by the provider, and her group gives her a role', async () => {
    ana = await window();
    const { page } = ana;
    await page.getByRole('link', { name: 'Continue with Corp' }).waitFor();
    await suitsEverybody(page);
    await signInBy(page, 'ana+devs');
    await page.getByRole('button', { name: 'Account of ana@example.org' }).waitFor();
    for (const app of ['catalog', 'checkout', 'orders', 'payments'])
      await row(page, app).getByText('Healthy', { exact: true }).waitFor();
    expect(JSON.parse((await ask(page, '/api/me')).text)).toMatchObject({ groups: ['devs'], roles: ['role:oncall'] });
    await suitsEverybody(page);
  });
});

describe('an App breaks', () => {
  test('the list shows it by itself; one key leads to it, and it says why in words', async () => {
    const page = pageOf(ana);
    await pushCheckout(BROKEN, 'use one replica');
    await row(page, 'checkout').getByText('Degraded', { exact: true }).waitFor();
    await page.keyboard.press('n');
    await waitFor('the broken App to be focused', async () => (await focused(page)) === 'checkout');
    await suitsEverybody(page);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'checkout', level: 1 }).waitFor();
    const why = page.getByRole('region', { name: 'Why it is as it is' });
    await why.getByText('degraded', { exact: true }).waitFor();
    await why.getByText(/Deployment checkout\/web/).waitFor();
    await summary(page).getByText('use one replica').waitFor();
    await page.getByRole('region', { name: 'Graph of objects' }).getByTitle('Pod web-').first().waitFor();
    await suitsEverybody(page);
    await page.goto(`${url}/apps/demo/checkout/list`);
    await page
      .getByRole('button', { name: /^Pod web-/ })
      .first()
      .waitFor();
    await suitsEverybody(page);
  });

  test('the history shows what changed, and one move with a reason goes back', async () => {
    const page = pageOf(ana);
    await page.getByRole('link', { name: 'History' }).click();
    const entries = page.getByRole('listitem').filter({ has: page.getByRole('checkbox') });
    await entries.first().getByRole('button', { name: 'What changed' }).click();
    await page.getByRole('row', { name: /removed: .*replicas: 2/ }).waitFor();
    await page.getByRole('row', { name: /added: .*replicas: 1/ }).waitFor();
    await suitsEverybody(page);
    await entries.nth(1).getByRole('button', { name: 'Roll back to this…' }).click();
    await reasonField(page).fill('5xx since the push');
    await suitsEverybody(page);
    await inDialog(page, 'Roll back').click();
    await decisions(page)
      .getByText(/Pinned to/)
      .waitFor();
    await decisions(page)
      .getByText(/ana@example.org.*5xx since the push/)
      .waitFor();
    await summary(page).getByText('Healthy', { exact: true }).waitFor();
    expect(await replicas()).toBe(2);
    expect((await journey.app('checkout'))?.control?.pin).toMatchObject({
      ...{ actor: 'ana@example.org', reason: '5xx since the push', until: { kind: 'newer-commit' } },
    });
    await suitsEverybody(page);
  });

  test('self-heal holds the pin, and the journal of the cluster says who drifted', async () => {
    const page = pageOf(ana);
    await journey.objects.patch(deployment('checkout', 'web'), { spec: { replicas: 5 } }, 'kubectl-edit');
    await waitFor('the pin to be healed', async () => (await replicas()) === 2);
    await page.goto(`${url}/clusters/demo`);
    await waitFor('the drift in the journal', () => isInDriftJournal(page, /checkout.*kubectl-edit.*healed/));
    await suitsEverybody(page);
    expect((await journey.app('checkout'))?.control?.pin).toBeDefined();
  });

  test('a newer commit ends the pin by itself, while she looks', async () => {
    const page = pageOf(ana);
    await page.goto(`${url}/apps/demo/checkout/history`);
    await decisions(page)
      .getByText(/until a newer commit changes it/)
      .waitFor();
    const fix = await pushCheckout(deploymentYaml('web', { replicas: 3 }), 'use three replicas');
    await decisions(page).waitFor({ state: 'detached' });
    await summary(page).getByText('use three replicas').waitFor();
    await summary(page).getByText('Healthy', { exact: true }).waitFor();
    await journey.waitForApp('checkout', { revision: fix, sync: 'Synced', health: 'Healthy' });
    expect(await replicas()).toBe(3);
  });

  test('a pin that only a person ends lets a commit wait until she unpins', async () => {
    const page = pageOf(ana);
    await fromMenu(page, 'Roll back…');
    await dialog(page).getByLabel('To', { exact: true }).selectOption({ index: 0 });
    await dialog(page).getByLabel('somebody unpins it').check();
    await reasonField(page).fill('no changes before noon');
    await inDialog(page, 'Roll back').click();
    await decisions(page)
      .getByText(/until somebody unpins it/)
      .waitFor();
    await waitFor('two replicas', async () => (await replicas()) === 2);
    const later = await pushCheckout(deploymentYaml('web', { replicas: 4 }), 'use four replicas');
    await decisions(page)
      .getByText(/Waiting in Git.*use four replicas/)
      .waitFor();
    expect(await replicas()).toBe(2);
    await decisions(page).getByRole('button', { name: 'Unpin…' }).click();
    await reasonField(page).fill('it is noon');
    await suitsEverybody(page);
    await inDialog(page, 'Unpin').click();
    await decisions(page).waitFor({ state: 'detached' });
    await journey.waitForApp('checkout', { revision: later, sync: 'Synced', health: 'Healthy' });
    expect(await replicas()).toBe(4);
  });
});

describe('somebody edits the cluster', () => {
  test('the diff shows the field and the manager who set it', async () => {
    const page = pageOf(ana);
    await page.goto(`${url}/apps/demo/orders/diff`);
    await page.getByRole('heading', { name: 'Nothing differs' }).waitFor();
    await journey.objects.patch(
      deployment('orders', 'worker'),
      { spec: { template: { spec: { containers: [{ name: 'web', image: 'nginx:by-hand' }] } } } },
      'kubectl-edit',
    );
    await page.getByText('Somebody changed it').waitFor();
    await page.getByText(/with kubectl-edit/).waitFor();
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByRole('row', { name: /image.* kubectl-edit/ }).waitFor();
    await page.getByRole('row', { name: /added: .*nginx:by-hand/ }).waitFor();
    await suitsEverybody(page);
  });

  test('a sync is rehearsed first, then followed by phase and wave to its receipt', async () => {
    const page = pageOf(ana);
    await page.getByRole('button', { name: 'Sync…' }).click();
    await inDialog(page, 'Dry run').click();
    const rehearsal = dialog(page).getByRole('region', { name: 'What would happen' });
    await rehearsal.getByText(/1 would be changed/).waitFor();
    expect(JSON.stringify(await journey.objects.get(deployment('orders', 'worker')))).toContain('nginx:by-hand');
    await suitsEverybody(page);
    await reasonField(page).fill('it was a test');
    await inDialog(page, 'Sync').click();
    const progress = dialog(page).getByRole('region', { name: 'Progress' });
    await progress.getByRole('list', { name: 'Phases' }).getByText('Sync, wave 1').waitFor();
    await dialog(page)
      .getByRole('region', { name: 'What happened' })
      .getByText(/1 changed/)
      .waitFor();
    await progress
      .getByRole('list', { name: 'Steps' })
      .getByText(/wave 1.*Deployment orders\/worker/)
      .first()
      .waitFor();
    await suitsEverybody(page);
    await inDialog(page, 'Close').last().click();
    await page.getByRole('heading', { name: 'Nothing differs' }).waitFor();
    expect(JSON.stringify(await journey.objects.get(deployment('orders', 'worker')))).not.toContain('nginx:by-hand');
  });
});

describe('a change waits for approval', () => {
  test('its author is told that somebody else has to look', async () => {
    const page = pageOf(ana);
    await fixture.repository.push({ 'apps/payments/config.yaml': configMapYaml('config', 'two') }, 'raise the limit', {
      author: ANA,
    });
    await page.goto(`${url}/apps/demo/payments`);
    await decisions(page).getByRole('heading', { name: 'Waits for approval' }).waitFor();
    await decisions(page).getByRole('button', { name: 'Approve…' }).click();
    await inDialog(page, 'Approve').click();
    await dialog(page).getByRole('alert').waitFor();
    await suitsEverybody(page);
    await inDialog(page, 'Cancel').click();
    expect((await journey.app('payments'))?.control?.approval?.approvals).toEqual([]);
  });

  test('a second person looks at what it changes and lets it through', async () => {
    ben = await window();
    const { page } = ben;
    await signInBy(page, 'ben+devs');
    await row(page, 'payments').getByRole('link').click();
    const card = decisions(page);
    await card.getByRole('button', { name: 'Show changes' }).click();
    await card.getByRole('row', { name: /removed: .*value: one/ }).waitFor();
    await card.getByRole('row', { name: /added: .*value: two/ }).waitFor();
    await suitsEverybody(page);
    await card.getByRole('button', { name: 'Approve…' }).click();
    await reasonField(page).fill('looked at it');
    await inDialog(page, 'Approve').click();
    await card.waitFor({ state: 'detached' });
    await journey.waitForApp('payments', { sync: 'Synced', health: 'Healthy' });
    expect((await journey.objects.get(configMap('payments', 'config')))?.['data']).toEqual({ value: 'two' });
    // Whoever had the page open sees it happen.
    await decisions(pageOf(ana)).waitFor({ state: 'detached' });
  });
});

test('an App is deleted when its name was typed, and its objects are gone', async () => {
  const page = pageOf(ana);
  await page.goto(`${url}/apps/demo/orders/list`);
  await fromMenu(page, 'Delete…');
  await dialog(page).getByLabel('Type orders to confirm').fill('order');
  expect(await inDialog(page, 'Delete').isDisabled()).toBe(true);
  await dialog(page).getByLabel('Type orders to confirm').fill('orders');
  await reasonField(page).fill('we sell nothing any more');
  await suitsEverybody(page);
  await inDialog(page, 'Delete').click();
  await decisions(page)
    .getByText(/Deleted, though its definition is still in Git/)
    .waitFor();
  for (const path of [configMap('orders', 'first'), configMap('orders', 'last'), deployment('orders', 'worker')])
    await waitFor(`${path} to go`, async () => (await journey.objects.get(path)) === undefined);
  await suitsEverybody(page);
});

describe('somebody who may only look', () => {
  test('sees one App, and nothing that would change it', async () => {
    cleo = await window();
    const { page } = cleo;
    await signInBy(page, 'cleo+audit');
    await row(page, 'checkout').getByText('Healthy', { exact: true }).waitFor();
    expect(
      await page
        .getByRole('list', { name: / Apps$/ })
        .getByRole('link')
        .allTextContents(),
    ).toEqual(['checkout']);
    await suitsEverybody(page);
    await row(page, 'checkout').getByRole('link').click();
    await page.getByRole('heading', { name: 'checkout', level: 1 }).waitFor();
    expect(await page.getByRole('button', { name: 'Sync…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Actions' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Read Git again']);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('button', { name: 'What changed' }).first().waitFor();
    expect(await page.getByRole('button', { name: 'Roll back to this…' }).count()).toBe(0);
    await suitsEverybody(page);
    // What a link asks for does not open, and what the page does not offer the API refuses.
    await page.goto(`${url}/apps/demo/checkout?do=rollback`);
    await summary(page).getByText('Healthy', { exact: true }).waitFor();
    expect(await dialog(page).count()).toBe(0);
    expect((await ask(page, '/api/apps/demo/checkout/rollback', 'POST')).status).toBe(403);
  });

  test('S34: is told of what is hidden what is told of what is not there', async () => {
    const page = pageOf(cleo);
    const hidden = await readWhatIsToldOf(page, 'payments');
    expect(hidden).toEqual(await readWhatIsToldOf(page, 'nothing'));
    expect(hidden[1]).toMatch(/^404 /);
    await suitsEverybody(page);
    for (const path of ['/api/clusters/demo', '/api/ledger/demo', '/api/policy', '/api/people', '/api/tokens'])
      expect([path, (await ask(page, path)).status >= 403]).toEqual([path, true]);
  });
});

describe('in the evening', () => {
  test('who did what and why is in the activity, and signed in the ledger', async () => {
    const page = pageOf(ana);
    await page.goto(`${url}/activity?actor=ana%40example.org`);
    for (const why of ['5xx since the push', 'it is noon', 'it was a test', 'we sell nothing any more'])
      await page.getByRole('listitem').filter({ hasText: why }).filter({ hasText: 'ana@example.org' }).first().waitFor();
    await suitsEverybody(page);
    expect(await controls.recorded('checkout', 'rollback')).toMatchObject([
      { actor: 'ana@example.org', reason: '5xx since the push' },
      { actor: 'ana@example.org', reason: 'no changes before noon' },
    ]);
    expect(await controls.recorded('checkout', 'unpin')).toMatchObject([{ actor: 'ana@example.org', reason: 'it is noon' }]);
    expect((await controls.recorded('payments', 'deploy')).at(-1)).toMatchObject({
      ...{ actor: 'ben@example.org', reason: expect.stringContaining('looked at it') },
    });
    await page.goto(`${url}/ledger/demo`);
    await page.getByText('Verified').first().waitFor();
    await suitsEverybody(page);
  });

  test('S32: a session that is ended signs its open page out, ends its streams, and nobody else’s', async () => {
    const page = pageOf(ana);
    const ended = watchEndedStreams(page);
    await page.goto(`${url}/apps/demo/checkout/list`);
    await page.getByRole('button', { name: /^Deployment web/ }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    ended.length = 0;
    const admin = pageOf(ada);
    await admin.goto(`${url}/settings/people`);
    await admin.getByRole('button', { name: 'End this session of ana@example.org' }).waitFor();
    await suitsEverybody(admin);
    await admin.getByRole('button', { name: 'End this session of ana@example.org' }).click();
    await page.waitForURL('**/sign-in?return=%2Fapps%2Fdemo%2Fcheckout%2Flist');
    expect(ended).toContain('/api/stream');
    expect((await ask(page, '/api/me')).status).toBe(401);
    await page.goto(`${url}/apps/demo/checkout`);
    await page.waitForURL('**/sign-in**');
    expect((await ask(pageOf(ben), '/api/me')).status).toBe(200);
    await pageOf(ben).getByText('Live', { exact: true }).waitFor();
  });

  test('nothing in any window went wrong by itself', () => {
    expect([ada, ana, ben, cleo].map((person) => person?.errors)).toEqual([[], [], [], []]);
  });
});
