import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../../core/api/activity.ts';
import type { NotifyServiceInput } from '../../../core/api/notify.ts';
import { waitFor } from '../../journey/support/wait-for.ts';
import { notice, SHA, subscribed } from './support/notices.ts';
import { type NotifierWorker, startNotifierWorker } from './support/notifier-worker.ts';
import { faultsOf, type SCHEMAS } from './support/schemas.ts';
import { type ServiceHost, startServiceHost } from './support/service-host.ts';
import { type SlackHost, startSlackHost } from './support/slack-host.ts';

let dir: string;
let made: NotifierWorker;
let host: ServiceHost;
let slack: SlackHost;
let app = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plumbline-services-'));
  made = await startNotifierWorker({ dataDir: dir });
});
afterAll(async () => {
  await made?.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
});
beforeEach(async () => {
  host = await startServiceHost();
  slack = await startSlackHost();
  app += 1;
  return async () => {
    await host.close();
    await slack.close();
    await made.call('putGit', 'fleet', undefined);
  };
});

/** Sets a service and subscribes one recipient of it to everything. */
async function use(name: string, input: NotifyServiceInput, recipient = ''): Promise<void> {
  expect(await made.call('putService', name, input)).toMatchObject({ ok: true });
  await made.call('putGit', 'fleet', subscribed(`${name}:${recipient}`));
}
/** Tells of one App that is new in each test, and waits until all is delivered. */
async function tell(...kinds: readonly (Notice['notice'] | Notice)[]): Promise<void> {
  const name = `app-${app}`;
  const notices = kinds.map((kind) =>
    typeof kind === 'string' ? notice(kind, { app: name }) : { ...kind, app: kind.app === '' ? '' : name },
  );
  await made.call('take', notices);
  await settled();
}
const settled = () =>
  waitFor('all to be delivered', async () => (await made.call('view')).deliveries.every(({ state }) => state !== 'waiting'), {
    timeout: 10_000,
  });
const newest = async () => (await made.call('view')).deliveries[0];
function checked(schema: keyof typeof SCHEMAS, bodies: readonly unknown[]): void {
  expect(bodies.flatMap((body) => faultsOf(schema, body))).toEqual([]);
}
const SCRIPT = '<script>alert(1)</script> <!channel> @everyone *bold* [click](javascript:alert(1)) {{.x}}';
const hostile = (kind: Notice['notice']): Notice => {
  const plain = notice(kind, { text: `${SCRIPT}\r\nX-Evil: 1\u202e`, reason: SCRIPT, actor: SCRIPT });
  return {
    ...plain,
    ...(plain.about === undefined
      ? {}
      : { about: { ...plain.about, subject: SCRIPT, author: SCRIPT, repoURL: 'javascript:alert(1)' } }),
  };
};

describe('Slack', () => {
  const input = (url: string, token = 'xoxb-right-canary'): NotifyServiceInput => ({
    kind: 'slack',
    settings: { url: `${url}/api/`, username: 'Plumbline' },
    secret: { token },
  });

  test('has one message per rollout, which is updated, with the details in its thread', async () => {
    await use('slack', input(slack.url), 'shop');
    await tell('sync-started', 'sync-succeeded', 'health-degraded');
    expect(slack.faults).toEqual([]);
    const [head, ...replies] = slack.messages;
    expect(head).toMatchObject({ channel: 'C0SHOP', edits: 2, text: expect.stringContaining('is degraded') });
    expect(replies.map(({ thread, broadcast }) => [thread, broadcast])).toEqual([
      [head?.ts, false],
      [head?.ts, true],
    ]);
    expect(head?.blocks).toContain(`https://plumb.example.com/apps/eu-1/app-${app}`);
    // Another revision is another rollout.
    await tell(notice('sync-started', { revision: 'b'.repeat(40) }));
    expect(slack.messages.filter(({ thread }) => thread === undefined)).toHaveLength(2);
  });

  test('a message that is gone is posted anew', async () => {
    await use('slack', input(slack.url), 'ops');
    await tell('sync-started');
    slack.messages.length = 0;
    await tell('sync-succeeded');
    expect(slack.messages).toHaveLength(1);
  });

  test('S27: names and texts stay text', async () => {
    await use('slack', input(slack.url), 'shop');
    await tell(hostile('sync-failed'));
    expect(slack.faults).toEqual([]);
    const [message] = slack.messages;
    expect(message?.blocks).not.toMatch(/<!channel>|<script|mrkdwn|"url":"javascript/);
    expect(message?.text).not.toContain('<');
  });

  test('a channel that is not there and a token that is not good are shown, the token never (S09)', async () => {
    await use('slack', input(slack.url), 'nowhere');
    await tell('sync-failed');
    expect(await newest()).toMatchObject({ state: 'failed', attempts: 1, problem: 'Slack answered channel_not_found' });
    await use('slack', input(slack.url, 'xoxb-wrong-canary'), 'shop');
    await tell('sync-failed');
    expect(await newest()).toMatchObject({ state: 'failed', problem: 'Slack answered invalid_auth' });
    expect(JSON.stringify(await made.call('view'))).not.toContain('canary');
  });

  test('that asks to wait is asked again after that', async () => {
    const limited = await startSlackHost((_request, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '2' }, json: { ok: false, error: 'ratelimited' } } : undefined,
    );
    await use('slack', input(limited.url), 'shop');
    await tell('sync-failed');
    await limited.close();
    expect(limited.messages).toHaveLength(1);
    expect((limited.requests[1]?.at ?? 0) - (limited.requests[0]?.at ?? 0)).toBeGreaterThanOrEqual(1_900);
  });
});

