import { describe, expect, it } from 'vitest';
import { changedFields, lastWriter, MAX_FIELDS } from '../../../core/diff/changed-fields.ts';
import type { JsonObject } from '../../../core/objects/object.ts';

const live = (changes: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'web',
    uid: 'u',
    resourceVersion: '7',
    generation: 3,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadata,
  },
  data: { a: '1' },
  ...changes,
});
const owner = (manager: string, operation: string, fields: JsonObject, time = '2026-01-01T00:00:00Z') => ({
  manager,
  operation,
  time,
  fieldsV1: fields,
});

describe('changed fields', () => {
  it('are none when only what the API server writes differs', () =>
    expect(changedFields(live(), live({ status: { ready: true } }, { resourceVersion: '8', generation: 4 }))).toEqual([]));

  it('are JSON pointers without values', () => {
    const wanted = live({ data: { a: '2', 'x/y~z': 'secret' } }, { labels: { app: 'web' } });
    expect(changedFields(live(), wanted)).toEqual(['/data/a', '/data/x~1y~0z', '/metadata/labels']);
    expect(JSON.stringify(changedFields(live(), wanted))).not.toContain('secret');
  });

  it('of lists of equal length are named by their place, of others by the list', () => {
    expect(changedFields(live({ list: [1, { a: 1 }] }), live({ list: [1, { a: 2 }] }))).toEqual(['/list/1/a']);
    expect(changedFields(live({ list: [1] }), live({ list: [1, 2] }))).toEqual(['/list']);
  });

  it('are at most twenty', () => {
    const data = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'v']));
    expect(changedFields(live({ data: {} }), live({ data }))).toHaveLength(MAX_FIELDS);
  });

  it('F38: are the managed fields when the values are right but not ours yet', () => {
    const theirs = live({}, { managedFields: [owner('kubectl', 'Update', { 'f:data': { 'f:a': {} } })] });
    const ours = live({}, { managedFields: [owner('plumbline', 'Apply', { 'f:data': { 'f:a': {} } })] });
    expect(changedFields(theirs, ours)).toEqual(['/metadata/managedFields']);
    expect(
      changedFields(
        ours,
        live({}, { managedFields: [owner('plumbline', 'Apply', { 'f:data': { 'f:a': {} } }, '2026-02-02T00:00:00Z')] }),
      ),
    ).toEqual([]);
  });

  it('S19: see a key called __proto__ as any other', () => {
    const hostile = JSON.parse(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"},"data":{"__proto__":"x"}}',
    ) as JsonObject;
    expect(changedFields(live({ data: {} }), hostile)).toContain('/data/__proto__');
  });
});

describe('the last writer', () => {
  it('is the newest manager besides us; status writers do not count', () => {
    const managedFields = [
      owner('plumbline', 'Apply', {}, '2026-03-01T00:00:00Z'),
      owner('kubectl', 'Update', {}, '2026-01-01T00:00:00Z'),
      owner('somebody', 'Update', {}, '2026-02-01T00:00:00Z'),
      { ...owner('controller', 'Update', {}, '2026-04-01T00:00:00Z'), subresource: 'status' },
    ];
    expect(lastWriter(live({}, { managedFields }), 'plumbline')).toEqual({ manager: 'somebody', time: '2026-02-01T00:00:00Z' });
  });

  it('is unknown when only we wrote', () => expect(lastWriter(live(), 'plumbline')).toEqual({}));
});
