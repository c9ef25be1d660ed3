import { describe, expect, test } from 'vitest';
import type { ProjectRules } from '../../../core/app/settings.ts';
import { application, codes, file, parse, project } from './fleet-fixtures.ts';

const inProject = (name: string, spec: object = {}, metadata: object = {}) =>
  application(name, { project: 'team', ...spec }, metadata);

/** Codes of what became of one Application in a project. */
function judged(projectSpec: object, app: object = {}, metadata: object = {}): string[] {
  return parse(file(project('team', projectSpec), inProject('web', app, metadata))).problems.map(({ code }) => code);
}

const rulesOf = (spec: object): ProjectRules | undefined => {
  const { shared } = parse(file(project('team', spec), inProject('web')));
  const [value] = shared;
  return value?.kind === 'project' ? value.value : undefined;
};

describe('an Application of a project', () => {
  test('names the rules of its objects by a key, under which they travel once', () => {
    const { apps, shared, problems, warnings } = parse(
      file(project('team'), inProject('web'), inProject('api'), application('free')),
    );
    expect([problems, warnings, shared.length]).toEqual([[], [], 1]);
    expect(apps.map(({ policy }) => policy.project)).toEqual([shared[0]?.key, shared[0]?.key, undefined]);
  });

  test('S14: is refused when its project is not there, and kept as it was', () => {
    const { apps, problems, unread } = parse(file(inProject('web'), application('other')));
    expect(codes(problems)).toEqual(['app.project_unknown fleet.yaml:1']);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test('of the project default is deployed without anybody defining it, and by its rules when somebody does', () => {
    expect(parse(application('web')).problems).toEqual([]);
    const defined = parse(file(project('default', { sourceRepos: ['https://elsewhere.example.com/*'] }), application('web')));
    expect(codes(defined.problems)).toEqual(['app.project fleet.yaml:3']);
  });

  test.each([
    ['any', ['*'], true],
    ['this one', ['https://git.example.com/org/shop'], true],
    ['this one by ssh', ['git@git.example.com:Org/Shop.git'], true],
    ['its organisation', ['https://git.example.com/org/*'], true],
    ['S14: a path that only begins alike', ['https://git.example.com/org/shop2'], false],
    ['S14: one level only', ['https://git.example.com/*'], false],
    ['every level', ['https://git.example.com/**'], true],
    ['none', [], false],
    ['all but this one', ['*', '!https://git.example.com/org/shop'], false],
    ['all but another one', ['!https://git.example.com/org/other'], true],
  ])('S14: sourceRepos of %s', (_name, sourceRepos, isAllowed) => {
    expect(judged({ sourceRepos })).toEqual(isAllowed ? [] : ['app.project']);
  });

  test.each([
    ['the cluster by its name', [{ name: 'eu-1', namespace: 'shop' }], true],
    ['the cluster as Argo CD calls it', [{ name: 'in-cluster', namespace: '*' }], true],
    ['the cluster by its server', [{ server: 'https://kubernetes.default.svc', namespace: 'sh*' }], true],
    ['another cluster', [{ name: 'us-1', namespace: '*' }], false],
    ['another namespace', [{ name: '*', namespace: 'shop2' }], false],
    [
      'no namespace of this name',
      [
        { server: '*', namespace: '*' },
        { server: '*', namespace: '!shop' },
      ],
      false,
    ],
    ['all namespaces but another', [{ server: '*', namespace: '!kube-*' }], true],
    [
      'all clusters but this one',
      [
        { name: '*', namespace: '*' },
        { name: '!eu-*', namespace: '*' },
      ],
      false,
    ],
    [
      'all clusters but this one, by its name, which forbids all of it',
      [
        { name: '*', namespace: '*' },
        { name: '!eu-1', namespace: 'kube-system' },
      ],
      false,
    ],
    [
      'this cluster but for a namespace',
      [
        { name: '*', namespace: '*' },
        { server: '!https://kubernetes.default.svc', namespace: 'kube-system' },
      ],
      true,
    ],
    ['none', [], false],
  ])('S14: destinations with %s', (_name, destinations, isAllowed) => {
    expect(judged({ destinations })).toEqual(isAllowed ? [] : ['app.project']);
  });

  test('S14: of another namespace needs sourceNamespaces', () => {
    expect(judged({}, {}, { namespace: 'team-a' })).toEqual(['app.project']);
    expect(judged({ sourceNamespaces: ['team-*'] }, {}, { namespace: 'team-a' })).toEqual([]);
  });

  test('takes the first ServiceAccount of its destination when impersonation is on, and none is refused (S31)', () => {
    const settings = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm' },
      data: { 'application.sync.impersonation.enabled': 'true' },
    });
    const accounts = (defaultServiceAccount: string, namespace = '*') => ({
      destinationServiceAccounts: [{ server: 'https://kubernetes.default.svc', namespace, defaultServiceAccount }],
    });
    const policyOf = (spec: object) => parse(file(settings, project('team', spec), inProject('web'))).apps[0]?.policy;
    expect(policyOf(accounts('deployer'))?.serviceAccount).toEqual({ namespace: 'shop', name: 'deployer' });
    expect(policyOf(accounts('ci:deployer'))?.serviceAccount).toEqual({ namespace: 'ci', name: 'deployer' });
    expect(policyOf(accounts('deployer', 'other'))).toBeUndefined();
    expect(parse(file(settings, application('web'))).problems.map(({ code }) => code)).toEqual(['app.project']);
    expect(parse(file(project('team', accounts('deployer')), inProject('web'))).apps[0]?.policy.serviceAccount).toBeUndefined();
  });
});

