import { describe, expect, it } from 'vitest';
import { EVERYTHING, type FleetFilter, filterRows, parseFilter, toSearchParams } from '../../../ui/fleet/fleet-filter.ts';
import { row } from './rows.ts';

const shown = (rows: Parameters<typeof filterRows>[0], filter: Partial<FleetFilter>) =>
  filterRows(rows, { ...EVERYTHING, ...filter }).map(({ app }) => app);

describe('a filter in the address', () => {
  it.each<[string, Partial<FleetFilter>]>([
    ['', {}],
    ['q=shop+prod', { search: 'shop prod' }],
    ['cluster=eu-1%2Cus-1&project=shop', { clusters: ['eu-1', 'us-1'], projects: ['shop'] }],
    ['label=team%3Dweb', { labels: ['team=web'] }],
    ['sync=OutOfSync&health=Degraded%2CMissing', { sync: ['OutOfSync'], health: ['Degraded', 'Missing'] }],
    ['problems=1&sort=worst&group=cluster', { problemsOnly: true, sort: 'worst', group: 'cluster' }],
    ['group=label%3Ateam', { group: 'label:team' }],
  ])('%s is written and read back', (address, changes) => {
    const filter = { ...EVERYTHING, ...changes };
    expect(toSearchParams(filter).toString()).toBe(address);
    expect(parseFilter(new URLSearchParams(address))).toEqual(filter);
  });

  it('drops what has no meaning', () =>
    expect(parseFilter(new URLSearchParams('health=Fine,&sync=%3Cscript%3E&sort=down&group=label:&other=1'))).toEqual(
      EVERYTHING,
    ));
});

describe('rows', () => {
  const rows = [
    row({ app: 'api', health: 'Degraded', why: { code: 'degraded', text: 'Deployment api: 1 of 3 ready', severity: 'bad' } }),
    row({ app: 'cart', cluster: 'us-1', labels: { team: 'web' }, since: 3_000 }),
    row({ app: 'mail', project: 'infra', sync: 'OutOfSync', labels: { team: 'core' }, since: 2_000 }),
    row({ app: 'shop', health: 'Progressing', why: { code: 'progressing', text: 'rolls out', severity: 'wait' } }),
  ];

  it.each<[string, Partial<FleetFilter>, readonly string[]]>([
    ['all of them', {}, ['api', 'cart', 'mail', 'shop']],
    ['every word of the search, anywhere', { search: 'API ready' }, ['api']],
    ['the beginning of a revision', { search: '4f1c2aa' }, ['api', 'cart', 'mail', 'shop']],
    ['a cluster', { clusters: ['us-1'] }, ['cart']],
    ['a project', { projects: ['infra'] }, ['mail']],
    ['a label of any value', { labels: ['team'] }, ['cart', 'mail']],
    ['a label of one value', { labels: ['team=core'] }, ['mail']],
    ['states together', { health: ['Degraded', 'Healthy'], sync: ['Synced'] }, ['api', 'cart']],
    ['problems', { problemsOnly: true }, ['api']],
    ['the worst first', { sort: 'worst' }, ['api', 'shop', 'cart', 'mail']],
    ['the newest first', { sort: 'newest' }, ['cart', 'mail', 'api', 'shop']],
    ['by cluster', { sort: 'cluster' }, ['api', 'mail', 'shop', 'cart']],
  ])('are shown by %s', (_, filter, expected) => expect(shown(rows, filter)).toEqual(expected));

  it('of a label that every object has by nature have not that label', () =>
    expect(shown(rows, { labels: ['constructor=x'] })).toEqual([]));
});
