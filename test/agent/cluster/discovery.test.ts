import { describe, expect, it } from 'vitest';
import { parseDiscovery } from '../../../agent/cluster/discovery.ts';
import type { Json } from '../../../core/objects/object.ts';

const resource = (name: string, kind: string, scope = 'Namespaced', verbs = ['get', 'patch']) => ({
  resource: name,
  responseKind: { kind },
  scope,
  verbs,
});
const group = (name: string, versions: readonly Json[]): Json => ({ metadata: { name }, versions });

describe('discovery', () => {
  const kinds = parseDiscovery([
    {
      items: [
        group('', [
          {
            version: 'v1',
            resources: [
              resource('configmaps', 'ConfigMap'),
              resource('namespaces', 'Namespace', 'Cluster'),
              resource('bindings', 'Binding', 'Namespaced', ['create']),
            ],
          },
        ]),
      ],
    },
    {
      items: [
        group('autoscaling', [
          { version: 'v2', resources: [resource('horizontalpodautoscalers', 'HorizontalPodAutoscaler')] },
          { version: 'v1', resources: [resource('horizontalpodautoscalers', 'HorizontalPodAutoscaler')] },
        ]),
        group('broken.example.com', [{ version: 'v1', freshness: 'Stale' }]),
        'nonsense',
      ],
    },
  ]);

  it('knows kinds by their version, and by their group in the preferred version', () => {
    expect(kinds.byVersion.get('v1/ConfigMap')).toEqual({
      group: '',
      version: 'v1',
      kind: 'ConfigMap',
      plural: 'configmaps',
      namespaced: true,
    });
    expect(kinds.byVersion.get('v1/Namespace')?.namespaced).toBe(false);
    expect(kinds.byVersion.get('autoscaling/v1/HorizontalPodAutoscaler')?.version).toBe('v1');
    expect(kinds.byGroup.get('autoscaling/HorizontalPodAutoscaler')?.version).toBe('v2');
  });

  it('leaves out what cannot be applied', () => expect(kinds.byVersion.has('v1/Binding')).toBe(false));

  it('F11: marks a group whose server is away, and goes on with the others', () =>
    expect([...kinds.stale]).toEqual(['broken.example.com']));
});