describe('the rules that travel to the agent', () => {
  test('are the lists of kinds, and what is forbidden stays forbidden', () => {
    expect(
      rulesOf({
        clusterResourceWhitelist: [{ group: '*', kind: 'Namespace', name: 'shop-*' }],
        clusterResourceBlacklist: [{ group: '', kind: 'Node' }],
        namespaceResourceWhitelist: [],
        namespaceResourceBlacklist: [{ group: 'rbac.authorization.k8s.io', kind: '*' }],
        orphanedResources: { warn: true, ignore: [{ kind: 'ConfigMap', name: 'kube-root-ca.crt' }] },
        destinations: [
          { server: '*', namespace: '!kube-*' },
          { name: 'us-1', namespace: 'x' },
        ],
      }),
    ).toEqual({
      name: 'team',
      destinations: [{ namespace: '!kube-*' }, { namespace: '*' }],
      clusterAllow: [{ group: '*', kind: 'Namespace', name: 'shop-*' }],
      clusterDeny: [{ group: '', kind: 'Node' }],
      namespaceAllow: [],
      namespaceDeny: [{ group: 'rbac.authorization.k8s.io', kind: '*' }],
      orphaned: { warn: true, ignore: [{ kind: 'ConfigMap', name: 'kube-root-ca.crt' }] },
    });
  });

  test('without a list all kinds in namespaces and none of the cluster are allowed; orphans are looked for only when asked', () => {
    expect(rulesOf({})).toEqual({
      name: 'team',
      destinations: [{ namespace: '*' }],
      clusterAllow: [],
      clusterDeny: [],
      namespaceDeny: [],
    });
    expect(rulesOf({ orphanedResources: {} })?.orphaned).toEqual({ warn: false, ignore: [] });
  });
});

