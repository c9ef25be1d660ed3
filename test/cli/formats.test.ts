import { describe, expect, it } from 'vitest';
import { formatEvent } from '../../cli/activity/format-event.ts';
import { formatApp } from '../../cli/apps/app-details.ts';
import { formatRenderedDiff } from '../../cli/apps/compare-entries.ts';
import { describeControl } from '../../cli/apps/describe-control.ts';
import { formatReceipt } from '../../cli/apps/find-receipt.ts';
import { formatTree } from '../../cli/apps/format-tree.ts';
import { computeNextChanges, describeChanges } from '../../cli/apps/next-changes.ts';
import { pickNode } from '../../cli/apps/pick-node.ts';
import { formatFigures } from '../../cli/commands/figures.ts';
import { formatNotify } from '../../cli/commands/notify.ts';
import { formatStatus } from '../../cli/commands/status.ts';
import { nearNames } from '../../cli/output/near-names.ts';
import { namesOf } from '../../cli/output/output-format.ts';
import { parseDuration } from '../../cli/parse-number.ts';
import type { AppControl } from '../../core/api/control.ts';
import type { TreeNode } from '../../core/api/tree.ts';
import type { Receipt } from '../../core/protocol/messages.ts';
import { createTestTerminal } from './test-terminal.ts';
import { fullView } from './views.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const REVISION = '4f1c2aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6';
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const EVIL = 'x\u001b[2J\u202e\u0007';

function node(key: string, changes: Partial<TreeNode> = {}): TreeNode {
  return { key, version: 'v1', uid: key, health: { status: 'Healthy' }, createdAt: ago(2 * HOUR), ...changes };
}