describe('PagerDuty', () => {
  const KEY = 'k'.repeat(32);
  const input = (): NotifyServiceInput => ({ kind: 'pagerduty', settings: { url: host.url }, secret: { shop: KEY } });
  const events = () => host.bodies('/v2/enqueue') as { event_action: string; dedup_key: string; routing_key: string }[];

  test('opens an incident once and ends the same one, each trouble by itself', async () => {
    await use('pagerduty', input(), 'shop');
    await tell(
      'sync-started',
      'sync-succeeded',
      'health-degraded',
      'sync-failed',
      'health-recovered',
      'sync-succeeded',
      'health-recovered',
    );
    checked('pagerduty', events());
    const key = (what: string) => `plumbline/eu-1/app-${app}/${what}`;
    expect(events().map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', key('health')],
      ['trigger', key('sync')],
      ['resolve', key('health')],
      ['resolve', key('sync')],
    ]);
    expect(new Set(events().map(({ routing_key }) => routing_key))).toEqual(new Set([KEY]));
  });

  test('is told of the recovery though only the trouble was asked for', async () => {
    await made.call('putService', 'pagerduty', input());
    const [one] = subscribed('pagerduty:shop').subscriptions;
    if (one !== undefined)
      await made.call('putGit', 'fleet', {
        ...subscribed(),
        subscriptions: [{ ...one, kinds: ['health-degraded', 'agent-silent'] }],
      });
    await tell('sync-failed', 'health-degraded', 'health-recovered');
    const about = (kind: 'agent-silent' | 'agent-back'): Notice => {
      const { about: _about, ...rest } = notice(kind, { app: '', cluster: `c-${app}` });
      return rest;
    };
    await tell(about('agent-silent'), about('agent-back'));
    expect(events().map(({ event_action, dedup_key }) => `${event_action} ${dedup_key}`)).toEqual([
      `trigger plumbline/eu-1/app-${app}/health`,
      `resolve plumbline/eu-1/app-${app}/health`,
      `trigger plumbline/c-${app}//agent`,
      `resolve plumbline/c-${app}//agent`,
    ]);
    checked('pagerduty', events());
  });

  test('an event that it refuses is shown with its reason', async () => {
    host.answer(() => ({
      status: 400,
      json: { status: 'invalid event', message: 'Event object is invalid', errors: ['routing_key is bad'] },
    }));
    await use('pagerduty', input(), 'shop');
    await tell('sync-failed');
    expect((await newest())?.problem).toContain('Event object is invalid; routing_key is bad');
  });

  test('a test opens an incident and ends it at once', async () => {
    await use('pagerduty', input(), 'shop');
    expect(await made.call('test', 'pagerduty', 'shop')).toEqual({ ok: true });
    expect(events().map(({ event_action }) => event_action)).toEqual(['trigger', 'resolve']);
    checked('pagerduty', events());
  });
});

