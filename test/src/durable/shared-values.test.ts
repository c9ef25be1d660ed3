import { describe, expect, it } from 'vitest';
import type { SharedValue } from '../../../core/app/settings.ts';
import { canonicalJson } from '../../../core/json/canonical.ts';
import { parseSnapshot } from '../../../core/protocol/schemas.ts';
import { createCluster, definition, deployed, held, removed, status } from './cluster-fixture.ts';
import { application, createFleet, FLEET, SHOP } from './fleet-fixture.ts';

const RULES: SharedValue = {
  kind: 'project',
  key: 'aa',
  value: { name: 'team', destinations: [{ namespace: '*' }], clusterAllow: [], clusterDeny: [], namespaceDeny: [] },
};
const SETTINGS: SharedValue = { kind: 'settings', key: 'bb', value: { ignore: [{ kind: 'Secret', pointers: ['/data'] }] } };
const governed = (id: string, version = 1) =>
  deployed(id, version, { definition: definition(id, { project: 'aa', settings: 'bb' }) });

describe('what Apps have in common', () => {
  it('travels once in the signed snapshot, which agents can read', async () => {
    const cluster = await createCluster();
    await cluster.publishShared([RULES, SETTINGS], governed('web'), governed('api'), deployed('free'));
    const snapshot = cluster.snapshot();
    expect(snapshot.projects).toEqual({ aa: RULES.value });
    expect(snapshot.settings).toEqual({ bb: SETTINGS.value });
    expect(parseSnapshot(snapshot)).toMatchObject({ ok: true });
    // What is signed is canonical: the digest that the agent computes from it is that of the Worker.
    expect(canonicalJson(snapshot)).toBe(JSON.stringify(snapshot));
  });

  it('stays as long as an App names it, whatever is published without it', async () => {
    const cluster = await createCluster();
    await cluster.publishShared([RULES, SETTINGS], governed('web'));
    await cluster.publish(deployed('api'), held('db', 1));
    expect(Object.keys(cluster.snapshot().projects ?? {})).toEqual(['aa']);
  });

  it('a policy that names what nobody knows costs its App and no other: agents would refuse the whole snapshot (P18)', async () => {
    const cluster = await createCluster();
    await cluster.publish(governed('web'), deployed('api'));
    expect(cluster.snapshot().apps.map(({ id }) => id)).toEqual(['api']);
  });

  it('F42: stays with the tombstone of an App, and goes after it', async () => {
    const cluster = await createCluster();
    await cluster.publishShared([RULES, SETTINGS], governed('web'));
    await cluster.publish({ ...removed('web'), definition: governed('web').definition });
    expect(cluster.snapshot()).toMatchObject({ apps: [{ id: 'web', state: 'removed' }], projects: { aa: RULES.value } });
    const receipt = await cluster.receipt({ app: 'web', generation: 2, outcome: 'removed' });
    await cluster.report({ receipts: [receipt], statuses: [status('web')] });
    await cluster.publish(deployed('api'));
    expect(cluster.snapshot().projects).toBeUndefined();
    expect(cluster.sql.all('SELECT * FROM shared')).toEqual([]);
  });
});

const project = (spec: object = {}) =>
  JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'team' },
    spec: { sourceRepos: ['*'], destinations: [{ name: '*', namespace: '*' }], ...spec },
  });
const argocd = (pointer: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm' },
    data: { 'resource.customizations.ignoreDifferences.all': `jsonPointers: ["${pointer}"]` },
  });

describe('a fleet path with a project and settings', () => {
  const start = async () => {
    const fleet = await createFleet();
    fleet.addSource('clusters/eu-1');
    fleet.host.push(SHOP, { 'apps/web/a.yaml': 'a' });
    fleet.host.push(FLEET, {
      'clusters/eu-1/project.yaml': project(),
      'clusters/eu-1/argocd-cm.yaml': argocd('/spec/replicas'),
      'clusters/eu-1/web.yaml': application('web', { project: 'team' }),
    });
    await fleet.settle(FLEET);
    const snapshot = () => fleet.cluster('eu-1').snapshot();
    const ignored = () => Object.values(snapshot().settings ?? {}).map(({ ignore }) => ignore?.[0]?.pointers);
    return { fleet, snapshot, ignored };
  };

  it('sends both with the App, by the keys that its policy names', async () => {
    const { snapshot } = await start();
    const { apps, projects = {}, settings = {} } = snapshot();
    expect(Object.keys(projects)).toEqual([apps[0]?.policy.project]);
    expect(Object.keys(settings)).toEqual([apps[0]?.policy.settings]);
  });

  it('brings a change of either to the App without a new render', async () => {
    const { fleet, snapshot, ignored } = await start();
    fleet.host.push(FLEET, { ...fleet.host.head(FLEET), 'clusters/eu-1/argocd-cm.yaml': argocd('/spec/paused') });
    await fleet.settle(FLEET);
    expect(ignored()).toContainEqual(['/spec/paused']);
    const deny = { namespaceResourceBlacklist: [{ group: '', kind: 'Secret' }] };
    fleet.host.push(FLEET, { ...fleet.host.head(FLEET), 'clusters/eu-1/project.yaml': project(deny) });
    await fleet.settle(FLEET);
    const [app] = snapshot().apps;
    expect(snapshot().projects?.[app?.policy.project ?? '']?.namespaceDeny).toEqual([{ group: '', kind: 'Secret' }]);
  });

  it('keeps the settings that were read last while there is a mistake in them', async () => {
    const { fleet, snapshot, ignored } = await start();
    fleet.host.push(FLEET, { ...fleet.host.head(FLEET), 'clusters/eu-1/argocd-cm.yaml': argocd('no pointer') });
    await fleet.settle(FLEET);
    expect(snapshot().apps[0]?.policy.settings).toBe(Object.keys(snapshot().settings ?? {})[0]);
    expect(ignored()).toEqual([['/spec/replicas']]);
    const { 'clusters/eu-1/argocd-cm.yaml': _gone, ...rest } = fleet.host.head(FLEET);
    fleet.host.push(FLEET, rest);
    await fleet.settle(FLEET);
    expect(snapshot().apps[0]?.policy.settings).toBeUndefined();
  });

  it('S14: a project that no longer allows an App leaves what runs, and deploys nothing new', async () => {
    const { fleet, snapshot } = await start();
    const before = snapshot().apps[0];
    fleet.host.push(FLEET, {
      ...fleet.host.head(FLEET),
      'clusters/eu-1/project.yaml': project({ destinations: [{ name: 'mars', namespace: '*' }] }),
    });
    await fleet.settle(FLEET);
    expect(snapshot().apps[0]).toEqual(before);
  });

  it('F42: project and App deleted in one commit: the App is removed all the same', async () => {
    const { fleet, snapshot } = await start();
    fleet.host.push(FLEET, { 'clusters/eu-1/other.yaml': application('other', { path: 'apps/web' }) });
    await fleet.settle(FLEET);
    expect(fleet.apps()).toEqual(['other present', 'web removed']);
    const [, web] = snapshot().apps;
    expect(snapshot().projects).toHaveProperty([web?.policy.project ?? '']);
  });
});
