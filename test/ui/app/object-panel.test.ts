import { describe, expect, test } from 'vitest';
import { parseTab, tabPath } from '../../../ui/app/data/app-address.ts';
import { toRollback, whyNotRollback } from '../../../ui/app/history/rollback-input.ts';
import { toContainers } from '../../../ui/app/logs/containers.ts';
import { parseParameters } from '../../../ui/app/object/action-parameters.ts';
import { narrowLive } from '../../../ui/app/object/narrow-live.ts';

test('a part of the page that does not exist is the graph', () => {
  expect(parseTab('history')).toBe('history');
  expect(parseTab('<script>')).toBe('resources');
  expect(parseTab(undefined)).toBe('resources');
});

test('names are made safe for an address', () => {
  expect(tabPath({ cluster: 'a/b', app: '../c?d' }, 'list')).toBe('/apps/a%2Fb/..%2Fc%3Fd/list');
});

describe('parameters of an action', () => {
  const parameters = [
    { name: 'replicas', type: 'integer' },
    { name: 'name', type: 'text' },
  ] as const;

  test('are numbers and texts', () => {
    expect(parseParameters(parameters, { replicas: ' 3 ', name: 'a' })).toEqual({
      values: { replicas: 3, name: 'a' },
      problems: {},
    });
  });

  test.each(['', '-1', '1.5', 'three', '1e3', '99999999999'])('of which the number is %j are not sent', (replicas) => {
    expect(parseParameters(parameters, { replicas, name: 'a' }).problem).toBeDefined();
  });
});

describe('containers', () => {
  test('are named, those that only begin the Pod last', () => {
    const spec = { initContainers: [{ name: 'init' }], containers: [{ name: 'web' }, { name: 'proxy' }] };
    expect(toContainers({ spec })).toEqual(['web', 'proxy', 'init']);
  });

  test.each([undefined, null, 'text', { spec: { containers: 'web' } }, { spec: { containers: [null, { name: 3 }] } }])(
    'of %j are none',
    (pod) => expect(toContainers(pod)).toEqual([]),
  );
});

describe('a rollback', () => {
  const deployment = { entry: 'e1' } as Parameters<typeof toRollback>[0]; // the rest says nothing here

  test('names the entry of the ledger, and until when', () => {
    expect(toRollback(deployment, { kind: 'newer-commit' }, undefined)).toEqual({ to: 'e1', until: 'newer-commit' });
    expect(toRollback(deployment, { kind: 'time', text: '2h' }, 'fails')).toEqual({ to: 'e1', until: 7200, reason: 'fails' });
    expect(toRollback(deployment, { kind: 'unpin' }, undefined)).toEqual({ to: 'e1', until: 'unpin' });
  });

  test('until a time that is none waits for one', () => {
    expect(whyNotRollback({ kind: 'time', text: 'soon' })).toBeDefined();
    expect(whyNotRollback({ kind: 'time', text: '1h' })).toBeUndefined();
  });
});

describe('a live object beside what Git says', () => {
  test('keeps only what Git sets, in the order of Git', () => {
    const desired = { kind: 'Deployment', spec: { replicas: 2, paused: false } };
    const live = { spec: { strategy: {}, replicas: 5 }, status: {}, kind: 'Deployment', metadata: { uid: '1' } };
    expect(JSON.stringify(narrowLive(desired, live))).toBe('{"kind":"Deployment","spec":{"replicas":5}}');
  });

  test('matches containers by name, and keeps one that somebody added', () => {
    const desired = [{ name: 'web', image: 'a' }];
    const live = [
      { name: 'proxy', image: 'p' },
      { name: 'web', image: 'b', terminationMessagePath: '/dev' },
    ];
    expect(narrowLive(desired, live)).toEqual([
      { name: 'web', image: 'b' },
      { name: 'proxy', image: 'p' },
    ]);
  });

  test.each([
    [['a'], ['b', 'c'], ['b', 'c']],
    [[{ port: 1 }], [{ port: 1, protocol: 'TCP' }], [{ port: 1 }]],
    [{ a: 1 }, 'text', 'text'],
    [[{ x: 1 }], [{ x: 2, y: 3 }, { z: 4 }], [{ x: 2 }, { z: 4 }]],
    [undefined, { a: 1 }, { a: 1 }],
  ])('of %j and %j is %j', (desired, live, narrowed) => expect(narrowLive(desired, live)).toEqual(narrowed));
});