describe('Teams and Discord', () => {
  test('Teams gets an Adaptive Card, in which S27: everything is text', async () => {
    await use('teams', { kind: 'teams', settings: {}, secret: { shop: `${host.url}/workflows/secret-canary` } }, 'shop');
    await tell('sync-failed', hostile('health-degraded'));
    const cards = host.bodies('/workflows/secret-canary');
    checked('teams', cards);
    expect(cards).toHaveLength(2);
    expect(JSON.stringify(cards)).not.toMatch(/[^\\]\[click\]\(|"url":"javascript/);
    expect(JSON.stringify(await made.call('view'))).not.toContain('canary');
  });

  test('Discord gets an embed within its limits, in which nobody is mentioned (S27)', async () => {
    await use('discord', {
      kind: 'discord',
      settings: { username: 'Plumbline' },
      secret: { url: `${host.url}/api/webhooks/1/canary` },
    });
    const long = notice('sync-failed', { text: 'x'.repeat(10_000), reason: '🎉'.repeat(2_000) });
    await tell(hostile('sync-failed'), long);
    const bodies = host.bodies('/api/webhooks/1/canary') as { allowed_mentions: object; embeds: object[] }[];
    checked('discord', bodies);
    expect(bodies.map(({ allowed_mentions }) => allowed_mentions)).toEqual([{ parse: [] }, { parse: [] }]);
    for (const { embeds } of bodies) expect(JSON.stringify(embeds).length).toBeLessThan(6_000);
  });
});

describe('the signed webhook', () => {
  test('can be verified, and told from a double', async () => {
    await use('ci', {
      kind: 'webhook',
      settings: { url: `${host.url}/hook`, headers: { 'X-Team': 'shop' } },
      secret: { signingKey: 'key', authorization: 'Bearer t' },
    });
    await tell('rolled-back');
    const [request] = host.requests;
    const {
      'x-plumbline-timestamp': at = '',
      'x-plumbline-signature': signature,
      'x-team': team,
      authorization,
    } = request?.headers ?? {};
    const expected = createHmac('sha256', 'key').update(`${at}.${request?.body}`).digest('hex');
    expect([signature, team, authorization]).toEqual([`sha256=${expected}`, 'shop', 'Bearer t']);
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      ...{ kind: 'rolled-back', cluster: 'eu-1', app: `app-${app}`, project: 'store', revision: SHA, severity: 'error' },
      id: request?.headers['x-plumbline-id'],
    });
  });

  test('S27: says what its template says, and no value can end the JSON text that it stands in', async () => {
    await made.call('putService', 'plain', { kind: 'webhook', settings: { url: host.url } });
    const [one] = subscribed('plain').subscriptions;
    if (one === undefined) throw new Error('there is one');
    const { kinds: _kinds, ...rest } = one;
    await made.call('putGit', 'fleet', {
      ...subscribed(),
      subscriptions: [{ ...rest, triggers: ['mine'] }],
      triggers: { mine: [{ kinds: ['sync-failed'], send: ['t'] }] },
      templates: {
        t: {
          webhooks: { plain: { method: 'PUT', path: '/apps/{{.app.metadata.name}}', body: '{"why": "{{.notice.reason}}"}' } },
        },
      },
    });
    await tell(notice('sync-failed', { reason: '", "admin": "true' }));
    expect(host.requests[0]).toMatchObject({ method: 'PUT', path: '/apps/shop' });
    expect(host.bodies('/apps/shop')).toEqual([{ why: '", "admin": "true' }]);
  });
});

