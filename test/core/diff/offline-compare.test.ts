import { describe, expect, it } from 'vitest';
import { compareOffline } from '../../../core/diff/offline-compare.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { deployment, deploymentFields, owned } from './objects.ts';

const config = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', ...metadata },
  data,
});
const pod = (spec: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec });

describe('comparing without a server', () => {
  it('counts the fields that the manifest has', () =>
    expect(compareOffline(config({ a: '1', b: '2' }), config({ a: '9', b: '2', theirs: 'x' }))).toEqual(['/data/a']));

  it('does not count what the API server or others have added', () =>
    expect(
      compareOffline(config({ a: '1' }), {
        ...config({ a: '1', theirs: 'x' }, { uid: 'u', resourceVersion: '7', labels: { theirs: 'yes' } }),
        status: { ok: true },
      }),
    ).toEqual([]));

  it('counts a field that Git lost and a tool of Git owns', () => {
    const live = owned(config({ a: '1', gone: 'x', theirs: 'y' }), [
      { manager: 'argocd-controller', fields: { 'f:data': { 'f:a': {}, 'f:gone': {} } } },
      { manager: 'somebody', operation: 'Update', fields: { 'f:data': { 'f:theirs': {} } } },
    ]);
    expect(compareOffline(config({ a: '1' }), live)).toEqual(['/data/gone']);
  });

  it('counts a field that Git lost and kubectl had applied', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(config({ a: '1', gone: 'x' })) };
    expect(compareOffline(config({ a: '1' }), config({ a: '1', gone: 'x', theirs: 'y' }, { annotations }))).toEqual([
      '/data/gone',
    ]);
  });

  it('finds list items by the keys that managedFields name, wherever they stand', () => {
    const live = owned(deployment(1, { side: 'side:1', web: 'web:2' }), [
      { manager: 'somebody', operation: 'Update', fields: deploymentFields(['web', 'side']) },
    ]);
    expect(compareOffline(deployment(1), live)).toEqual(['/spec/template/spec/containers/1/image']);
  });

  it('finds them by the known keys of built-in kinds without managedFields', () => {
    const live = pod({
      containers: [
        { name: 'injected', image: 'x' },
        { name: 'web', image: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }], imagePullPolicy: 'Always' },
      ],
    });
    expect(compareOffline(pod({ containers: [{ name: 'web', image: 'a', ports: [{ containerPort: 80 }] }] }), live)).toEqual([]);
    expect(compareOffline(pod({ containers: [{ name: 'web', image: 'b' }] }), live)).toEqual(['/spec/containers/1/image']);
    expect(compareOffline(pod({ containers: [{ name: 'new', image: 'b' }] }), live)).toEqual(['/spec/containers']);
  });

  it('compares lists without keys as a whole', () => {
    const rules = (verbs: readonly string[]): JsonObject => ({ kind: 'Role', rules: [{ verbs }] });
    expect(compareOffline(rules(['get']), rules(['get', 'list']))).toEqual(['/rules/0/verbs']);
    expect(compareOffline(rules(['get']), rules(['list']))).toEqual(['/rules/0/verbs/0']);
  });

  it('compares quantities by their value, and nothing else so', () => {
    const limits = (cpu: unknown, memory: string): JsonObject =>
      pod({ containers: [{ name: 'web', resources: { limits: { cpu, memory } } }] } as JsonObject); // JSON
    expect(compareOffline(limits('1000m', '1024Mi'), limits('1', '1Gi'))).toEqual([]);
    expect(compareOffline(limits(1, '1G'), limits('1', '1Gi'))).toEqual(['/spec/containers/0/resources/limits/memory']);
    expect(compareOffline(config({ a: '1000m' }), config({ a: '1' }))).toEqual(['/data/a']);
  });

  it('takes nothing, an empty list and null for the same', () =>
    expect(compareOffline({ ...config({}), rules: null, list: [] }, config({}))).toEqual([]));

  it('leaves out what is ignored, and what is below it', () =>
    expect(compareOffline(config({ a: '1', b: '2' }), config({ a: '9', b: '9' }), [['data', 'a']])).toEqual(['/data/b']));
});
