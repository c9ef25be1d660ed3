import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kindsOf, mergeNotify } from '../../../core/notify/rules.ts';
import { keepUnread } from '../../../core/notify/settings.ts';
import { application, file, gitRepository, kustomization, parse } from './fleet-fixtures.ts';

const SUBSCRIBED = { 'notifications.argoproj.io/subscribe.on-sync-failed.slack': 'shop;ops' };

function config(data: { readonly [key: string]: string }): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-notifications-cm' }, data });
}
function flux(kind: 'Provider' | 'Alert', name: string, spec: object, namespace = 'flux-system'): string {
  return JSON.stringify({ apiVersion: 'notification.toolkit.fluxcd.io/v1beta3', kind, metadata: { name, namespace }, spec });
}
const messages = (problems: readonly { readonly message: string }[]) => problems.map(({ message }) => message);

describe('annotations', () => {
  it('annotations of an App travel with it, and subscribe', () => {
    const { apps, notify } = parse(
      file(
        application('web', {}, { annotations: SUBSCRIBED }),
        kustomization('infra', {}, { annotations: SUBSCRIBED }),
        gitRepository('shop'),
      ),
    );
    expect(apps.map(({ subscriptions }) => subscriptions)).toEqual([SUBSCRIBED, SUBSCRIBED]);
    expect(apps.map(({ warnings }) => warnings)).toEqual([[], []]);
    const { shown } = mergeNotify([{ id: 'a', value: notify }]);
    expect(shown.map(({ app, service, recipient }) => `${app} ${service} ${recipient}`)).toEqual([
      'web slack shop',
      'web slack ops',
      'infra slack shop',
      'infra slack ops',
    ]);
  });

  it('S18: no App carries more of them than it should, and says what it left out', () => {
    const prefix = 'notifications.argoproj.io/subscribe.on-sync-failed';
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${prefix}.s${i}`, 'x'.repeat(i === 0 ? 40_000 : 10)]));
    const { apps } = parse(file(application('web', {}, { annotations: many })));
    expect(JSON.stringify(apps[0]?.subscriptions ?? {}).length).toBeLessThan(35_000);
    expect(apps[0]?.warnings.length).toBeGreaterThan(0);
  });

  it('annotations of an AppProject subscribe to all its Apps', () => {
    const project = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'shop', annotations: SUBSCRIBED },
    };
    const { notify } = parse(file(JSON.stringify(project)));
    expect(notify.subscriptions.map(({ project: name, recipient }) => [name, recipient])).toEqual([
      ['shop', 'shop'],
      ['shop', 'ops'],
    ]);
  });
});

describe('argocd-notifications-cm', () => {
  it('gives services whose secrets are named and never read', () => {
    const { notify } = parse(
      file(
        config({
          'service.slack': 'token: $slack-token\nusername: plumb',
          'service.email.mail': 'host: smtp.example.com\nport: 465\nfrom: a@example.com\npassword: $mail',
          'service.webhook.ci':
            'url: https://ci.example.com/x\nheaders:\n- name: Authorization\n  value: Bearer $ci\n- name: X-Team\n  value: shop',
          'service.pagerdutyv2': 'serviceKeys:\n  shop: $pd-shop',
          'service.telegram': 'token: $t',
        }),
      ),
    );
    expect(notify.services.map(({ name, kind, settings, secrets }) => [name, kind, settings, secrets])).toEqual([
      ['slack', 'slack', { username: 'plumb' }, { token: 'slack-token' }],
      ['mail', 'smtp', { host: 'smtp.example.com', port: 465, from: 'a@example.com', tls: 'implicit' }, { password: 'mail' }],
      ['ci', 'webhook', { url: 'https://ci.example.com/x', headers: { 'X-Team': 'shop' } }, { authorization: 'ci' }],
      ['pagerdutyv2', 'pagerduty', {}, { shop: 'pd-shop' }],
    ]);
    expect(messages(notify.problems)).toEqual([expect.stringContaining('telegram')]);
  });

  it('S13: does not use a secret that stands in Git, and does not repeat it', () => {
    const { notify } = parse(
      file(config({ 'service.slack': 'token: xoxb-canary', 'service.webhook.x': 'url: https://u:canary@x.example' })),
    );
    expect(JSON.stringify(notify)).not.toContain('canary');
    expect(notify.problems).toHaveLength(2);
  });

  it('S36: says that certificates are always checked', () => {
    const { notify } = parse(file(config({ 'service.webhook.x': 'url: https://x.example.com\ninsecureSkipVerify: true' })));
    expect(messages(notify.problems)).toEqual([expect.stringContaining('insecureSkipVerify')]);
  });

  it('gives default subscriptions with selectors, default triggers and context', () => {
    const { notify } = parse(
      file(
        config({
          subscriptions:
            '- recipients: [slack:ops, email:a@example.com]\n  triggers: [on-sync-failed]\n- recipients: [ci]\n  selector: team=shop',
          defaultTriggers: '- on-health-degraded',
          context: 'region: east',
        }),
      ),
    );
    const { rules, context } = mergeNotify([{ id: 'a', value: notify }]);
    expect(rules.map((rule) => [rule.service, rule.recipient, kindsOf(rule), rule.labels])).toEqual([
      ['slack', 'ops', ['sync-failed'], undefined],
      ['email', 'a@example.com', ['sync-failed'], undefined],
      ['ci', '', ['health-degraded'], { team: 'shop' }],
    ]);
    expect(context).toEqual({ region: 'east' });
  });

  it('names templates and conditions that are not understood, and keeps the rest', () => {
    const { notify } = parse(
      file(
        config({
          'template.good': 'message: "{{.app.metadata.name}}"',
          'template.bad': 'message: "{{call .repo.GetCommitMetadata}}"\nslack:\n  attachments: "[]"',
          'trigger.on-own': "- when: app.status.health.status == 'Degraded'\n  send: [good]",
          'trigger.on-odd': '- when: len(app.status.resources) > 3\n  send: [good]',
          'trigger.on-list': '[',
        }),
      ),
    );
    expect(notify.templates).toEqual({ good: { message: '{{.app.metadata.name}}' }, bad: {} });
    expect(notify.triggers).toEqual({ 'on-own': [{ kinds: ['health-degraded'], send: ['good'] }] });
    expect(messages(notify.problems).map((text) => /, ([\w.-]+):/.exec(text)?.[1])).toEqual([
      'template.bad',
      'template.bad',
      'trigger.on-odd',
      'trigger.on-list',
    ]);
  });

  it('takes the catalogue of Argo CD without a word', () => {
    const text = readFileSync(new URL('../../vectors/notify/argocd-catalogue.yaml', import.meta.url), 'utf8');
    const { notify } = parse(file(text));
    expect(messages(notify.problems)).toEqual([]);
    expect(notify.triggers['on-deployed']).toEqual([{ kinds: ['sync-succeeded'], send: ['app-deployed'] }]);
  });

  it('keeps what a file said that cannot be read now: a mistake silences no alert', () => {
    const before = parse({
      'n.yaml': config({ 'service.slack': 'token: $t', subscriptions: '- recipients: [slack:ops]' }),
    }).notify;
    const broken = parse({ 'n.yaml': '{ "apiVersion": ' }).notify;
    expect(keepUnread(before, broken)).toMatchObject({ services: [{ name: 'slack' }], subscriptions: [{ recipient: 'ops' }] });
    const gone = parse({ 'm.yaml': application('web') }).notify;
    expect(keepUnread(before, gone)).toMatchObject({ services: [], subscriptions: [] });
  });
});

describe('Flux', () => {
  const ALERT = {
    providerRef: { name: 'slack' },
    eventSeverity: 'error',
    eventSources: [
      { kind: 'Kustomization', name: '*' },
      { kind: 'HelmRelease', name: 'web', namespace: 'shop' },
    ],
    exclusionList: ['^dry-run', '(unclosed'],
    eventMetadata: { team: 'shop' },
  };

  it('Providers are services, Alerts subscribe their channel to what their sources do in this cluster', () => {
    const provider = {
      type: 'slack',
      channel: 'general',
      address: 'https://slack.com/api/chat.postMessage',
      secretRef: { name: 'bot' },
    };
    const { notify } = parse(file(flux('Provider', 'slack', provider), flux('Alert', 'all', ALERT)));
    expect(notify.services).toMatchObject([{ name: 'slack', kind: 'slack', settings: { channel: 'general' } }]);
    expect(notify.subscriptions).toMatchObject([
      {
        ...{ service: 'slack', recipient: '', cluster: notify.cluster, exclude: ['^dry-run'], metadata: { team: 'shop' } },
        sources: [
          { kind: 'Kustomization', namespace: 'flux-system', name: '*' },
          { kind: 'HelmRelease', namespace: 'shop', name: 'web' },
        ],
      },
    ]);
    expect(notify.subscriptions[0]?.kinds).not.toContain('sync-succeeded');
  });

  it('S20: an expression that cannot be matched in linear time is named', () => {
    const { notify } = parse(file(flux('Alert', 'all', ALERT)));
    expect(messages(notify.problems)).toEqual([expect.stringContaining('(unclosed')]);
  });

  it.each([
    ['a type that is not supported', { type: 'telegram' }],
    ['a webhook of Discord in Git', { type: 'discord', address: 'https://discord.com/api/webhooks/1/canary' }],
    ['a webhook of Slack', { type: 'slack', address: 'https://hooks.slack.com/services/canary' }],
    ['a suspended one', { type: 'slack', suspend: true }],
  ])('%s is a problem of the Provider', (_name, spec) => {
    const { notify } = parse(file(flux('Provider', 'p', spec)));
    expect(notify.problems).toHaveLength(1);
    expect(JSON.stringify(notify)).not.toContain('canary');
  });

  it('a repository becomes one of a service that marks commits', () => {
    const { notify } = parse(
      file(
        flux('Provider', 'status', { type: 'github', address: 'https://github.com/acme/fleet', secretRef: { name: 't' } }),
        flux('Provider', 'own', { type: 'gitlab', address: 'https://git.acme.example/group/sub/fleet' }, 'apps'),
      ),
    );
    expect(notify.services.map(({ name, kind, settings }) => [name, kind, settings])).toEqual([
      ['status', 'github', { repository: 'acme/fleet' }],
      ['apps.own', 'gitlab', { repository: 'group/sub/fleet', url: 'https://git.acme.example' }],
    ]);
  });
});
