import { describe, expect, test } from 'vitest';
import type { ObjectRef } from '../../../core/objects/object.ts';
import { compareForApply, compareForDelete, fluxStageOf } from '../../../core/objects/order.ts';

const ref = (text: string): ObjectRef => {
  const [group = '', kind = '', namespace = '', name = ''] = text.split('/');
  return { group, kind, namespace, name };
};
const show = (r: ObjectRef) => `${r.group}/${r.kind}/${r.namespace}/${r.name}`;
const MIXED = [
  'example.com/Widget/a/z',
  'apps/Deployment/a/web',
  '/Service/a/web',
  '/ConfigMap/a/b',
  '/ConfigMap/a/a',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration//hook',
  'apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com',
  '/Namespace//a',
].map(ref);

describe('apply order', () => {
  test('Argo CD applies by kind, then by name, unknown kinds last', () => {
    expect(MIXED.toSorted(compareForApply('argo')).map(show)).toEqual([
      '/Namespace//a',
      '/ConfigMap/a/a',
      '/ConfigMap/a/b',
      'apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com',
      '/Service/a/web',
      'apps/Deployment/a/web',
      'admissionregistration.k8s.io/ValidatingWebhookConfiguration//hook',
      'example.com/Widget/a/z',
    ]);
  });

  test('Flux applies definitions first and admission webhooks last', () => {
    expect(MIXED.toSorted(compareForApply('flux')).map(show)).toEqual([
      'apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com',
      '/Namespace//a',
      '/ConfigMap/a/a',
      '/ConfigMap/a/b',
      '/Service/a/web',
      'apps/Deployment/a/web',
      'example.com/Widget/a/z',
      'admissionregistration.k8s.io/ValidatingWebhookConfiguration//hook',
    ]);
  });

  test('deletion is the reverse of applying, in both dialects', () => {
    for (const dialect of ['argo', 'flux'] as const) {
      const applied = MIXED.toSorted(compareForApply(dialect)).map(show);
      expect(MIXED.toSorted(compareForDelete(dialect)).map(show)).toEqual(applied.toReversed());
    }
  });

  test('the order does not depend on the order of the input', () => {
    const expected = MIXED.toSorted(compareForApply('argo')).map(show);
    for (let shift = 0; shift < MIXED.length; shift++) {
      const rotated = [...MIXED.slice(shift), ...MIXED.slice(0, shift)];
      expect(rotated.toSorted(compareForApply('argo')).map(show)).toEqual(expected);
    }
  });

  test.each([
    ['/Namespace//a', 'definitions'],
    ['rbac.authorization.k8s.io/ClusterRole//a', 'definitions'],
    ['apiextensions.k8s.io/CustomResourceDefinition//a', 'definitions'],
    ['example.com/Namespace//a', 'resources'],
    ['storage.k8s.io/StorageClass//fast', 'classes'],
    ['apps/Deployment/a/web', 'resources'],
  ])('Flux stages %s as %s', (key, stage) => {
    expect(fluxStageOf(ref(key))).toBe(stage);
  });
});
