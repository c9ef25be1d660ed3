import { describe, expect, test } from 'vitest';
import { parseTab, tabPath } from '../../../ui/app/data/app-address.ts';
import { toRollback, whyNotRollback } from '../../../ui/app/history/rollback-input.ts';
import { toContainers } from '../../../ui/app/logs/containers.ts';
import { parseParameters } from '../../../ui/app/object/action-parameters.ts';

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