describe('commit statuses and deployments', () => {
  const about = (kind: Notice['notice'], repoURL: string): Notice => {
    const plain = notice(kind);
    return { ...plain, ...(plain.about === undefined ? {} : { about: { ...plain.about, repoURL } }) };
  };

  test('GitHub: the state beside the commit, and one deployment per rollout', async () => {
    host.answer(({ path }) => (path.endsWith('/deployments') ? { status: 201, json: { id: 4711 } } : { status: 201, json: {} }));
    await use('github', {
      kind: 'github',
      settings: { url: host.url, repository: 'acme/fleet', deployments: true },
      secret: { token: 'ghp_canary' },
    });
    await tell('sync-started', 'drift-found', 'sync-succeeded');
    const base = '/repos/acme/fleet';
    expect(host.requests.map(({ path }) => path)).toEqual([
      ...[`${base}/statuses/${SHA}`, `${base}/deployments`, `${base}/deployments/4711/statuses`],
      ...[`${base}/statuses/${SHA}`, `${base}/deployments/4711/statuses`],
    ]);
    const statuses = host.bodies(`${base}/statuses/${SHA}`);
    checked('github status', statuses);
    checked('github deployment', host.bodies(`${base}/deployments`));
    checked('github deployment status', host.bodies(`${base}/deployments/4711/statuses`));
    expect(statuses).toMatchObject([{ state: 'pending', context: `plumbline/eu-1/app-${app}` }, { state: 'success' }]);
    expect(host.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer ghp_canary',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'plumbline',
    });
  });

  test('GitLab: the project is one path segment, a state that is there already is no fault', async () => {
    host.answer(({ path, method }, count) => {
      if (path.endsWith('/deployments') && method === 'POST') return { status: 201, json: { id: 12 } };
      return count === 1
        ? { status: 400, json: { message: 'Cannot transition status via :run from :running' } }
        : { status: 201, json: {} };
    });
    await use('gitlab', { kind: 'gitlab', settings: { url: host.url, deployments: true }, secret: { token: 'glpat-canary' } });
    await tell(about('sync-started', `${host.url}/group/sub/fleet.git`), about('sync-failed', `${host.url}/group/sub/fleet.git`));
    const project = '/api/v4/projects/group%2Fsub%2Ffleet';
    expect(host.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...[`POST ${project}/statuses/${SHA}`, `POST ${project}/deployments`],
      ...[`POST ${project}/statuses/${SHA}`, `PUT ${project}/deployments/12`],
    ]);
    checked('gitlab status', host.bodies(`${project}/statuses/${SHA}`));
    checked('gitlab deployment', host.bodies(`${project}/deployments`));
    checked('gitlab deployment status', host.bodies(`${project}/deployments/12`));
    expect(host.requests[0]?.headers['private-token']).toBe('glpat-canary');
  });

  test('Gitea: the state beside the commit', async () => {
    await use('gitea', { kind: 'gitea', settings: { url: host.url }, secret: { token: 'canary' } });
    await tell(about('health-degraded', `${host.url}/acme/fleet`), about('health-recovered', `${host.url}/acme/fleet`));
    const statuses = host.bodies(`/api/v1/repos/acme/fleet/statuses/${SHA}`);
    checked('gitea status', statuses);
    expect(statuses).toMatchObject([{ state: 'failure' }, { state: 'success' }]);
  });

  test('S08: a token is never sent to ask about a repository of another host', async () => {
    await use('gitea', { kind: 'gitea', settings: { url: host.url }, secret: { token: 'canary' } });
    await tell(about('sync-failed', 'https://elsewhere.example/acme/fleet'));
    expect(host.requests).toEqual([]);
    expect((await newest())?.problem).toContain('is not on 127.0.0.1');
  });
});

describe('Alertmanager', () => {
  test('fires an alert and ends the one with the same labels', async () => {
    await use('alertmanager', { kind: 'alertmanager', settings: { url: host.url, username: 'u' }, secret: { password: 'p' } });
    const begun = Date.now() - 60_000;
    await tell(
      notice('health-degraded', { time: begun }),
      notice('health-recovered', { time: begun + 30_000, revision: 'c'.repeat(40) }),
    );
    const bodies = host.bodies('/api/v2/alerts') as [{ labels: object; startsAt: string; endsAt: string }][];
    checked('alertmanager', bodies);
    const [[fired] = [], [ended] = []] = bodies;
    expect(ended?.labels).toEqual(fired?.labels);
    expect([ended?.startsAt, ended?.endsAt]).toEqual([fired?.startsAt, new Date(begun + 30_000).toISOString()]);
    expect(Date.parse(fired?.endsAt ?? '')).toBeGreaterThan(Date.now());
    expect(host.requests[0]?.headers['authorization']).toBe(`Basic ${btoa('u:p')}`);
  });
});

describe('mail over HTTP', () => {
  test.each([
    ['resend', '/emails'],
    ['sendgrid', '/v3/mail/send'],
  ] as const)('%s takes it, and S27: nothing in it is markup', async (provider, path) => {
    const settings = { provider, url: host.url, from: 'Plumbline <plumb@example.com>' };
    await use('mail', { kind: 'mail-api', settings, secret: { token: 're_canary' } }, 'ana@example.com');
    await tell(hostile('sync-failed'));
    const bodies = host.bodies(path);
    checked(provider, bodies);
    expect(bodies).toHaveLength(1);
    const [html = ''] = /<!doctype html>.*?<\/html>/.exec(JSON.stringify(bodies)) ?? [];
    expect(html).toContain('&#60;script&#62;');
    expect(html).not.toMatch(/<script|href=\\"javascript/);
    expect(host.requests[0]?.headers['authorization']).toBe('Bearer re_canary');
    if (provider === 'resend') expect(host.requests[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  });
});
