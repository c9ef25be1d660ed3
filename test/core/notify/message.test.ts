import { describe, expect, it } from 'vitest';
import { NOTICE_KINDS } from '../../../core/api/activity.ts';
import { GIVE_UP_MS, nextAttempt, parseRetryAfter } from '../../../core/notify/backoff.ts';
import { commitLink, toMessage } from '../../../core/notify/message.ts';
import { safeLink, shorten, toLine, toText } from '../../../core/notify/safe-text.ts';
import { checkSettings } from '../../../core/notify/service-settings.ts';
import { notice } from '../../contract/notify/support/notices.ts';

describe('a message', () => {
  it.each(NOTICE_KINDS)('of %s says what happened to what, where', (kind) => {
    const { title, text, fields, links } = toMessage(notice(kind), { url: 'https://plumb.example' });
    expect(title).toMatch(/^shop .+ \(eu-1\)$/);
    expect(text).toContain(kind);
    expect(Object.fromEntries(fields.map(({ name, value }) => [name, value]))).toMatchObject({
      Cluster: 'eu-1',
      Project: 'store',
      Revision: '4f1c2aa0',
    });
    expect(links.map(({ url }) => url)).toContain('https://plumb.example/apps/eu-1/shop');
  });

  it('of a cluster leads to the cluster', () => {
    const { about: _about, ...silent } = notice('agent-silent', { app: '' });
    expect(toMessage(silent, { url: 'https://p.example' })).toMatchObject({
      title: 'Cluster eu-1 is silent: its agent does not answer',
    });
    expect(toMessage(silent, { url: 'https://p.example' }).links[0]?.url).toBe('https://p.example/clusters/eu-1');
  });

  it.each([
    ['https://github.com/acme/fleet.git', 'https://github.com/acme/fleet/commit/4f1c2aa'],
    ['https://gitlab.example.com/a/b/c', 'https://gitlab.example.com/a/b/c/-/commit/4f1c2aa'],
    ['https://bitbucket.org/a/b', 'https://bitbucket.org/a/b/commits/4f1c2aa'],
    ['https://git.example.com/a/b', undefined],
    ['https://u:p@github.com/a/b', undefined],
    ['javascript:alert(1)//github.com/a', undefined],
  ])('links the commit of %s', (repo, expected) => expect(commitLink(repo, '4f1c2aa')).toBe(expected));
});

describe('S27: text of strangers', () => {
  it('is one line, without signs that hide or turn round what is written', () => {
    expect(toLine('a\r\nb\tc\u202ed\u200b\u0007')).toBe('a b cd');
    expect(toText('a\r\nb\u2028c\u0000')).toBe('a\nb\nc');
    expect(shorten('ab🎉c', 4)).toBe('ab…');
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:x',
    'data:text/html,x',
    '\tjavascript:x',
    'https://u:p@x.example/',
    'https://x.example/a b',
    'http://',
    '//x',
  ])('%j is no link', (text) => expect(safeLink(text)).toBeUndefined());

  it('cannot leave a link', () =>
    expect(safeLink('https://x.example/a"><script>(b)|*')).toBe('https://x.example/a%22%3E%3Cscript%3E%28b%29%7C%2A'));
});

describe('waiting', () => {
  const at = (attempts: number, more: object = {}) => nextAttempt({ attempts, first: 0, now: 0, chance: 0.5, ...more });

  it('grows to half an hour and ends after a day', () => {
    expect([1, 2, 3, 20].map((attempts) => at(attempts))).toEqual([5_000, 10_000, 20_000, 1_800_000]);
    expect([0, 0.999].map((chance) => at(1, { chance }))).toEqual([3_750, 6_248]);
    expect(at(3, { now: GIVE_UP_MS })).toBeUndefined();
    expect(at(1, { asked: 60_000 })).toBe(60_000);
  });

  it.each([
    ['5', 5_000],
    ['0.5', 500],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 10_000],
    ['999999999', GIVE_UP_MS],
    ['-3', undefined],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('Retry-After %j', (value, expected) => expect(parseRetryAfter(value, 0)).toBe(expected));
});

describe('settings', () => {
  it.each([
    ['webhook', { url: 'https://u:p@x.example' }],
    ['webhook', { url: 'https://x.example/?token=1' }],
    ['webhook', { url: 'ftp://x.example' }],
    ['webhook', { headers: { Authorization: 'x' } }],
    ['webhook', { headers: { 'X-A': 'a\r\nb: c' } }],
    ['webhook', { headers: { 'a b': 'c' } }],
    ['slack', { token: 'x' }],
    ['slack', { nonsense: 'x' }],
    ['smtp', { host: 'x', from: 'a@b.example', port: 70_000 }],
    ['smtp', { host: 'x', from: 'a@b.example', tls: 'none' }],
    ['smtp', { host: 'x', from: 'a\r\nb' }],
    ['mail-api', { provider: 'other', from: 'a@b.example' }],
    ['gitea', {}],
  ] as const)('%s %j are refused', (kind, settings) => expect(checkSettings(kind, settings).ok).toBe(false));
});
