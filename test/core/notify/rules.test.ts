import { describe, expect, it } from 'vitest';
import { NOTICE_KINDS, type Notice, type NoticeKind } from '../../../core/api/activity.ts';
import type { ServiceKind } from '../../../core/api/notify.ts';
import { KIND_MEANINGS } from '../../../core/notify/kinds.ts';
import { compileSearch, matchNotice } from '../../../core/notify/match-notice.ts';
import { mergeNotify } from '../../../core/notify/rules.ts';
import { type GitNotify, type GitSubscription, NO_NOTIFY } from '../../../core/notify/settings.ts';
import { parseSubscriptions } from '../../../core/notify/subscriptions.ts';
import { kindsOfCondition, resolveTrigger } from '../../../core/notify/triggers.ts';
import { notice } from '../../contract/notify/support/notices.ts';

const SERVICES: Readonly<Record<string, ServiceKind>> = { slack: 'slack', pd: 'pagerduty', gh: 'github' };

function told(one: Notice, ...subscriptions: readonly (Partial<GitSubscription> & { readonly service: string })[]): string[] {
  const git: GitNotify = {
    ...NO_NOTIFY,
    subscriptions: subscriptions.map((part, i) => ({
      id: String(i),
      recipient: `r${i}`,
      origin: 'x:1',
      kinds: NOTICE_KINDS,
      ...part,
    })),
  };
  const found = matchNotice(one, mergeNotify([{ id: 'a', value: git }]), (name) => SERVICES[name]);
  return found.map(({ service, recipient }) => `${service}:${recipient}`);
}
const subscribing = (annotations: Readonly<Record<string, string>>, kind: NoticeKind = 'sync-failed'): Notice => {
  const plain = notice(kind);
  return {
    ...plain,
    ...(plain.about === undefined ? {} : { about: { ...plain.about, subscriptions: annotations, labels: { team: 'shop' } } }),
  };
};
const PREFIX = 'notifications.argoproj.io';

