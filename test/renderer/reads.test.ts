import { describe, expect, it } from 'vitest';
import type { RenderRequest } from '../../core/render/render-types.ts';
import { render } from '../../renderer/host/render.ts';
import { chart, configMap, names, renderTree, type Tree, testEngine, toFiles } from './test-engine.ts';

/** Flux lets a base reach files above its own folder, as a link does here. */
const FLUX = { engine: 'kustomize', path: 'apps/web', kustomize: { dialect: 'flux' } } as const;

const KUSTOMIZE: Tree = {
  'apps/web/kustomization.yaml': `resources: [../../base, local.yaml]
components: [../../component]
patches: [{path: patch.yaml, target: {kind: ConfigMap, name: base}}]
configMapGenerator: [{name: gen, files: [key=data/file.txt], envs: [vars.env]}]
`,
  'apps/web/local.yaml': configMap('local'),
  'apps/web/patch.yaml': '- {op: add, path: /data/x, value: patched}\n',
  'apps/web/data/file.txt': 'content',
  'apps/web/vars.env': 'A=1\n',
  'apps/web/unused.yaml': configMap('unused'),
  'base/kustomization.yml': 'resources: [base.yaml, linked.yaml]\n',
  'base/base.yaml': configMap('base'),
  'base/linked.yaml': { link: '../shared/linked.yaml' },
  'base/README.md': 'about',
  'shared/linked.yaml': configMap('linked'),
  'component/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [c.yaml]\n',
  'component/c.yaml': configMap('component'),
  'other/app.yaml': configMap('other'),
};

const HELM: Tree = {
  ...chart(configMap('{{ .Values.name }}-{{ .Files.Get "note.txt" | trim }}'), 'name: n\n'),
  'c/.helmignore': 'ignored*\n',
  'c/ignored.txt': 'never read',
  'c/note.txt': 'note',
  'c/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'c/charts/sub/templates/s.yaml': configMap('sub'),
  'envs/prod.yaml': 'name: prod\n',
  'envs/dev.yaml': 'name: dev\n',
};

const DIRECTORY: Tree = {
  'd/a.yaml': configMap('a'),
  'd/skip/b.yaml': configMap('b'),
  'd/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
  'd/excluded.yaml': configMap('excluded'),
  'd/notes.md': '#',
};

const CASES: readonly [string, Tree, Omit<RenderRequest, 'files'>][] = [
  ['an overlay', KUSTOMIZE, FLUX],
  [
    'a chart',
    HELM,
    {
      engine: 'helm',
      path: 'c',
      helm: { releaseName: 'r', valueFiles: ['/envs/prod.yaml', 'missing.yaml'], ignoreMissingValueFiles: true },
    },
  ],
  ['a folder', DIRECTORY, { engine: 'directory', path: 'd', directory: { exclude: 'excluded*' } }],
];

describe('the reads that a render reports', () => {
  it.each(CASES)('of %s leave out only files that do not matter', async (_name, tree, request) => {
    const before = await renderTree(tree, request);
    expect(names(before).length).toBeGreaterThan(0);
    const read = new Set(before.reads.files);
    const unread = Object.keys(tree).filter((path) => !read.has(path));
    expect(unread.length).toBeGreaterThan(0);
    for (const path of unread) {
      const after = await renderTree({ ...tree, [path]: 'changed: {{ [' }, request);
      expect([path, after.objects]).toEqual([path, before.objects]);
      expect([path, after.reads]).toEqual([path, before.reads]);
    }
  });

  it.each(CASES)('of %s name every file whose change can be seen', async (_name, tree, request) => {
    const { reads } = await renderTree(tree, request);
    for (const path of reads.files) {
      expect(tree).toHaveProperty([path]);
      const broken = await renderTree({ ...tree, [path]: '\u0000: {{ [ "' }, request);
      const plain = await renderTree(tree, request);
      const same = JSON.stringify(broken.objects) === JSON.stringify(plain.objects);
      // Helm loads all files of a chart, whether a template asks for them or not.
      if (same) expect(path).toMatch(/^c\//);
    }
  });

  it.each(CASES)('of %s change nothing when only they are sent', async (_name, tree, request) => {
    const full = await renderTree(tree, request);
    const sent = Object.fromEntries(Object.entries(tree).filter(([path]) => full.reads.files.includes(path)));
    const known = Object.keys(tree).filter((path) => !full.reads.files.includes(path));
    const partial = await renderTree(sent, { ...request, known });
    expect(partial.objects).toEqual(full.objects);
    expect(partial.reads).toEqual(full.reads);
  });

  it('name the missing files whose appearance would change the render', async () => {
    const { reads } = await renderTree(KUSTOMIZE, FLUX);
    expect(reads.missing).toContain('apps/web/kustomization.yml');
    expect(reads.missing).toContain('base/Kustomization');
    const appeared = { ...KUSTOMIZE, 'base/Kustomization': 'resources: []\n' };
    expect((await renderTree(appeared, FLUX)).problem?.code).toBe('render.kustomize');
    expect((await renderTree(chart(''), { engine: 'helm', path: 'c' })).reads.missing).toEqual(['c/.helmignore']);
  });

  it('name the folders whose listing was looked at, and only those', async () => {
    const request = { engine: 'directory', path: 'd' } as const;
    expect((await renderTree(DIRECTORY, request)).reads.dirs).toEqual(['d']);
    expect((await renderTree(DIRECTORY, { ...request, directory: { recurse: true } })).reads.dirs).toEqual(['d', 'd/skip']);
    expect((await renderTree(KUSTOMIZE, FLUX)).reads.dirs).toEqual([]);
    expect((await renderTree(HELM, { engine: 'helm', path: 'c' })).reads.dirs).toEqual([
      'c',
      'c/charts',
      'c/charts/sub',
      'c/charts/sub/templates',
      'c/templates',
    ]);
  });

  it('never hold what the App adds to its overlay', async () => {
    const plain = await renderTree(KUSTOMIZE, FLUX);
    const edited = await renderTree(KUSTOMIZE, { ...FLUX, kustomize: { dialect: 'flux', namePrefix: 'x-' } });
    expect(edited.reads).toEqual(plain.reads);
    expect(edited.objects).not.toEqual(plain.objects);
  });

  it('count a link and what it points at', async () => {
    const { reads } = await renderTree(KUSTOMIZE, FLUX);
    expect(reads.files).toContain('base/linked.yaml');
    expect(reads.files).toContain('shared/linked.yaml');
  });
});

describe('a request that holds only part of the tree', () => {
  it.each(CASES)('for %s is answered with what is needed, many files at once', async (_name, tree, request) => {
    const engine = await testEngine();
    const all = toFiles(tree);
    const links = all.filter((f) => f.mode === 'link');
    const sent = new Set(links.map((f) => f.path));
    for (let round = 1; ; round++) {
      expect(round).toBeLessThanOrEqual(5);
      const files = all.filter((f) => sent.has(f.path));
      const known = all.filter((f) => !sent.has(f.path)).map((f) => f.path);
      const response = render(engine, { ...request, files, known });
      if (response.need === undefined) {
        expect(response.objects).toEqual((await renderTree(tree, request)).objects);
        break;
      }
      for (const path of response.need) {
        expect(sent.has(path)).toBe(false);
        sent.add(path);
      }
    }
    expect(sent.has('other/app.yaml') || sent.has('envs/dev.yaml') || sent.has('d/notes.md')).toBe(false);
  });
});
