/** Notifications of the whole system: what Git says, what people set, and what arrives when an App is deployed, breaks and recovers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NotifyService, NotifyView } from '../../../core/api/notify.ts';
import { argoApp, configMapYaml } from '../../journey/support/definitions.ts';
import { type Journey, type Repository, startJourney } from '../../journey/support/start-journey.ts';
import { waitFor } from '../../journey/support/wait-for.ts';
import { type ServiceHost, startServiceHost } from '../notify/support/service-host.ts';
import { type SlackHost, startSlackHost } from '../notify/support/slack-host.ts';
import { need } from './support/lone-worker.ts';

let journey: Journey;
let repository: Repository;
let slack: SlackHost;
let host: ServiceHost;

const CONFIG = (data: Readonly<Record<string, string>>) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-notifications-cm' }, data });
/** The API server refuses it. */
const broken = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'broken' },
  spec: { ports: [{ port: 99_999 }] },
});

beforeAll(async () => {
  [slack, host, journey] = [await startSlackHost(), await startServiceHost(), await startJourney()];
  repository = await journey.repository('fleet');
  await repository.push({
    'fleet/web.yaml': argoApp(repository.url, {
      ...{ name: 'web', path: 'apps/web' },
      annotations: {
        'notifications.argoproj.io/subscribe.on-sync-running.slack': 'shop',
        'notifications.argoproj.io/subscribe.on-sync-succeeded.slack': 'shop',
        'notifications.argoproj.io/subscribe.on-sync-failed.slack': 'shop',
        'notifications.argoproj.io/subscribe.on-nonsense.slack': 'shop',
      },
    }),
    'fleet/notifications.yaml': CONFIG({
      'service.slack': `apiURL: ${slack.url}/api/\ntoken: $slack-token`,
      'service.webhook.ci': `url: ${host.url}/hook`,
      subscriptions: '- recipients: [ci]\n  triggers: [on-sync-succeeded, on-sync-failed]',
      'trigger.on-odd': '- when: whatever\n  send: [x]',
    }),
    'apps/web/config.yaml': configMapYaml('web', 'first'),
  });
  need(
    await journey.system.api.send('PUT', '/notify/services/slack', {
      kind: 'slack',
      // Git does not say it yet, and the secret is for this address only.
      settings: { url: `${slack.url}/api/` },
      secret: { 'slack-token': 'xoxb-right-canary' },
    }),
  );
  await journey.addFleet(repository);
});
afterAll(async () => {
  await journey?.stop();
  await slack?.close();
  await host?.close();
});

const view = async () => need(await journey.system.api.get<NotifyView>('/notify'));
const arrived = () =>
  host.requests.map(({ body }) => JSON.parse(body) as { kind: string; app: string; revision: string; project: string });

describe('an App that is deployed', () => {
  test('tells its channel, in one message, and those who want to know of everything', async () => {
    const { revision } = await journey.waitForApp('web', { sync: 'Synced' });
    await waitFor('the message of the sync', () => slack.messages.some(({ text }) => text.includes('is deployed')));
    expect(slack.faults).toEqual([]);
    expect(slack.messages.filter(({ thread, text }) => thread === undefined && text.includes('web'))).toHaveLength(1);
    await waitFor('the webhook', () => arrived().length > 0);
    expect(arrived()[0]).toMatchObject({ kind: 'sync-succeeded', app: 'web', project: 'default', revision });
  });

  test('and then cannot be, says so', async () => {
    const revision = await repository.push({ 'apps/web/broken.yaml': broken });
    await waitFor('the webhook of the failure', () => arrived().some(({ kind }) => kind === 'sync-failed'));
    expect(arrived().find(({ kind }) => kind === 'sync-failed')).toMatchObject({ app: 'web', revision });
    await waitFor('the message', () => slack.messages.some(({ text }) => text.includes('could not be deployed')));
  });
});

