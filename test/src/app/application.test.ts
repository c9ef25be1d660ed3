import { describe, expect, test } from 'vitest';
import { application, applicationOf, codes, file, parse } from './fleet-fixtures.ts';

const GUESTBOOK = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: guestbook
  namespace: argocd
  finalizers:
    - resources-finalizer.argocd.argoproj.io
spec:
  project: default
  source:
    repoURL: https://github.com/argoproj/argocd-example-apps.git
    targetRevision: HEAD
    path: ./guestbook/
  destination:
    server: https://kubernetes.default.svc
    namespace: guestbook
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
    syncOptions:
      - CreateNamespace=true
    retry:
      limit: 3
      backoff:
        duration: 10s
        factor: 3
        maxDuration: 5m
`;

test('the Application of every tutorial is understood without a warning', () => {
  const { apps, problems, warnings, unread } = parse(GUESTBOOK);
  expect([problems, warnings, [...unread.files], [...unread.ids]]).toEqual([[], [], [], []]);
  expect(apps).toEqual([
    {
      id: 'guestbook',
      cluster: 'eu-1',
      project: 'default',
      origin: { dialect: 'argo', kind: 'Application', namespace: 'argocd', name: 'guestbook', file: 'fleet.yaml', line: 2 },
      source: { repoURL: 'https://github.com/argoproj/argocd-example-apps.git', revision: 'HEAD', path: 'guestbook' },
      render: { engine: 'auto', helm: { releaseName: 'guestbook', namespace: 'guestbook' }, namespace: 'guestbook' },
      policy: {
        dialect: 'argo',
        name: 'guestbook',
        namespace: 'argocd',
        autoSync: true,
        prune: true,
        selfHeal: true,
        allowEmpty: false,
        targetNamespace: 'guestbook',
        createNamespace: true,
        suspended: false,
        retry: { limit: 3, durationSeconds: 10, factor: 3, maxDurationSeconds: 300 },
        timeoutSeconds: 600,
        onDelete: 'prune',
        awaitDeletion: true,
        deletePropagation: 'foreground',
        deleteHooks: ['PreDelete', 'PostDelete'],
        budget: { count: 50, percent: 100 },
        sync: { prunePropagation: 'foreground' },
      },
      warnings: [],
    },
  ]);
});

const only = (document: string) => {
  const { apps, problems } = parse(document);
  expect(problems).toEqual([]);
  const [app] = apps;
  if (app === undefined) throw new Error('no App was parsed');
  return app;
};

describe('defaults are those of Argo CD', () => {
  test('without syncPolicy nothing is synced, pruned or healed, and a deleted App leaves its objects', () => {
    const { policy } = only(application('web'));
    expect(policy).toMatchObject({ autoSync: false, prune: false, selfHeal: false, allowEmpty: false, createNamespace: false });
    expect(policy.onDelete).toBe('orphan');
    expect(policy.retry).toEqual({ limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 });
  });

  test('automated alone syncs, and neither prunes nor heals', () => {
    expect(only(application('web', { syncPolicy: { automated: {} } })).policy).toMatchObject({
      autoSync: true,
      prune: false,
      selfHeal: false,
    });
  });

  test('automated.enabled false switches all of it off', () => {
    const automated = { enabled: false, prune: true, selfHeal: true };
    expect(only(application('web', { syncPolicy: { automated } })).policy).toMatchObject({
      autoSync: false,
      prune: false,
      selfHeal: false,
    });
  });

  test('fields that are null count as absent', () => {
    expect(only(application('web', { syncPolicy: null, ignoreDifferences: null })).warnings).toEqual([]);
  });

  test('retry without a limit never retries, and a bare number counts seconds', () => {
    const retry = { backoff: { duration: '7' } };
    expect(only(application('web', { syncPolicy: { retry } })).policy.retry).toEqual({
      limit: 0,
      durationSeconds: 7,
      factor: 2,
      maxDurationSeconds: 180,
    });
  });

  test('skip-reconcile suspends', () => {
    const annotations = { 'argocd.argoproj.io/skip-reconcile': 'true' };
    expect(only(application('web', {}, { annotations })).policy.suspended).toBe(true);
  });

  test.each([
    ['resources-finalizer.argocd.argoproj.io', 'prune'],
    ['resources-finalizer.argocd.argoproj.io/background', 'prune'],
    ['resources-finalizer.argocd.argoproj.io/foreground', 'prune'],
    ['example.com/other', 'orphan'],
  ])('the finalizer %s means %s', (finalizer, onDelete) => {
    expect(only(application('web', {}, { finalizers: [finalizer] })).policy.onDelete).toBe(onDelete);
  });
});

describe('names and destinations', () => {
  test.each([
    ['argocd', 'web'],
    [undefined, 'web'],
    ['team', 'team_web'],
  ])('in namespace %s the id is %s', (namespace, id) => {
    expect(only(application('web', {}, { namespace })).id).toBe(id);
  });

  test.each([
    [{ name: 'us-1' }, 'us-1'],
    [{ name: 'in-cluster' }, 'eu-1'],
    [{ server: 'https://kubernetes.default.svc/' }, 'eu-1'],
    [{ server: 'https://US-1.example.com:6443' }, 'us-1'],
  ])('the destination %j is cluster %s', (destination, cluster) => {
    expect(only(application('web', { destination })).cluster).toBe(cluster);
  });

  test.each([
    [{ name: 'mars' }, 'app.cluster_unknown'],
    [{ server: 'https://mars.example.com' }, 'app.cluster_unknown'],
    [{ name: 'us-1', server: 'https://us-1.example.com:6443' }, 'app.invalid'],
    [{}, 'app.invalid'],
    [{ name: 'us-1', namespace: '../kube-system' }, 'app.invalid'],
  ])('the destination %j is refused with %s', (destination, code) => {
    const { apps, problems, unread } = parse(file(application('web', { destination }), application('other')));
    expect(codes(problems)).toEqual([`${code} fleet.yaml:1`]);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
  });

  test('a second definition of a name is refused, naming both places', () => {
    const { apps, problems } = parse({ 'b.yaml': application('web'), 'a.yaml': application('web', { revisionHistoryLimit: 1 }) });
    expect(apps.map(({ origin }) => origin.file)).toEqual(['a.yaml']);
    expect(codes(problems)).toEqual(['app.duplicate b.yaml:1']);
    expect(problems[0]?.message).toContain('a.yaml:1');
  });

  test('the same name in another cluster is another App', () => {
    expect(parse(file(application('web'), application('web', { destination: { name: 'us-1' } }))).apps).toHaveLength(2);
  });
});

describe('sources', () => {
  test('kustomize options reach the renderer in its words', () => {
    const kustomize = {
      namePrefix: 'a-',
      images: ['web=registry/web:2'],
      replicas: [{ name: 'web', count: '3' }],
      commonLabels: { a: 'b' },
      commonAnnotations: { app: `$ARGOCD_APP_NAME-$${'{ARGOCD_APP_PROJECT_NAME}'}$$` },
      commonAnnotationsEnvsubst: true,
      patches: [{ patch: '[]', target: { kind: 'Deployment', name: 'web' }, options: { allowNameChange: true } }],
      components: ['../components/a'],
    };
    expect(only(applicationOf('web', { kustomize })).render).toEqual({
      engine: 'kustomize',
      namespace: 'shop',
      kustomize: {
        namePrefix: 'a-',
        images: ['web=registry/web:2'],
        replicas: [{ name: 'web', count: '3' }],
        commonLabels: { a: 'b' },
        commonAnnotations: { app: 'web-default$' },
        patches: [{ patch: '[]', target: { kind: 'Deployment', name: 'web' }, options: { allowNameChange: true } }],
        components: ['../components/a'],
      },
    });
  });

  test('helm options reach the renderer, with values parsed and variables replaced', () => {
    const helm = {
      releaseName: 'shop',
      valueFiles: ['values-$ARGOCD_APP_NAME.yaml', '/shared/values.yaml', '../values.yaml'],
      values: 'replicas: 2\non: yes\nport: 0x10\n',
      parameters: [{ name: 'image.tag', value: '1.0', forceString: true }, { name: 'empty' }],
      fileParameters: [{ name: 'config', path: 'files/config.json' }],
      skipCrds: true,
    };
    expect(only(applicationOf('web', { helm })).render).toEqual({
      engine: 'helm',
      namespace: 'shop',
      helm: {
        releaseName: 'shop',
        namespace: 'shop',
        valueFiles: ['values-web.yaml', '/shared/values.yaml', '../values.yaml'],
        values: { replicas: 2, true: true, port: 16 },
        parameters: [
          { name: 'image.tag', value: '1.0', forceString: true },
          { name: 'empty', value: '' },
        ],
        fileParameters: [{ name: 'config', path: 'files/config.json' }],
        skipCrds: true,
      },
    });
  });

  test('valuesObject wins over values', () => {
    const helm = { values: 'a: 1', valuesObject: { a: 2 } };
    expect(only(applicationOf('web', { helm })).render.helm?.['values']).toEqual({ a: 2 });
  });

  test('a directory with an empty jsonnet block, as the UI of Argo CD writes it, is a directory', () => {
    const directory = { recurse: true, include: '*.yaml', jsonnet: {} };
    expect(only(applicationOf('web', { directory })).render).toEqual({
      engine: 'directory',
      namespace: 'shop',
      directory: { recurse: true, include: '*.yaml' },
    });
  });

  test('one entry in sources is the source', () => {
    const sources = [{ repoURL: 'https://git.example.com/a/b', path: 'x', targetRevision: 'v1.2.3' }];
    expect(only(application('web', { source: undefined, sources })).source).toEqual({
      repoURL: 'https://git.example.com/a/b',
      revision: 'v1.2.3',
      path: 'x',
    });
  });

  test('the fleet repository by ssh is the fleet repository', () => {
    expect(only(applicationOf('web', { repoURL: 'git@git.example.com:org/fleet.git' })).source.repoURL).toBe(
      'https://git.example.com/org/fleet.git',
    );
  });
});

describe('what would change the result is refused on this App only', () => {
  test.each([
    ['a chart of a Helm repository', { chart: 'nginx' }, 'app.unsupported'],
    ['a plugin, even an empty one', { plugin: {} }, 'app.unsupported'],
    ['a ref', { ref: 'values' }, 'app.unsupported'],
    ['Jsonnet variables', { directory: { jsonnet: { extVars: [{ name: 'a', value: 'b' }] } } }, 'app.unsupported'],
    ['a version range', { targetRevision: '1.*' }, 'app.unsupported'],
    ['another version range', { targetRevision: '>=1.2.0' }, 'app.unsupported'],
    ['values from a URL (S07)', { helm: { valueFiles: ['https://evil.example.com/v.yaml'] } }, 'app.unsupported'],
    ['values from a file URL (S01)', { helm: { valueFiles: ['file:///etc/passwd'] } }, 'app.unsupported'],
    ['values of another source', { helm: { parameters: [{ name: 'rev', value: '$ARGOCD_APP_REVISION' }] } }, 'app.unsupported'],
    ['two engines', { helm: {}, kustomize: {} }, 'app.invalid'],
    ['S01: a path that climbs out', { path: '../../etc' }, 'app.invalid'],
    ['S01: a path that climbs out in the middle', { path: 'apps/../../etc' }, 'app.invalid'],
    ['S01: an absolute path', { path: '/etc' }, 'app.invalid'],
    ['S01: backslashes', { path: '..\\etc' }, 'app.invalid'],
    ['S01: .git', { path: 'apps/.GIT/hooks' }, 'app.invalid'],
    ['S01: a value file that climbs out', { helm: { valueFiles: ['../../../etc/passwd'] } }, 'app.invalid'],
    ['S01: a file parameter that climbs out', { helm: { fileParameters: [{ name: 'a', path: '../../../x' }] } }, 'app.invalid'],
    ['S01: a component that climbs out', { kustomize: { components: ['../../../x'] } }, 'app.invalid'],
    ['no path', { path: undefined }, 'app.invalid'],
    ['no repository', { repoURL: '' }, 'app.invalid'],
    ['S05: an option for a revision', { targetRevision: '--output=x' }, 'app.invalid'],
    ['a revision with two dots', { targetRevision: 'a..b' }, 'app.invalid'],
    ['a number for a revision', { targetRevision: 1.5 }, 'app.invalid'],
    ['S05: an option for a URL', { repoURL: '--upload-pack=x' }, 'git.url'],
    ['S05: ext::', { repoURL: 'ext::sh -c x' }, 'git.url'],
    ['a file URL', { repoURL: 'file:///srv/git' }, 'git.url'],
    ['ssh', { repoURL: 'git@github.com:org/repo.git' }, 'git.url'],
    ['S09: credentials in the URL', { repoURL: 'https://u:canary@git.example.com/a/b' }, 'git.url'],
    ['values that are no map', { helm: { values: '- a' } }, 'app.invalid'],
    ['values that are no YAML', { helm: { values: 'a: [' } }, 'yaml.syntax'],
    ['S19: values with __proto__', { helm: { values: '__proto__: {a: 1}' } }, 'yaml.forbidden_key'],
    ['a replica without a count', { kustomize: { replicas: [{ name: 'a' }] } }, 'app.invalid'],
    ['a map where a list belongs', { helm: { parameters: { a: 'b' } } }, 'app.invalid'],
    ['a list where a map belongs', { kustomize: [] }, 'app.invalid'],
  ])('%s', (_name, source, code) => {
    const { apps, problems, unread } = parse(file(applicationOf('web', source), application('other')));
    expect(codes(problems)).toEqual([`${code} fleet.yaml:1`]);
    expect(problems[0]?.message).not.toContain('canary');
    expect(apps.map(({ id }) => id)).toEqual(['other']);
    expect([...unread.ids]).toEqual(['web']);
    expect([...unread.files]).toEqual([]);
  });

  test.each([
    ['two sources', { sources: [{}, {}] }, 'app.unsupported'],
    ['the hydrator', { sourceHydrator: {} }, 'app.unsupported'],
    ['no source', { source: undefined }, 'app.invalid'],
    ['a source that is text', { source: 'x' }, 'app.invalid'],
    ['sources that are text', { sources: ['x'] }, 'app.invalid'],
    ['S22: a negative retry', { syncPolicy: { retry: { backoff: { duration: '-1s' } } } }, 'app.invalid'],
    ['S22: a retry of nothing', { syncPolicy: { retry: { backoff: { maxDuration: '0' } } } }, 'app.invalid'],
    ['S22: days', { syncPolicy: { retry: { backoff: { duration: '1d' } } } }, 'app.invalid'],
    ['a factor of zero', { syncPolicy: { retry: { backoff: { factor: 0 } } } }, 'app.invalid'],
    ['a misspelt protection', { syncPolicy: { syncOptions: ['Prune=flase'] } }, 'app.unsupported'],
    ['prune as text', { syncPolicy: { automated: { prune: 'yes' } } }, 'app.invalid'],
  ])('%s', (_name, spec, code) => {
    const { apps, problems } = parse(file(application('web', spec), application('other')));
    expect([...new Set(codes(problems))]).toEqual([`${code} fleet.yaml:1`]);
    expect(apps.map(({ id }) => id)).toEqual(['other']);
  });

  test.each(['Web', 'we/b', '../web', '-web', 'a'.repeat(254), 'web_1'])('the name %j is refused', (name) => {
    expect(
      parse(file(application(name, { source: { repoURL: 'https://a.b/c', path: 'x' } }), application('other'))).apps,
    ).toHaveLength(1);
  });
});

describe('what has no effect is named in a warning', () => {
  const warned = (document: string) => only(document).warnings.map(({ code, message }) => `${code} ${message.split(':')[0]}`);
  test.each([
    [{ info: [{ name: 'a', value: 'b' }] }, 'spec.info'],
    [{ revisionHistoryLimit: 3 }, 'spec.revisionHistoryLimit'],
    [{ syncPolcy: {} }, 'spec.syncPolcy'],
    [{ syncPolicy: { managedNamespaceMetadata: { labels: { a: 'b' } } } }, 'spec.syncPolicy.managedNamespaceMetadata'],
    [{ syncPolicy: { syncOptions: ['Force=true'] } }, 'spec.syncPolicy.syncOptions Force=true'],
    [{ syncPolicy: { syncOptions: ['ServerSideApply=false'] } }, 'spec.syncPolicy.syncOptions ServerSideApply=false'],
    [{ syncPolicy: { syncOptions: ['CreateNamspace=true'] } }, 'spec.syncPolicy.syncOptions CreateNamspace=true'],
    [{ syncPolicy: { automated: { prume: true } } }, 'spec.syncPolicy.automated.prume'],
  ])('%j', (spec, path) => {
    expect(warned(application('web', spec))).toEqual([`app.field_ignored ${path}`]);
  });

  test('options that protect objects are honoured', () => {
    const syncPolicy = { automated: { prune: true }, syncOptions: ['Prune=false', 'Delete=false'] };
    const metadata = { finalizers: ['resources-finalizer.argocd.argoproj.io'] };
    const { policy, warnings } = only(application('web', { syncPolicy }, metadata));
    expect(policy).toMatchObject({ prune: true, onDelete: 'orphan', sync: { neverPrune: true } });
    expect(warnings).toEqual([]);
  });

  test('options that Plumbline always keeps to are silent', () => {
    const syncOptions = [
      'ServerSideApply=true',
      ' ApplyOutOfSyncOnly=true',
      'FailOnSharedResource=true',
      'SkipDryRunOnMissingResource=true',
    ];
    expect(warned(application('web', { syncPolicy: { syncOptions } }))).toEqual([]);
  });

  test.each([
    'argocd.argoproj.io/refresh',
    'argocd.argoproj.io/hydrate',
    'argocd.argoproj.io/sync-wave',
    'argocd.argoproj.io/managed-by-url',
    'argocd.argoproj.io/sync-waev',
    'link.argocd.argoproj.io/docs',
    'notice.argocd.argoproj.io/content',
    'pref.argocd.argoproj.io/default-view',
    'argocd-image-updater.argoproj.io/image-list',
    'kargo.akuity.io/authorized-stage',
    'argo.octopus.com/project',
  ])('the annotation %s', (key) => {
    expect(warned(application('web', {}, { annotations: { [key]: '1', 'example.com/own': 'x' } }))).toEqual([
      `app.field_ignored metadata.annotations ${key}`,
    ]);
  });

  test('a finalizer that nobody knows', () => {
    expect(warned(application('web', {}, { finalizers: ['example.com/mine'] }))).toHaveLength(1);
  });

  test.each(['ServerSideDiff=false', 'IgnoreExtraneous', 'ServerSideDif=true'])('the compare option %s', (option) => {
    const annotations = { 'argocd.argoproj.io/compare-options': `${option}, ServerSideDiff=true,IncludeMutationWebhook=true` };
    expect(warned(application('web', {}, { annotations }))).toHaveLength(1);
  });

  test('no compare option that is used', () => {
    const annotations = { 'argocd.argoproj.io/compare-options': 'IncludeMutationWebhook=true' };
    expect(parse(application('web', {}, { annotations })).apps[0]?.policy.sync?.includeMutations).toBe(true);
  });
});