describe('a tree', () => {
  it('has branches, and what is worth knowing of each object', async () => {
    const warning = { type: 'Warning', reason: 'BackOff', message: 'restarting', count: 7, last: ago(0) } as const;
    const nodes = [
      node('apps/Deployment/shop/web', { health: { status: 'Degraded', message: '0 of 2 ready' } }),
      node('apps/ReplicaSet/shop/web-1', { parent: 'apps/Deployment/shop/web', info: ['2 pods'] }),
      node('/Pod/shop/web-1-a', { parent: 'apps/ReplicaSet/shop/web-1', restarts: 3, images: ['nginx:1.29'], events: [warning] }),
      node('/Pod/shop/web-1-b', { parent: 'apps/ReplicaSet/shop/web-1', restarts: 0 }),
      node('/Service/shop/web'),
    ];
    expect(formatTree({ nodes, more: 2 }, await createTestTerminal(), NOW)).toBe(
      [
        'Deployment shop/web  Degraded  2h, 0 of 2 ready',
        '└─ ReplicaSet shop/web-1  Healthy  2h, 2 pods',
        '   ├─ Pod shop/web-1-a  Healthy  2h, 3 restarts, nginx:1.29',
        '   │      Warning BackOff: restarting (7 times)',
        '   └─ Pod shop/web-1-b  Healthy  2h',
        'Service shop/web  Healthy  2h',
        '… and 2 more objects',
        '',
      ].join('\n'),
    );
  });

  it('ends where owners name each other, and keeps whose owner is not told of', async () => {
    const nodes = [node('/A//a', { parent: '/B//b' }), node('/B//b', { parent: '/A//a' }), node('/C//c', { parent: '/X//x' })];
    const lines = formatTree({ nodes, more: 0 }, await createTestTerminal(), NOW)
      .trim()
      .split('\n');
    expect(lines).toHaveLength(3);
  });

  it('keeps each object on its line of a terminal', async () => {
    const long = node('/Pod/shop/web', { images: ['registry.example.org/'.repeat(20)] });
    const text = formatTree({ nodes: [long], more: 0 }, await createTestTerminal({}, 60), NOW);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

describe('what people decided', () => {
  it('is a line each: what, until when, by whom, why', () => {
    const by = { actor: 'ana', at: NOW - HOUR, reason: '5xx' };
    const bundle = 'sha256:a';
    const control: AppControl = {
      pin: {
        ...by,
        revision: REVISION,
        subject: 'Two',
        bundle,
        entry: 'c',
        until: { kind: 'time', at: NOW + HOUR },
        from: { revision: REVISION, bundle },
      },
      suspended: by,
      glass: { ...by, until: NOW + HOUR },
      windows: { ...by, until: NOW - HOUR },
      approval: { bundle, revision: REVISION, needed: 2, role: 'lead', approvals: [by], since: NOW },
      deletions: { objects: ['/ConfigMap/shop/a'], total: 4 },
      deleted: { ...by, cascade: 'orphan' },
    };
    expect(describeControl(control, NOW)).toEqual([
      'pinned to 4f1c2aa "Two" until 2023-11-14 23:13:20Z (in 1h): ana, 1h ago, "5xx"',
      'suspended: ana, 1h ago, "5xx"',
      'break-glass, drift is not healed until 2023-11-14 23:13:20Z (in 1h): ana, 1h ago, "5xx"',
      'sync windows do not hold until 2023-11-14 21:13:20Z: ana, 1h ago, "5xx"',
      '4f1c2aa has 1 of 2 approvals of lead (ana); bundle sha256:a',
      'deletion of 1 of 4 objects waits to be confirmed: ConfigMap shop/a',
      'deleted though Git defines it, its objects stay: ana, 1h ago, "5xx"',
    ]);
  });

  it('says of a rollback that nobody asked for that nobody did', () => {
    const from = { revision: REVISION, bundle: 'sha256:b' };
    const pin = {
      revision: REVISION,
      subject: '',
      bundle: 'sha256:a',
      entry: 'c',
      until: { kind: 'newer-commit' as const },
      from,
    };
    expect(describeControl({ pin: { ...pin, automatic: 'deadline', actor: 'plumbline', at: NOW } }, NOW)[0]).toContain(
      'until a newer commit: by itself, health was not reached in time',
    );
  });
});

describe('for people', () => {
  it('an App has its reasons with what to do', async () => {
    const reasons = [{ code: 'degraded' as const, text: 'Deployment shop/web: 0 of 2', severity: 'bad' as const, fix: 'Look.' }];
    const text = await formatApp({ ...fullView('web'), reasons }, { terminal: await createTestTerminal(), now: NOW });
    expect(text).toContain('Why:\n  Deployment shop/web: 0 of 2 [degraded]\n    to do: Look.\n');
    expect(text).toContain('(0s ago)');
  });

  it('status says what is wrong and why on a line each', async () => {
    const counts = { apps: 3, healthy: 2, synced: 3, clusters: 1 };
    const terminal = await createTestTerminal();
    expect(formatStatus({ ok: true, counts, wrong: [] }, terminal, NOW)).toBe(
      'All is well. 3 Apps in 1 clusters: 3 Synced, 2 Healthy.\n',
    );
    const reason = { code: 'degraded' as const, text: '0 of 2 ready', severity: 'bad' as const, since: NOW - HOUR, fix: 'Look.' };
    const wrong = [
      { what: 'app' as const, cluster: 'eu-1', name: 'web', reason },
      { what: 'source' as const, name: 'f1', reason: { ...reason, fix: EVIL } },
    ];
    expect(formatStatus({ ok: false, counts, wrong }, terminal, NOW)).toBe(
      [
        '2 wrong. 3 Apps in 1 clusters: 3 Synced, 2 Healthy.',
        '  eu-1/web for 1h: 0 of 2 ready [degraded]',
        '    to do: Look.',
        '  source f1 for 1h: 0 of 2 ready [degraded]',
        '    to do: x\ufffd[2J\ufffd\ufffd',
        '',
      ].join('\n'),
    );
  });

  it('figures have a bar for each day', async () => {
    const series = [0, 1, 8, 4].map((deployments, i) => ({ day: `2026-08-0${i + 1}`, deployments, failed: 0 }));
    const text = formatFigures(
      { days: 4, deployments: 13, perDay: 3.25, leadMs: 90_000, failureRate: 0.125, series },
      await createTestTerminal(),
    );
    expect(text).toMatch(/13 in 4 days, 3\.25 a day/);
    expect(text).toMatch(/By day: +·▁█▄\n/);
    expect(text).toMatch(/Failure rate: +12\.5 %/);
    expect(text).toMatch(/Time to restore: +unknown/);
  });

  it('an event has when, where, what, who and why, once each', async () => {
    const event = {
      seq: 1,
      time: NOW,
      cluster: 'eu-1',
      app: 'web',
      kind: 'pin',
      text: 'pinned to 4f1c2aa by ana',
      actor: 'ana',
      reason: '5xx',
    };
    const terminal = await createTestTerminal();
    expect(formatEvent(event, terminal)).toBe('2023-11-14 22:13:20Z  eu-1/web  pin  pinned to 4f1c2aa by ana: "5xx"\n');
    expect(formatEvent({ ...event, cluster: '', app: '', text: EVIL }, terminal)).not.toMatch(
      /[\u0000-\u0008\u000b-\u001f\u202e]/,
    );
  });

  it('a receipt names what changed and counts the rest; a dry run says what would', async () => {
    const results = [
      { key: '/ConfigMap/shop/a', action: 'pruned' },
      { key: '/ConfigMap/shop/b', action: 'unchanged' },
    ] as const;
    const receipt: Receipt = {
      ...{ id: 'r', cluster: 'eu-1', generation: 1, snapshot: 'sha256:s', app: 'web', revision: REVISION, outcome: 'synced' },
      ...{ startedAt: 0, finishedAt: 1, results, health: { status: 'Healthy' }, problems: [], requests: [] },
    };
    const terminal = await createTestTerminal();
    const done = await formatReceipt(receipt, { name: 'eu-1/web', terminal });
    expect(done).toMatch(/^pruned +ConfigMap shop\/a$/m);
    expect(done).toContain('eu-1/web 4f1c2aa: synced, Healthy. 1 of 2 objects are as they should be.');
    const dry = await formatReceipt({ ...receipt, dryRun: true }, { name: 'eu-1/web', terminal });
    expect(dry).toMatch(/^would delete +ConfigMap shop\/a$/m);
  });

  it('two deployments differ by lines', async () => {
    const files = [
      { key: '/ConfigMap/shop/a', from: 'a: 1\nb: 2\n', to: 'a: 1\nb: 3\n' },
      { key: '/Secret/shop/s', from: 'x: 1\n' },
    ];
    const text = await formatRenderedDiff({ from: 'a', to: 'b', files }, await createTestTerminal());
    expect(text).toContain('changed ConfigMap shop/a\n');
    expect(text).toMatch(/^-b: 2$/m);
    expect(text).toMatch(/^\+b: 3$/m);
    expect(text).toContain('removed Secret shop/s\n');
  });

  it('what waits is what differs from what is delivered', () => {
    const at = (key: string, yaml: string) => ({ key: `/ConfigMap/shop/${key}`, yaml });
    const diff = { revision: REVISION, drift: [], outOfSync: [], desired: [at('a', '1'), at('b', '1'), at('c', '1')] };
    const changes = computeNextChanges({ ...diff, next: [at('a', '1'), at('b', '2'), at('d', '1')] });
    expect(describeChanges(changes)).toBe('  change ConfigMap shop/b\n  remove ConfigMap shop/c\n  add ConfigMap shop/d');
    expect(computeNextChanges(diff)).toEqual([]);
  });

  it('notifications that nobody set up say how', async () =>
    expect(
      await formatNotify({ services: [], subscriptions: [], deliveries: [], problems: [] }, await createTestTerminal(), NOW),
    ).toContain('plumb notify set'));
});

describe('an object is named by', () => {
  const KEYS = ['apps/Deployment/shop/web', '/Service/shop/web', '/Pod/shop/web-1-a', '/ConfigMap/a/same', '/ConfigMap/b/same'];
  it.each([
    ['its kind and name', 'Deployment/web', 'apps/Deployment/shop/web'],
    ['its kind in small letters', 'service/web', '/Service/shop/web'],
    ['its name, when there is one', 'web-1-a', '/Pod/shop/web-1-a'],
    ['its key', '/ConfigMap/a/same', '/ConfigMap/a/same'],
    ['group, kind, namespace and name', ':ConfigMap:b/same', '/ConfigMap/b/same'],
  ])('%s', (_, name, key) => expect(pickNode(KEYS, name)).toEqual({ ok: true, value: key }));

  it.each([
    ['several', 'web', 'Deployment shop/web, Service shop/web'],
    ['none, but nearly one', 'web-1-b', 'Did you mean web-1-a'],
    ['none', 'nothing-like-it', 'plumb app tree'],
  ])('not when that is %s', (_, name, fix) =>
    expect(pickNode(KEYS, name)).toMatchObject({ error: { exit: 2, fix: expect.stringContaining(fix) } }),
  );
});

describe('names', () => {
  it('that are near are those that differ by a letter or two, or hold what was written', () => {
    expect(nearNames('wbe', ['web', 'shop', 'worker'])).toEqual(['web']);
    expect(nearNames('check', ['checkout', 'web'])).toEqual(['checkout']);
    expect(nearNames('paymets', ['payments', 'payment', 'pay'])).toEqual(['payments', 'payment']);
    expect(nearNames('zzz', ['web', 'shop'])).toEqual([]);
  });

  it('of results are what other commands take', () => {
    expect(
      namesOf([
        { cluster: 'eu-1', app: 'web' },
        { name: 'eu-1', uid: 'x' },
        { commit: 'c', message: '' },
      ]),
    ).toEqual(['eu-1/web', 'eu-1', 'c']);
    expect(namesOf('text')).toEqual(['text']);
    expect(namesOf({ counts: 1 })).toEqual([]);
  });
});

it('durations are read in the units that people write', () => {
  expect(['90', '45s', '30m', '2h', '7d', '1h30m', '0'].map(parseDuration)).toEqual([90, 45, 1800, 7200, 604800, 5400, 0]);
  for (const bad of ['', 'm', '1x', '-1', '1h 30m', '1.5h']) expect(() => parseDuration(bad)).toThrow('duration');
});