describe('sync windows', () => {
  const NIGHT = { kind: 'deny', schedule: '0 22 * * *', duration: '8h', applications: ['*'] };
  const windowsOf = (...syncWindows: object[]) =>
    parse(file(project('team', { syncWindows }), inProject('web'))).apps[0]?.policy.windows;

  test('reach the Apps that they select', () => {
    const window = { ...NIGHT, timeZone: 'Europe/Berlin', manualSync: true, syncOverrun: true };
    expect(windowsOf(window)).toEqual([
      {
        kind: 'deny',
        schedule: '0 22 * * *',
        durationSeconds: 28_800,
        timeZone: 'Europe/Berlin',
        manualSync: true,
        syncOverrun: true,
      },
    ]);
  });

  test.each([
    ['by name', { applications: ['we?'] }, true],
    ['by another name', { applications: ['api'] }, false],
    ['by cluster', { clusters: ['eu-*'] }, true],
    ['by namespace', { namespaces: ['shop'] }, true],
    ['by any of them', { applications: ['api'], namespaces: ['shop'] }, true],
    ['by all of them', { applications: ['web'], namespaces: ['x'], andOperator: true }, false],
    ['by all that are given', { applications: ['web'], clusters: ['eu-1'], andOperator: true }, true],
  ])('%s', (_name, selector, isSelected) => {
    const { applications: _all, ...night } = NIGHT;
    expect(windowsOf({ ...night, ...selector })?.length ?? 0).toBe(isSelected ? 1 : 0);
  });

  test.each([
    ['S22: a bad schedule', { schedule: '0 25 * * *' }],
    ['S22: a schedule of six fields', { schedule: '0 0 22 * * *' }],
    ['S22: a schedule that never comes', { schedule: '0 0 31 2 *' }],
    ['S22: a negative duration', { duration: '-1s' }],
    ['S22: a duration of nothing', { duration: '0' }],
    ['S22: a duration in days', { duration: '1d' }],
    ['S22: an unknown time zone', { timeZone: 'Mars/Olympus' }],
    ['another kind', { kind: 'maybe' }],
    ['nobody that it is for', { applications: [] }],
  ])('with %s refuse their project and its Apps, and no others: a deny is never dropped', (_name, change) => {
    const { apps, problems } = parse(
      file(project('team', { syncWindows: [{ ...NIGHT, ...change }] }), inProject('web'), application('other')),
    );
    expect(new Set(codes(problems))).toEqual(new Set(['app.invalid fleet.yaml:1', 'app.project_unknown fleet.yaml:3']));
    expect(apps.map(({ id }) => id)).toEqual(['other']);
  });
});

describe('a project that cannot be used holds its Apps', () => {
  test.each([
    ['S17: signature keys', { signatureKeys: [{ keyID: 'ABCD' }] }, 'app.unsupported'],
    ['S41: an empty signature policy', { sourceIntegrity: {} }, 'app.unsupported'],
    ['clusters of its own', { permitOnlyProjectScopedClusters: true }, 'app.unsupported'],
    ['a bare denial', { sourceRepos: ['!*'] }, 'app.invalid'],
    ['a bare denial of namespaces', { destinations: [{ server: '*', namespace: '!*' }] }, 'app.invalid'],
    [
      'S05: a ServiceAccount with a semicolon',
      { destinationServiceAccounts: [{ server: '*', namespace: '*', defaultServiceAccount: 'a;b' }] },
      'app.invalid',
    ],
    ['S22: an endless list', { sourceRepos: Array(1001).fill('x') }, 'app.invalid'],
    ['a kind without a name', { clusterResourceWhitelist: [{ group: '*' }] }, 'app.invalid'],
  ])('%s', (_name, spec, code) => {
    const { apps, problems, unread } = parse(file(project('team', spec), inProject('web'), application('other')));
    expect(codes(problems)).toEqual([`${code} fleet.yaml:1`, 'app.project_unknown fleet.yaml:3']);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test('a second definition of a project is refused', () => {
    expect(codes(parse(file(project('team'), project('team'))).problems)).toEqual(['app.duplicate fleet.yaml:3']);
  });

  test('a bad line of a role is named, and costs no App', () => {
    const { problems, access } = parse(project('team', { roles: [{ name: 'dev', policies: ['p, x'] }] }));
    expect(codes(problems)).toEqual(['access.policy fleet.yaml:1']);
    expect(access.projects).toEqual([{ name: 'team', roles: [{ role: 'dev', policies: ['p, x'], groups: [] }] }]);
  });
});
