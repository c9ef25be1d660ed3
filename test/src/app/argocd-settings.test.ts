import { describe, expect, test } from 'vitest';
import type { ClusterSettings } from '../../../core/app/settings.ts';
import { application, argoSettings, CONTEXT, codes, file, gitRepository, kustomization, parse } from './fleet-fixtures.ts';

function settingsOf(data: object, cluster?: string): ClusterSettings | undefined {
  const destination = cluster === undefined ? {} : { destination: { name: cluster, namespace: 'shop' } };
  const { shared, problems } = parse(file(argoSettings(data), application('web', destination)));
  expect(problems).toEqual([]);
  const [value] = shared;
  return value?.kind === 'settings' ? value.value : undefined;
}

const LUA = 'hs = {}\nhs.status = "Healthy"\nreturn hs';

describe('argocd-cm in a fleet path', () => {
  test('gives its Applications, and no Kustomization, one set of settings by key', () => {
    const data = { 'resource.customizations.health.argoproj.io_Rollout': LUA };
    const { apps, shared, warnings } = parse(
      file(argoSettings(data), application('web'), application('api'), kustomization('flux'), gitRepository('shop')),
    );
    expect(shared).toHaveLength(1);
    expect(apps.map(({ policy }) => policy.settings)).toEqual([shared[0]?.key, shared[0]?.key, undefined]);
    expect(warnings).toEqual([]);
  });

  test('as one map and as keys of their own means the same', () => {
    const combined = settingsOf({
      'resource.customizations': JSON.stringify({
        'apps/Deployment': {
          'health.lua': LUA,
          'health.lua.useOpenLibs': true,
          ignoreDifferences: 'jsonPointers: [/spec/replicas]',
          ignoreResourceUpdates: 'jqPathExpressions: [.metadata.annotations.x]',
        },
      }),
    });
    const split = settingsOf({
      'resource.customizations.health.apps_Deployment': LUA,
      'resource.customizations.useOpenLibs.apps_Deployment': 'true',
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers:\n- /spec/replicas\n',
      'resource.customizations.ignoreResourceUpdates.apps_Deployment': 'jqPathExpressions: [.metadata.annotations.x]',
    });
    expect(split).toEqual(combined);
    expect(combined).toEqual({
      health: { 'apps/Deployment': { lua: LUA, openLibs: true } },
      ignore: [{ group: 'apps', kind: 'Deployment', pointers: ['/spec/replicas'] }],
      ignoreUpdates: [
        { group: 'apps', kind: 'Deployment', jq: ['.metadata.annotations.x'] },
        { group: 'apps', kind: 'Deployment', pointers: ['/spec/replicas'] },
      ],
    });
  });

  test('knows kinds of the core group, all kinds, and groups with wildcards', () => {
    const settings = settingsOf({
      'resource.customizations.health.Service': LUA,
      'resource.customizations.health._Pod': LUA,
      'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [kube-controller-manager]',
      'resource.customizations': '"*.crossplane.io/*": {health.lua: x}',
    });
    expect(Object.keys(settings?.health ?? {}).sort()).toEqual(['*.crossplane.io/*', 'Pod', 'Service']);
    expect(settings?.ignore).toEqual([{ group: '*', kind: '*', managers: ['kube-controller-manager'] }]);
  });

  test('excludes and includes kinds, for the clusters that it names', () => {
    const data = {
      'resource.exclusions': '- apiGroups: [cilium.io]\n  kinds: [CiliumIdentity]\n  clusters: ["us-*"]\n- kinds: [Event]\n',
      'resource.inclusions': '- apiGroups: ["*"]\n',
    };
    expect(settingsOf(data, 'eu-1')).toEqual({
      exclusions: [{ groups: ['*'], kinds: ['Event'] }],
      inclusions: [{ groups: ['*'], kinds: ['*'] }],
    });
    expect(settingsOf(data, 'us-1')?.exclusions).toHaveLength(2);
  });

  test('compare options and switches', () => {
    expect(settingsOf({ 'resource.compareoptions': 'ignoreAggregatedRoles: true\nignoreResourceStatusField: all' })).toEqual({
      ignoreAggregatedRoles: true,
    });
    const off = settingsOf({
      'resource.ignoreResourceUpdatesEnabled': 'false',
      'resource.customizations.ignoreResourceUpdates.all': 'jsonPointers: [/status]',
      'resource.customizations.ignoreDifferences.all': 'jsonPointers: [/a]',
    });
    expect(off).toEqual({ ignore: [{ group: '*', kind: '*', pointers: ['/a'] }] });
  });

  test('names each key that is not used once, and never what it holds', () => {
    const data = {
      'dex.config': 'clientSecret: canary-1',
      url: 'https://argo.example.com',
      'timeout.reconciliation': '120s',
      'resource.customizations.actions.apps_Deployment': 'x',
    };
    const { warnings } = parse(file(argoSettings(data), application('web'), application('api')));
    expect(warnings.map(({ message }) => message.split(': ')[1])).toEqual([
      'data dex.config',
      'data url',
      'data resource.customizations.actions.apps_Deployment',
    ]);
    expect(JSON.stringify(warnings)).not.toContain('canary-1');
  });
});

describe('a mistake in argocd-cm', () => {
  const GOOD = { 'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]' };
  const context = { ...CONTEXT, lastSettings: { file: 'fleet.yaml', data: GOOD } };

  test.each([
    ['bad YAML', { 'resource.customizations': 'a: [' }],
    ['a list for a map', { 'resource.customizations': '[]' }],
    ['an unknown customization', { 'resource.customizations.helth.apps_Deployment': 'x' }],
    ['a key without a kind', { 'resource.customizations.health': 'x' }],
    ['a pointer that is none', { 'resource.customizations.ignoreDifferences.all': 'jsonPointers: [spec]' }],
    ['a list of texts for pointers', { 'resource.customizations.ignoreDifferences.all': 'jsonPointers: spec' }],
    ['exclusions that are a map', { 'resource.exclusions': 'kinds: []' }],
    ['an unknown compare option', { 'resource.compareoptions': 'ignoreAll: true' }],
    ['a switch that is none', { 'resource.ignoreResourceUpdatesEnabled': 'maybe' }],
    ['a number for text', { 'resource.customizations': 5 }],
    ['S22: a list without end', { 'resource.exclusions': JSON.stringify(Array(1).fill({ kinds: 'a' })) }],
  ])('keeps what was read last: %s', (_name, data) => {
    const { apps, shared, problems, settings } = parse(file(argoSettings(data), application('web')), context);
    expect(problems.length).toBeGreaterThan(0);
    expect(codes(problems)[0]).toMatch(/^(?:fleet\.settings|app\.invalid) fleet\.yaml:1$/);
    expect(shared).toHaveLength(1);
    expect(apps[0]?.policy.settings).toBe(shared[0]?.key);
    expect(settings).toEqual(context.lastSettings);
  });

  test('keeps what was read last when its file cannot be read at all', () => {
    const { apps } = parse({ 'fleet.yaml': 'a: [', 'apps.yaml': application('web') }, context);
    expect(apps[0]?.policy.settings).toBeDefined();
  });

  test('a ConfigMap that is deleted is gone', () => {
    const { apps, settings } = parse({ 'apps.yaml': application('web') }, context);
    expect([apps[0]?.policy.settings, settings]).toEqual([undefined, undefined]);
  });

  test('a second argocd-cm is refused', () => {
    expect(codes(parse(file(argoSettings({}), argoSettings({}))).problems)).toEqual(['app.duplicate fleet.yaml:3']);
  });
});
