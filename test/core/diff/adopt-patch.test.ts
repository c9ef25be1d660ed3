import { describe, expect, it } from 'vitest';
import { adoptPatch, MAX_PATCH } from '../../../core/diff/adopt-patch.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { deployment, deploymentFields, owned } from './objects.ts';

const config = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', ...metadata },
  data,
});

describe('the patch that Git would need', () => {
  it('has the live values of Git’s fields that differ, and nothing else', () =>
    expect(
      adoptPatch({
        target: config({ a: '1', b: '2' }),
        live: config({ a: '9', b: '2', theirs: 'x' }),
        wanted: config({ a: '1', b: '2', theirs: 'x' }),
      }),
    ).toEqual({ data: { a: '9' } }));

  it('removes what live lost', () =>
    expect(adoptPatch({ target: config({ a: '1' }), live: config({}), wanted: config({ a: '1' }) })).toEqual({
      data: { a: null },
    }));

  it('leaves out what Plumbline adds by itself', () => {
    const tracked = (id: string) => config({ a: '1' }, { annotations: { 'argocd.argoproj.io/tracking-id': id } });
    expect(adoptPatch({ target: tracked('ours'), live: tracked('theirs'), wanted: tracked('ours') })).toBeUndefined();
  });

  it('holds a list as Git writes it, without the defaults of the cluster', () => {
    const withDefaults = (image: string) => {
      const object = deployment(1, { side: 'side:1', web: image }) as { spec: { template: { spec: { containers: object[] } } } };
      for (const container of object.spec.template.spec.containers) Object.assign(container, { imagePullPolicy: 'Always' });
      return owned(object as unknown as JsonObject, [{ manager: 'plumbline', fields: deploymentFields(['web']) }]); // a test's object
    };
    expect(adoptPatch({ target: deployment(1), live: withDefaults('web:hotfix'), wanted: withDefaults('web:1') })).toEqual({
      spec: { template: { spec: { containers: [{ name: 'web', image: 'web:hotfix' }] } } },
    });
  });

  it('is not shown when it is too large', () => {
    const large = 'x'.repeat(MAX_PATCH);
    expect(adoptPatch({ target: config({ a: '1' }), live: config({ a: large }), wanted: config({ a: '1' }) })).toBeUndefined();
  });

  it('has what applying would take away, because Git said it once', () =>
    expect(adoptPatch({ target: config({ a: '1' }), live: config({ a: '1', b: '2' }), wanted: config({ a: '1' }) })).toEqual({
      data: { b: '2' },
    }));
});