describe('annotations', () => {
  it.each([
    [{ [`${PREFIX}/subscribe.on-sync-failed.slack`]: 'a;b ; ' }, ['on-sync-failed slack a', 'on-sync-failed slack b']],
    [{ [`${PREFIX}/subscribe.slack`]: 'a' }, ['default slack a']],
    [{ [`${PREFIX}/subscribe.on-deployed.my.hook`]: '' }, ['on-deployed my.hook ']],
    [
      {
        [`${PREFIX}/subscriptions`]:
          '- trigger: [one, two]\n  destinations:\n  - service: slack\n    recipients: [a, b]\n  - service: ci',
      },
      ['one,two slack a', 'one,two slack b', 'one,two ci '],
    ],
    [{ [`${PREFIX}/notified.x`]: '{}', 'example.com/x': 'y' }, []],
  ] as const)('%j', (annotations, expected) => {
    const { subscriptions, problems } = parseSubscriptions(annotations);
    expect(
      subscriptions.map(({ triggers, service, recipient }) => `${triggers?.join(',') ?? 'default'} ${service} ${recipient}`),
    ).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it.each(['{', '- x', '- trigger: [a]', '- trigger: [a]\n  destinations: [{}]'])('%j is a problem', (value) =>
    expect(parseSubscriptions({ [`${PREFIX}/subscriptions`]: value }).problems).toHaveLength(1),
  );
});

describe('triggers', () => {
  it('of the catalogue have their meaning, and every kind is one', () => {
    expect(resolveTrigger('on-deployed', {}).conditions).toEqual([{ kinds: ['sync-succeeded'], send: [] }]);
    for (const kind of NOTICE_KINDS) expect(resolveTrigger(`on-${kind}`, {}).conditions[0]?.kinds).toEqual([kind]);
    for (const name of ['on-created', 'on-nonsense', '__proto__', 'constructor'])
      expect(resolveTrigger(name, {}).problem).toBeDefined();
  });

  it.each([
    ["app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']", ['sync-failed']],
    ["app.status?.operationState.phase == 'Running'", ['sync-started']],
    ["app.status.operationState.phase in ['Succeeded'] and app.status.health.status == 'Healthy'", ['sync-succeeded']],
    ["app.status.health.status == 'Degraded'", ['health-degraded']],
    ["app.status.sync.status == 'OutOfSync'", ['drift-found']],
    ["app.metadata.labels['x'] == 'y'", undefined],
    ["app.status.health.status == 'Degraded' or true", undefined],
    ['', undefined],
  ] as const)('a condition: %s', (when, expected) => expect(kindsOfCondition(when)).toEqual(expected));
});

describe('a notice is told', () => {
  it('to those whose scope it is in', () => {
    const one = subscribing({});
    expect(
      told(
        one,
        { service: 'slack' },
        { service: 'slack', cluster: 'eu-1', project: 'store', app: 'shop' },
        { service: 'slack', cluster: 'us-1' },
        { service: 'slack', project: 'other' },
        { service: 'slack', labels: { team: 'shop' } },
        { service: 'slack', labels: { team: 'ops' } },
        { service: 'slack', sources: [{ kind: 'Application', namespace: 'argocd', name: '*' }] },
        { service: 'slack', sources: [{ kind: 'Kustomization', namespace: 'argocd', name: '*' }] },
        { service: 'slack', kinds: ['sync-succeeded'] },
        { service: 'unknown' },
      ),
    ).toEqual(['slack:r0', 'slack:r1', 'slack:r4', 'slack:r6']);
  });

  it('to those whom the App names, each once', () => {
    const one = subscribing({ [`${PREFIX}/subscribe.on-sync-failed.slack`]: 'a;b', [`${PREFIX}/subscribe.slack`]: 'a' });
    expect(told(one, { service: 'slack', recipient: 'b' })).toEqual(['slack:a', 'slack:b']);
    expect(told(subscribing({ [`${PREFIX}/subscribe.on-deployed.slack`]: 'a' }))).toEqual([]);
  });

  it('of a whole cluster to those who want to know of everything in it', () => {
    const { about: _about, ...silent } = notice('agent-silent', { app: '' });
    expect(
      told(
        silent,
        { service: 'slack' },
        { service: 'slack', cluster: 'eu-1', sources: [{ kind: 'Kustomization', namespace: 'x', name: '*' }] },
        { service: 'slack', sources: [{ kind: 'Kustomization', namespace: 'x', name: 'web' }] },
        { service: 'slack', project: 'store' },
        { service: 'gh' },
      ),
    ).toEqual(['slack:r0', 'slack:r1']);
  });

  it('to services that keep incidents also when it ends what they know of, to Git hosts when it says something of a commit', () => {
    expect(
      told(
        notice('health-recovered'),
        { service: 'pd', kinds: ['health-degraded'] },
        { service: 'slack', kinds: ['health-degraded'] },
      ),
    ).toEqual(['pd:r0']);
    expect(told(notice('drift-found'), { service: 'gh' })).toEqual([]);
    expect(told(notice('sync-started'), { service: 'gh' })).toEqual(['gh:r0']);
    expect(told(notice('sync-started', { revision: '' }), { service: 'gh' })).toEqual([]);
  });

  it('by the lists of Flux: one has to match, none of the others may', () => {
    const one = notice('sync-failed', { text: 'apply of web failed: timeout' });
    const lists = (include: readonly string[], exclude: readonly string[]) => ({ service: 'slack', include, exclude });
    expect(
      told(
        one,
        lists(['web failed'], []),
        lists(['^sync-failed apply'], []),
        lists(['api'], []),
        lists([], ['.*timeout$']),
        lists([], ['x']),
      ),
    ).toEqual(['slack:r0', 'slack:r1', 'slack:r4']);
  });

  it('S20: an expression that takes others for ever takes no time here', () => {
    const search = compileSearch('(a+)+$');
    expect(search?.(`${'a'.repeat(50_000)}b`)).toBe(false);
  });
});

describe('what ends', () => {
  it('was opened: every trouble but a roll-back ends by itself', () => {
    const closed = new Set(NOTICE_KINDS.flatMap((kind) => KIND_MEANINGS[kind].closes));
    const opened = NOTICE_KINDS.filter((kind) => KIND_MEANINGS[kind].opens).map((kind) => KIND_MEANINGS[kind].what);
    expect(opened.filter((what) => !closed.has(what))).toEqual(['rollback']);
  });
});

it('of two services with one name the first counts, and the other is named', () => {
  const service = (origin: string): GitNotify => ({
    ...NO_NOTIFY,
    services: [{ name: 's', kind: 'slack', settings: {}, secrets: {}, origin }],
  });
  const merged = mergeNotify([
    { id: 'b', value: service('b.yaml:1') },
    { id: 'a', value: service('a.yaml:1') },
  ]);
  expect(merged.services.get('s')?.origin).toBe('a.yaml:1');
  expect(merged.problems.map(({ where }) => where)).toEqual(['b.yaml:1']);
});
