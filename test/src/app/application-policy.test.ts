import { describe, expect, test } from 'vitest';
import { application, codes, file, parse } from './fleet-fixtures.ts';

const only = (document: string) => {
  const { apps, problems } = parse(document);
  expect(problems).toEqual([]);
  const [app] = apps;
  if (app === undefined) throw new Error('no App was parsed');
  return app;
};

describe('what the agent does for an Application', () => {
  const policyOf = (spec: object, metadata: object = {}) => only(application('web', spec, metadata)).policy;
  const options = (...syncOptions: string[]) => policyOf({ syncPolicy: { syncOptions } }).sync;

  test.each([
    ['Replace=true', { replace: true }],
    ['Validate=false', { validate: false }],
    ['SkipDryRunOnMissingResource=true', { skipDryRunOnMissingResource: true }],
    ['ApplyOutOfSyncOnly=true', { applyOutOfSyncOnly: true }],
    ['PrunePropagationPolicy=background', { prunePropagation: 'background' }],
    ['PrunePropagationPolicy=orphan', { prunePropagation: 'orphan' }],
    ['PruneLast=true', { pruneLast: true }],
    ['ServerSideApply=true', { serverSideApply: true }],
    ['ClientSideApplyMigration=false', { migrateClientSideApply: false }],
    ['FailOnSharedResource=true', { failOnSharedResource: true }],
    ['RespectIgnoreDifferences=true', { respectIgnoreDifferences: true }],
    ['Prune=false', { neverPrune: true }],
    ['Prune=confirm', { confirmPrune: true }],
    ['Delete=confirm', { confirmDelete: true }],
  ])('sync option %s', (option, expected) => {
    expect(options(` ${option} `)).toEqual({ prunePropagation: 'foreground', ...expected });
  });

  test('CreateNamespace=true with labels and annotations of its own', () => {
    const managedNamespaceMetadata = { labels: { team: 'shop' }, annotations: { a: 'b' } };
    const policy = policyOf({ syncPolicy: { syncOptions: ['CreateNamespace=true'], managedNamespaceMetadata } });
    expect(policy).toMatchObject({ createNamespace: true, namespaceMetadata: managedNamespaceMetadata });
  });

  test('ignoreDifferences by pointer, jq and manager', () => {
    const ignoreDifferences = [
      { group: 'apps', kind: 'Deployment', name: 'web', jsonPointers: ['/spec/replicas', '/metadata/annotations/a~1b'] },
      { kind: 'Secret', jqPathExpressions: ['.data.x'], managedFieldsManagers: ['kube-controller-manager'] },
      { group: '*', kind: '*', managedFieldsManagers: ['x'] },
    ];
    expect(policyOf({ ignoreDifferences }).ignore).toEqual([
      { group: 'apps', kind: 'Deployment', name: 'web', pointers: ['/spec/replicas', '/metadata/annotations/a~1b'] },
      { group: '', kind: 'Secret', jq: ['.data.x'], managers: ['kube-controller-manager'] },
      { group: '*', kind: '*', managers: ['x'] },
    ]);
  });

  test.each([
    ['without a kind', [{ jsonPointers: ['/a'] }]],
    ['with a pointer that is none', [{ kind: 'A', jsonPointers: ['spec.replicas'] }]],
    ['with a pattern that is none', [{ kind: 'A[', jsonPointers: ['/a'] }]],
    ['S22: in an endless list', Array(100_000).fill({ kind: 'A' })],
  ])('ignoreDifferences %s costs this App only', (_name, ignoreDifferences) => {
    const { apps, problems } = parse(file(application('web', { ignoreDifferences }), application('other')));
    expect([...new Set(codes(problems))]).toEqual(['app.invalid fleet.yaml:1']);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
  });

  test.each([
    [[], { onDelete: 'orphan' }],
    [['resources-finalizer.argocd.argoproj.io'], { onDelete: 'prune', awaitDeletion: true, deletePropagation: 'foreground' }],
    [['resources-finalizer.argocd.argoproj.io/foreground'], { onDelete: 'prune', deletePropagation: 'foreground' }],
    [['resources-finalizer.argocd.argoproj.io/background'], { onDelete: 'prune', deletePropagation: 'background' }],
  ])('finalizers %j', (finalizers, expected) => {
    expect(policyOf({}, { finalizers })).toMatchObject(expected);
  });

  test('hooks of a deletion run whether their finalizers are written down or not, as Argo CD adds them itself', () => {
    const finalizers = ['pre-delete-finalizer.argocd.argoproj.io', 'post-delete-finalizer.argocd.argoproj.io/cleanup'];
    const app = only(application('web', {}, { finalizers }));
    expect(app.policy).toMatchObject({ onDelete: 'orphan', deleteHooks: ['PreDelete', 'PostDelete'] });
    expect(app.warnings).toEqual([]);
    expect(policyOf({}).deleteHooks).toEqual(['PreDelete', 'PostDelete']);
  });

  test.each([
    [{ 'argocd.argoproj.io/deletion-approved': '2026-01-31T12:00:00Z' }, { deletionApproved: '2026-01-31T12:00:00Z' }],
    [{ 'argocd.argoproj.io/client-side-apply-migration-manager': 'helm' }, { sync: { migrationManager: 'helm' } }],
    [{ 'argocd.argoproj.io/skip-reconcile': 'true' }, { suspended: true }],
    [
      { 'argocd.argoproj.io/manifest-generate-paths': '.;/shared', 'argocd.argoproj.io/tracking-id': 'x:y' },
      { suspended: false },
    ],
  ])('annotation %j', (annotations, expected) => {
    const app = only(application('web', {}, { annotations }));
    expect(app.policy).toMatchObject(expected);
    expect(app.warnings).toEqual([]);
  });

  test('an Application that its own parent may not prune leaves its objects', () => {
    const metadata = {
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
      annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' },
    };
    expect(policyOf({}, metadata).onDelete).toBe('orphan');
  });

  test.each([
    ['argocd.argoproj.io/deletion-approved', 'yes'],
    ['argocd.argoproj.io/skip-reconcile', 'yes'],
    ['argocd.argoproj.io/client-side-apply-migration-manager', 'a b'],
    ['argocd.argoproj.io/sync-options', 'Delete=confrim'],
    ['plumbline.dev/drift', 'fix'],
    ['plumbline.dev/drfit', 'warn'],
    ['plumbline.dev/deletion-budget', '-1'],
    ['plumbline.dev/deletion-budget', '101%'],
    ['plumbline.dev/timeout', '1d'],
    ['plumbline.dev/depends-on', 'a;b'],
    ['plumbline.dev/depends-on', 'mars/web'],
    ['plumbline.dev/depends-on', 'web'],
  ])('%s: %s is refused on this App only', (key, value) => {
    const { apps, problems } = parse(file(application('web', {}, { annotations: { [key]: value } }), application('other')));
    expect(problems.map(({ code }) => code)).toEqual([key.includes('sync-options') ? 'app.unsupported' : 'app.invalid']);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
  });

  test.each([
    [{ 'plumbline.dev/drift': 'adopt' }, { drift: 'adopt' }],
    [{ 'plumbline.dev/deletion-budget': '20,30%' }, { budget: { count: 20, percent: 30 } }],
    [{ 'plumbline.dev/deletion-budget': '20' }, { budget: { count: 20, percent: 100 } }],
    [{ 'plumbline.dev/deletion-budget': '5%' }, { budget: { count: 1_000_000, percent: 5 } }],
    [{ 'plumbline.dev/timeout': '5m' }, { timeoutSeconds: 300 }],
    [
      { 'plumbline.dev/depends-on': 'infra, us-1/db,eu-1/dns' },
      { dependsOn: [{ app: 'infra' }, { app: 'db', cluster: 'us-1' }, { app: 'dns' }] },
    ],
  ])('annotation of our own %j', (annotations, expected) => {
    const app = only(application('web', {}, { annotations }));
    expect(app.policy).toMatchObject(expected);
    expect(app.warnings).toEqual([]);
  });
});
