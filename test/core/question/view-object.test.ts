import { describe, expect, it } from 'vitest';
import { viewDifferences, viewYaml } from '../../../core/question/view-object.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const secret = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'db',
    namespace: 'shop',
    annotations: { [LAST_APPLIED]: JSON.stringify({ data: { password: value } }), note: 'kept' },
    managedFields: [{ manager: 'kubectl' }],
  },
  type: 'Opaque',
  data: { password: value },
});

describe('a Secret', () => {
  it('is shown with its keys, and neither its values nor their length (S10)', () => {
    const [short, long] = [viewYaml(secret('YQ==')), viewYaml(secret('YQ=='.repeat(50)))];
    expect(short).toBe(long);
    expect(short).toContain('password:');
    expect(short).not.toContain('YQ==');
    expect(short).toContain('note: kept');
  });
  it('of another API group is masked too', () =>
    expect(viewYaml({ ...secret('YQ=='), apiVersion: 'example.com/v1' })).not.toContain('YQ=='));
});

describe('an object', () => {
  it('loses managedFields and the copy that kubectl keeps', () => {
    const yaml = viewYaml({ ...secret('x'), kind: 'ConfigMap', data: { a: 'b' } });
    expect(yaml).not.toContain('managedFields');
    expect(yaml).not.toContain(LAST_APPLIED);
    expect(yaml).toContain('a: b');
  });
  it('loses values that were filled in from Secrets', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { dsn: 'user:hunter2' } };
    expect(viewYaml(object, (text) => text.replaceAll('hunter2', '(masked)'))).not.toContain('hunter2');
  });
  it('of any size is cut', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'x'.repeat(3_000_000) } };
    expect(viewYaml(object).length).toBeLessThan(1_000_100);
  });
});

it('paths that differ name who set them last, where the object tells', () => {
  const live = {
    metadata: {
      managedFields: [
        {
          manager: 'kubectl-edit',
          operation: 'Update',
          time: '2026-01-01T00:00:00Z',
          fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        },
      ],
    },
    spec: { replicas: 3, paused: true },
  };
  expect(viewDifferences(live, ['/spec/replicas', '/spec/paused'], 'plumbline')).toEqual([
    { path: '/spec/replicas', manager: 'kubectl-edit', time: '2026-01-01T00:00:00Z' },
    { path: '/spec/paused' },
  ]);
});