describe('what people see', () => {
  test('names services, subscriptions, deliveries and every mistake', async () => {
    const { services, subscriptions, deliveries, problems } = await view();
    expect(services).toMatchObject([
      { name: 'slack', kind: 'slack', hasSecret: true, origin: 'fleet/notifications.yaml:1 and by hand' },
      { name: 'ci', kind: 'webhook', hasSecret: false, origin: 'fleet/notifications.yaml:1' },
    ] satisfies readonly Partial<NotifyService>[]);
    expect(subscriptions.filter(({ app }) => app === 'web')).toHaveLength(4);
    expect(subscriptions.find(({ problem }) => problem !== undefined)?.problem).toContain('on-nonsense');
    expect(deliveries.map(({ state }) => state)).not.toContain('failed');
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('trigger.on-odd'),
      expect.stringContaining('on-nonsense'),
    ]);
  });

  test('S13: holds no secret, and no log does', async () => {
    expect(JSON.stringify(await view())).not.toContain('canary');
    expect(await journey.logs()).not.toContain('right-canary');
  });

  test('shows a channel that is not there, until it is', async () => {
    const tested = need(await journey.system.api.send('POST', '/notify/test', { service: 'slack', recipient: 'nowhere' }));
    expect(tested).toEqual({ ok: false, problem: 'Slack answered channel_not_found' });
    expect((await view()).problems).toContainEqual({ where: 'slack nowhere', message: 'Slack answered channel_not_found' });
    const ok = need(await journey.system.api.send('POST', '/notify/test', { service: 'slack', recipient: 'ops' }));
    expect(ok).toEqual({ ok: true });
    expect((await view()).deliveries[0]).toMatchObject({ kind: 'test', state: 'sent', recipient: 'ops' });
  });
});

describe('a service that is set by hand', () => {
  const put = (name: string, body: unknown) => journey.system.api.send('PUT', `/notify/services/${name}`, body);

  test.each([
    ['an unknown kind', 'x', { kind: 'pigeon', settings: {} }],
    ['a setting that it does not have', 'x', { kind: 'slack', settings: { channels: 'x' } }],
    ['a secret among the settings', 'x', { kind: 'slack', settings: { token: 'canary' } }],
    ['settings that are no map', 'x', { kind: 'slack', settings: [] }],
    ['a secret of several lines', 'x', { kind: 'slack', settings: {}, secret: { token: 'a\nb' } }],
    ['a name that is none', 'a%2Fb', { kind: 'slack', settings: {} }],
  ])('%s is refused', async (_what, name, body) => {
    const answer = await put(name, body);
    expect(answer).toMatchObject({ ok: false, error: { code: 'api.invalid' } });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  test('S13: sends its secrets to no new address unless they are given again', async () => {
    const first = { kind: 'webhook', settings: { url: 'https://a.example.com' }, secret: { signingKey: 'k' } };
    expect(await put('hook', first)).toMatchObject({ ok: true });
    expect(await put('hook', { kind: 'webhook', settings: { url: 'https://b.example.com' } })).toMatchObject({ ok: false });
    expect(await put('hook', { ...first, settings: { url: 'https://b.example.com' } })).toMatchObject({ ok: true });
    const headers = { 'X-A': 'b' };
    expect(await put('hook', { kind: 'webhook', settings: { url: 'https://b.example.com', headers } })).toMatchObject({
      ok: true,
    });
    expect((await view()).services.find(({ name }) => name === 'hook')).toMatchObject({ hasSecret: true, origin: 'by hand' });
  });

  test('is removed, and one that Git defines is not', async () => {
    need(await journey.system.api.send('DELETE', '/notify/services/hook'));
    expect((await view()).services.map(({ name }) => name)).toEqual(['slack', 'ci']);
    expect(await journey.system.api.send('DELETE', '/notify/services/ci')).toMatchObject({ ok: false });
    expect(await journey.system.api.send('DELETE', '/notify/services/hook')).toMatchObject({ ok: false });
  });

  test('is recorded with who did it', async () => {
    const { events } = need(
      await journey.system.api.get<{ events: readonly { kind: string; actor?: string }[] }>('/activity?kind=notify-service'),
    );
    expect(events.length).toBeGreaterThan(2);
    expect(events.every(({ actor }) => actor === 'operator')).toBe(true);
  });
});

test('what a fleet path said goes with it', async () => {
  const fleet = await journey.fleet(repository);
  need(await journey.system.api.send('DELETE', `/fleet?id=${encodeURIComponent(fleet?.id ?? '')}`));
  expect(await view()).toMatchObject({ services: [{ name: 'slack', origin: 'by hand' }], subscriptions: [] });
});
