import { describe, expect, it } from 'vitest';
import { configMap, names, renderTree, type Tree } from './test-engine.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1"}
      - {name: side, image: busybox}
`;

const BASE: Tree = {
  'base/kustomization.yaml': 'resources: [web.yaml, config.yaml]\n',
  'base/web.yaml': DEPLOYMENT,
  'base/config.yaml': configMap('settings', { a: '1' }),
  'apps/web/kustomization.yaml': 'resources: [../../base]\n',
};

const OVERLAY = { engine: 'kustomize', path: 'apps/web' } as const;

/** The Deployment of a response, loosely. */
async function deployment(request: Parameters<typeof renderTree>[1], tree: Tree = BASE): Promise<string> {
  const response = await renderTree(tree, request);
  names(response); // throws with the problem
  return JSON.stringify(response.objects?.find((o) => o['kind'] === 'Deployment'));
}

describe("what an App adds to an overlay, in Argo CD's words", () => {
  it('renders the objects in the order of kustomize build', async () => {
    expect(names(await renderTree(BASE, OVERLAY))).toEqual(['ConfigMap/settings', 'Deployment/web']);
  });

  it('sets prefix, suffix and namespace', async () => {
    const response = await renderTree(BASE, { ...OVERLAY, kustomize: { namePrefix: 'a-', nameSuffix: '-z', namespace: 'shop' } });
    expect(names(response)).toEqual(['ConfigMap/a-settings-z', 'Deployment/a-web-z']);
    expect(response.objects?.map((o) => (o['metadata'] as { namespace?: string }).namespace)).toEqual(['shop', 'shop']);
  });

  it.each([
    ['nginx:2', '"image":"nginx:2"'],
    ['nginx=registry.example/nginx:3', '"image":"registry.example/nginx:3"'],
    ['nginx=registry.example/nginx', '"image":"registry.example/nginx:1"'],
    ['nginx@sha256:24a0', '"image":"nginx@sha256:24a0"'],
    ['nginx=registry.example:5000/nginx:3@sha256:24a0', '"image":"registry.example:5000/nginx:3@sha256:24a0"'],
  ])('sets the image %s', async (image, expected) => {
    expect(await deployment({ ...OVERLAY, kustomize: { images: [image] } })).toContain(expected);
  });

  it('replaces an image that the overlay already sets and keeps what an asterisk stands for', async () => {
    const tree = { ...BASE, 'apps/web/kustomization.yaml': 'resources: [../../base]\nimages: [{name: nginx, newTag: "7"}]\n' };
    expect(await deployment({ ...OVERLAY, kustomize: { images: ['nginx=other:*'] } }, tree)).toContain('"image":"other:7"');
  });

  it('sets replicas given as a number or a string', async () => {
    expect(await deployment({ ...OVERLAY, kustomize: { replicas: [{ name: 'web', count: 4 }] } })).toContain('"replicas":4');
    expect(await deployment({ ...OVERLAY, kustomize: { replicas: [{ name: 'web', count: '5' }] } })).toContain('"replicas":5');
  });

  it('adds labels to selectors, or not, as asked', async () => {
    const commonLabels = { team: 'a' };
    expect(await deployment({ ...OVERLAY, kustomize: { commonLabels } })).toContain('"matchLabels":{"app":"web","team":"a"}');
    const without = await deployment({ ...OVERLAY, kustomize: { commonLabels, labelWithoutSelector: true } });
    expect(without).toContain('"matchLabels":{"app":"web"}');
    const templates = await deployment({
      ...OVERLAY,
      kustomize: { commonLabels, labelWithoutSelector: true, labelIncludeTemplates: true },
    });
    expect(templates).toContain('"template":{"metadata":{"labels":{"app":"web","team":"a"}');
  });

  it('refuses a label that the overlay already sets unless it is forced', async () => {
    const tree = { ...BASE, 'apps/web/kustomization.yaml': 'resources: [../../base]\ncommonLabels: {team: b}\n' };
    const kustomize = { commonLabels: { team: 'a' } };
    expect((await renderTree(tree, { ...OVERLAY, kustomize })).problem?.code).toBe('render.kustomize');
    expect(await deployment({ ...OVERLAY, kustomize: { ...kustomize, forceCommonLabels: true } }, tree)).toContain('"team":"a"');
  });

  it('appends patches and components', async () => {
    const tree = {
      ...BASE,
      'extra/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {from: component}\n',
    };
    const kustomize = {
      patches: [{ patch: '- {op: replace, path: /spec/replicas, value: 9}', target: { kind: 'Deployment' } }],
      components: ['../../extra', '../../nowhere'],
      ignoreMissingComponents: true,
    };
    const text = await deployment({ ...OVERLAY, kustomize }, tree);
    expect(text).toContain('"replicas":9');
    expect(text).toContain('"from":"component"');
  });
});

describe('what a Flux Kustomization adds', () => {
  const flux = { dialect: 'flux' } as const;

  it('generates a kustomization of all YAML files below a path that has none', async () => {
    const tree = {
      'deploy/a.yaml': configMap('a'),
      'deploy/sub/b.yml': configMap('b'),
      'deploy/own/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: own-\n',
      'deploy/own/c.yaml': configMap('c'),
      'deploy/README.md': 'not YAML: [',
    };
    const request = { engine: 'kustomize', path: 'deploy', kustomize: { ...flux, generate: true } } as const;
    expect(names(await renderTree(tree, request))).toEqual(['ConfigMap/a', 'ConfigMap/own-c', 'ConfigMap/b']);
    expect((await renderTree(tree, { ...request, kustomize: flux })).problem?.code).toBe('render.no_kustomization');
  });

  it('lays commonMetadata over every object', async () => {
    const kustomize = { ...flux, commonMetadata: { labels: { app: 'all' }, annotations: { by: 'flux' } } };
    const text = await deployment({ ...OVERLAY, kustomize });
    expect(text).toContain('"metadata":{"annotations":{"by":"flux"},"labels":{"app":"all"},"name":"web"}');
  });

  it('lets an overlay read files above its own folder, which Argo CD refuses', async () => {
    const tree = { 'shared.yaml': configMap('shared'), 'apps/web/kustomization.yaml': 'resources: [../../shared.yaml]\n' };
    expect(names(await renderTree(tree, { ...OVERLAY, kustomize: flux }))).toEqual(['ConfigMap/shared']);
    expect((await renderTree(tree, OVERLAY)).problem?.code).toBe('render.kustomize');
  });

  it('sets images given as fields', async () => {
    const images = [{ name: 'nginx', newName: 'other', digest: 'sha256:aa' }];
    expect(await deployment({ ...OVERLAY, kustomize: { ...flux, images } })).toContain('"image":"other@sha256:aa"');
  });
});

describe('what the renderer refuses', () => {
  it.each([
    ['render.path_missing', { 'a.yaml': '' }],
    ['render.no_kustomization', { 'apps/web/a.yaml': configMap('a') }],
    [
      'render.remote',
      { 'apps/web/kustomization.yaml': 'resources: ["https://user:canary@example.com/base.yaml?token=canary"]\n' },
    ],
    ['render.remote', { 'apps/web/kustomization.yaml': 'resources: ["github.com/owner/repo//base?ref=v1"]\n' }],
    ['render.remote', { 'apps/web/kustomization.yaml': 'components: ["git@example.com:owner/repo.git"]\n' }],
    ['render.plugin', { 'apps/web/kustomization.yaml': 'helmCharts: [{name: x, repo: "https://example.com"}]\n' }],
    [
      'render.plugin',
      {
        'apps/web/kustomization.yaml': 'generators: [g.yaml]\n',
        'apps/web/g.yaml':
          'apiVersion: v1\nkind: G\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: "exec: {path: /bin/sh}"\n',
      },
    ],
    ['render.yaml', { 'apps/web/kustomization.yaml': 'resources: [a.yaml]\n', 'apps/web/a.yaml': 'a: [\n' }],
    ['render.kustomize', { 'apps/web/kustomization.yaml': 'resources: [missing.yaml]\n' }],
    ['render.kustomize', { 'apps/web/kustomization.yaml': 'resourcez: []\n' }],
  ] satisfies [string, Tree][])('answers %s', async (code, tree) => {
    const { problem } = await renderTree(tree, OVERLAY);
    expect(problem?.code).toBe(code);
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
});
