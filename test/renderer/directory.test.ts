import { describe, expect, it } from 'vitest';
import { configMap, names, renderTree, type Tree } from './test-engine.ts';

const TREE: Tree = {
  'd/b.yaml': `${configMap('b1')}---\n# only a comment\n---\n${configMap('b2')}`,
  'd/a.yml': configMap('a'),
  'd/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
  'd/list.yaml': `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: one}}\n- {apiVersion: v1, kind: Secret, metadata: {name: two}}\n`,
  'd/typed.yaml': 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- {metadata: {name: implied}}\n',
  'd/values.yaml': 'image: nginx\nreplicas: 2\n',
  'd/skipped.yaml': `# +argocd:skip-file-rendering\n${configMap('skipped')}`,
  'd/readme.md': '# notes',
  'd/sub/deep.yaml': configMap('deep'),
};

const TOP = ['ConfigMap/a', 'ConfigMap/b1', 'ConfigMap/b2', 'ConfigMap/c', 'Secret/one', 'Secret/two', 'ConfigMap/implied'];

describe('a folder of plain manifests', () => {
  it('gives every object of its YAML and JSON files, lists taken apart, other YAML left alone', async () => {
    expect(names(await renderTree(TREE, { engine: 'directory', path: 'd' }))).toEqual(TOP);
  });

  it('says which file each object came from', async () => {
    const { origins } = await renderTree(TREE, { engine: 'directory', path: 'd' });
    expect(origins?.map((o) => o.file)).toEqual([
      'd/a.yml',
      'd/b.yaml',
      'd/b.yaml',
      'd/c.json',
      'd/list.yaml',
      'd/list.yaml',
      'd/typed.yaml',
    ]);
  });

  it.each([
    [{ recurse: true }, [...TOP.slice(0, 6), 'ConfigMap/deep', ...TOP.slice(6)]],
    [{ recurse: true, include: 'sub/*.yaml' }, ['ConfigMap/deep']],
    [{ recurse: true, exclude: '*.yaml' }, ['ConfigMap/a', 'ConfigMap/c']],
    [{ include: '{a.yml,c.json}' }, ['ConfigMap/a', 'ConfigMap/c']],
  ])("takes the files that Argo CD's patterns %j take", async (directory, expected) => {
    expect(names(await renderTree(TREE, { engine: 'directory', path: 'd', directory }))).toEqual(expected);
  });

  it('answers render.yaml with file and line for a manifest that does not parse', async () => {
    const tree = { 'd/a.yaml': `${configMap('a')}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [\n` };
    const { problem } = await renderTree(tree, { engine: 'directory', path: 'd' });
    expect(problem).toMatchObject({ code: 'render.yaml', file: 'd/a.yaml' });
    expect(problem?.line).toBeGreaterThan(5);
  });

  it('is missing with render.path_missing', async () => {
    expect((await renderTree(TREE, { engine: 'directory', path: 'nowhere' })).problem?.code).toBe('render.path_missing');
  });

  it('leaves a link to nowhere out and refuses Jsonnet', async () => {
    expect(
      names(
        await renderTree({ 'd/a.yaml': { link: 'gone.yaml' }, 'd/b.yaml': configMap('b') }, { engine: 'directory', path: 'd' }),
      ),
    ).toEqual(['ConfigMap/b']);
    expect((await renderTree({ 'd/a.jsonnet': '{}' }, { engine: 'directory', path: 'd' })).problem?.code).toBe('render.plugin');
  });
});
