import { describe, expect, test } from 'vitest';
import { commitMessage } from '../../../core/ledger/commit-message.ts';
import type { LedgerChange, RecordedApp } from '../../../core/ledger/entry.ts';
import { parseTrailers } from '../../../core/ledger/trailers.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';

const REVISION = '4f1c2aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6';
const BUNDLE = `sha256:${'b'.repeat(64)}`;
// Messages use nothing of an App but its id.
const app = (id: string) => ({ id }) as RecordedApp;
const deploy = (id: string, more = {}): LedgerChange => ({
  kind: 'deploy',
  app: app(id),
  revision: REVISION,
  bundle: BUNDLE,
  generation: 7,
  objects: [],
  digests: [],
  problems: [],
  ...more,
});
const receipt = (id: string, more: Partial<Receipt> = {}): LedgerChange => ({
  kind: 'receipt',
  envelope: { payloadType: '', payload: '', signatures: [] },
  receipt: {
    id: `r-${id}`,
    cluster: 'uid',
    generation: 7,
    snapshot: BUNDLE,
    app: id,
    bundle: BUNDLE,
    revision: REVISION,
    outcome: 'synced',
    startedAt: 0,
    finishedAt: 0,
    results: ['created', 'unchanged'].map((action, i) => ({
      key: `apps/Deployment/shop/${id}${i}`,
      action: action as 'created',
    })),
    health: { status: 'Healthy' },
    problems: [],
    requests: [],
    ...more,
  },
});
const hold = (id: string, message: string): LedgerChange => ({
  kind: 'hold',
  app: app(id),
  revision: REVISION,
  problems: [{ code: 'render.empty', message }],
});
const invalid = { code: 'apply.invalid', message: 'replicas is not a number' } as const;

const first = (...changes: LedgerChange[]) => commitMessage({ changes }, 'eu-1').split('\n')[0];

describe('the first line says what happened', () => {
  test.each<[string, LedgerChange]>([
    ['web: deploy 4f1c2aa to eu-1', deploy('web')],
    ['web: roll back to 4f1c2aa in eu-1', deploy('web', { as: 'rollback' })],
    ['web: change the policy at 4f1c2aa in eu-1', deploy('web', { as: 'policy' })],
    ['web: hold 4f1c2aa, render is empty', hold('web', 'render is empty')],
    ['web: remove from eu-1', { kind: 'remove', app: 'web', generation: 1, onDelete: 'prune' }],
    ['web: remove from eu-1, its objects stay', { kind: 'remove', app: 'web', generation: 1, onDelete: 'orphan' }],
    [
      'web: sync asked for by ana',
      { kind: 'request', app: 'web', generation: 1, request: { id: '1', kind: 'sync', actor: 'ana' } },
    ],
    [
      'web: dry run of 1 object with pruning, replace asked for by ana',
      {
        kind: 'request',
        app: 'web',
        generation: 1,
        request: { id: '1', kind: 'sync', dryRun: true, prune: true, replace: true, resources: ['/Secret/a/b'], actor: 'ana' },
      },
    ],
    [
      'web: terminate asked for by ana',
      { kind: 'request', app: 'web', generation: 1, request: { id: '1', kind: 'terminate', actor: 'ana' } },
    ],
    [
      'web: tried 4f1c2aa without writing, 1 of 2 objects would change',
      receipt('web', {
        dryRun: true,
        results: [
          { key: 'apps/Deployment/a/b', action: 'configured' },
          { key: '/Secret/a/b', action: 'unchanged' },
        ],
      }),
    ],
    ['web: synced 4f1c2aa, 2 objects, Healthy', receipt('web')],
    [
      'web: failed 4f1c2aa, 1 of 1 object, replicas is not a number',
      receipt('web', { outcome: 'failed', results: [{ key: 'apps/Deployment/a/b', action: 'failed', problem: invalid }] }),
    ],
    ['web: removed, 0 objects deleted', receipt('web', { outcome: 'removed' })],
  ])('%s', (line, change) => expect(first(change)).toBe(line));

  test.each<[string, LedgerChange[]]>([
    ['2 apps: deploy 4f1c2aa to eu-1', [deploy('web'), deploy('api')]],
    ['2 apps: deploy to eu-1', [deploy('web'), deploy('api', { revision: 'v2' })]],
    ['2 apps: synced 4f1c2aa, 4 objects, Healthy', [receipt('web'), receipt('api')]],
    [
      '2 apps: synced 4f1c2aa, 4 objects, Healthy 1, Degraded 1',
      [receipt('web'), receipt('api', { health: { status: 'Degraded' } })],
    ],
    ['3 apps: deploy 2, hold 1', [deploy('web'), deploy('api'), hold('db', 'x')]],
  ])('%s', (line, changes) => expect(first(...changes)).toBe(line));

  test('sign generation 9 for eu-1', () => {
    expect(commitMessage({ changes: [], snapshots: [{ generation: 9, digest: BUNDLE }] }, 'eu-1')).toBe(
      `sign generation 9 for eu-1\n\nSnapshot: 9 ${BUNDLE}\n`,
    );
  });
});

test('trailers come back, one block per App', () => {
  const snapshots = [{ generation: 7, digest: BUNDLE }];
  const because = { actor: 'ana', reason: 'incident 12' };
  const message = commitMessage({ changes: [deploy('web', because), receipt('api'), hold('db', 'x')], snapshots }, 'eu-1');
  expect(parseTrailers(message)).toEqual({
    changes: [
      { app: 'web', action: 'deploy', revision: REVISION, bundle: BUNDLE, generation: 7, ...because },
      { app: 'api', action: 'synced', revision: REVISION, bundle: BUNDLE, generation: 7, receipt: 'r-api' },
      { app: 'db', action: 'hold', revision: REVISION, reason: 'render.empty' },
    ],
    snapshots,
  });
});

test('S17 nobody writes a trailer by choosing a name, a subject or a reason', () => {
  const evil = 'x\n\nApp: victim\nAction: deploy\r\u2028App: victim';
  const changes = [
    deploy('web', { subject: evil, actor: evil, reason: evil, revision: evil }),
    hold('db', evil),
    receipt('api', {
      problems: [{ ...invalid, message: evil }],
      outcome: 'failed',
      revision: evil,
      results: [{ key: evil, action: 'failed' }],
    }),
  ];
  for (const some of [changes, ...changes.map((change) => [change])]) {
    const apps = parseTrailers(commitMessage({ changes: some }, 'eu-1')).changes.map((change) => change.app);
    expect(apps).not.toContain('victim');
    expect(apps).toHaveLength(some.length);
  }
});

test('the body of an entry with a thousand Apps names only the first, its trailers all', () => {
  const message = commitMessage({ changes: Array.from({ length: 1000 }, (_, i) => deploy(`app-${i}`)) }, 'eu-1');
  expect(message).toContain('and 900 more');
  expect(parseTrailers(message).changes).toHaveLength(1000);
});
