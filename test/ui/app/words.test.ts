import { describe, expect, test } from 'vitest';
import { computeMenu } from '../../../ui/app/words/app-menu.ts';
import { describeLifetime, parsePeriodAhead } from '../../../ui/app/words/durations.ts';
import { toKindMark } from '../../../ui/app/words/kind-mark.ts';
import { toLine, toPlain } from '../../../ui/app/words/plain-text.ts';
import { toReasonViews } from '../../../ui/app/words/reason-view.ts';
import { toRepoLinks } from '../../../ui/app/words/repo-link.ts';
import { appView } from './app-views.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const DECIDED = { actor: 'ana', at: NOW };

test('the lifetime of what was never made is empty', () => {
  expect(describeLifetime('2026-11-21T11:59:20Z', NOW)).toBe('40 s');
  expect(describeLifetime('2026-11-21T12:00:05Z', NOW)).toBe('1 s');
  expect(describeLifetime('yesterday', NOW)).toBe('');
  expect(describeLifetime(undefined, NOW)).toBe('');
});

test.each([
  ['30m', 1800],
  ['2 h', 7200],
  ['1h30m', 5400],
  ['90s', 90],
  ['1d', 86_400],
  ['15min', 900],
  ['0s', undefined],
  ['', undefined],
  ['30', undefined],
  ['-1h', undefined],
  ['1e9h', undefined],
])('the time %j is %s seconds', (text, seconds) => expect(parsePeriodAhead(text)).toBe(seconds));

test('controls vanish from text, and a turn of the direction is seen (S27)', () => {
  expect(toPlain('a\u0000b\u001b[31m\nc')).toBe('ab[31m\nc');
  expect(toLine(' a\n\u202eb\t c ')).toBe('a \ufffdb c');
});

describe('links to a repository', () => {
  test.each([
    ['https://github.com/shop/web.git', 'https://github.com/shop/web', 'https://github.com/shop/web/commit/abc'],
    ['https://ana:token@gitlab.com/shop/web', 'https://gitlab.com/shop/web', 'https://gitlab.com/shop/web/-/commit/abc'],
    ['git@github.com:shop/web.git', 'https://github.com/shop/web', 'https://github.com/shop/web/commit/abc'],
    ['ssh://git@gitlab.com:22/shop/web.git', 'https://gitlab.com/shop/web', 'https://gitlab.com/shop/web/-/commit/abc'],
    ['http://127.0.0.1:9000/demo.git', 'http://127.0.0.1:9000/demo', undefined],
  ])('%s is followed without credentials', (url, repo, commit) => {
    const links = toRepoLinks(url);
    expect(links?.repo).toBe(repo);
    expect(links?.commit?.('abc')).toBe(commit);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\tjavascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '',
    'x|javascript:1',
    'git@internal:shop/web.git',
  ])('%j is not followed (S27)', (url) => expect(toRepoLinks(url)).toBeUndefined());
});

test('a kind has its short name, or its capitals', () => {
  expect(['Deployment', 'ClusterRoleBinding', 'Certificate', 'Pod'].map(toKindMark)).toEqual(['deploy', 'crb', 'cert', 'pod']);
});

describe('the menu', () => {
  const actions = (view: Parameters<typeof computeMenu>[0]) => computeMenu(view).map(({ action }) => action);

  test('of an App that is well has what can always be done', () => {
    expect(actions(appView())).toEqual(['sync', 'refresh', 'rollback', 'suspend', 'break-glass', 'delete']);
  });

  test('has only what the caller may do', () => {
    expect(actions(appView({ can: ['get'] }))).toEqual(['refresh']);
    expect(actions(appView({ can: ['get', 'sync', 'rollback'] }))).toEqual(['sync', 'refresh', 'rollback']);
  });

  test('offers the way back from every decision', () => {
    const pin = {
      ...DECIDED,
      revision: 'b',
      subject: '',
      bundle: 'sha256:2',
      entry: 'c',
      until: { kind: 'unpin' },
      from: { revision: 'a', bundle: 'sha256:1' },
    } as const;
    const control = {
      pin,
      suspended: DECIDED,
      deleted: { ...DECIDED, cascade: 'prune' },
      deletions: { objects: [], total: 12 },
      approval: { bundle: 'sha256:1', revision: 'a', needed: 2, approvals: [], since: NOW },
    } as const;
    const found = actions(appView({ control }));
    for (const action of ['unpin', 'resume', 'restore', 'confirm', 'approve']) expect(found).toContain(action);
    for (const action of ['suspend', 'delete']) expect(found).not.toContain(action);
  });

  test('says why something cannot be done', () => {
    const disabled = Object.fromEntries(
      computeMenu(appView({ control: { suspended: DECIDED } }, { selfHeal: false })).map((item) => [item.action, item.disabled]),
    );
    expect(disabled['sync']).toBeDefined();
    expect(disabled['break-glass']).toBeDefined();
    expect(disabled['resume']).toBeUndefined();
  });
});

describe('reasons', () => {
  test('say since when and until when, and what to do', () => {
    const reasons = [
      { code: 'pinned', text: 'pinned\u0007 to 4f1c2aa', severity: 'info', until: NOW + 7_200_000 },
      { code: 'progressing', text: 'waits', severity: 'wait', since: NOW - 40_000, fix: 'Nothing.' },
    ] as const;
    const [pinned, waits] = toReasonViews(appView({ reasons }), NOW);
    expect(pinned).toMatchObject({ text: 'pinned to 4f1c2aa', when: expect.stringContaining('in 2 h') });
    expect(waits).toMatchObject({ when: 'for 40 s', fix: 'Nothing.' });
  });

  test('that are decisions are said beside the way back, not twice', () => {
    const reasons = [
      { code: 'suspended', text: 'suspended by ana', severity: 'info' },
      { code: 'degraded', text: 'Deployment shop/web', severity: 'bad' },
    ] as const;
    const codes = (view: Parameters<typeof toReasonViews>[0]) => toReasonViews(view, NOW).map(({ code }) => code);
    expect(codes(appView({ reasons, control: { suspended: DECIDED } }))).toEqual(['degraded']);
    expect(codes(appView({ reasons }))).toEqual(['suspended', 'degraded']);
  });

  test('are the problems where the Worker gives none', () => {
    const problems = [{ code: 'apply.window', message: 'outside its windows', where: 'project shop' }] as const;
    expect(toReasonViews(appView({ problems }), NOW)).toMatchObject([{ code: 'apply.window', severity: 'wait' }]);
  });
});
