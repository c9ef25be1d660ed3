import { describe, expect, it } from 'vitest';
import { encodeRenderRequest } from '../../core/render/render-types.ts';
import { render } from '../../renderer/host/render.ts';
import { packTgz } from './pack-tgz.ts';
import { chart, configMap, names, renderTree, type Tree, testEngine, toFiles } from './test-engine.ts';

const HELM = { engine: 'helm', path: 'c' } as const;
const VALUE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v}\ndata: {v: {{ .Values.v | toJson | quote }}}\n';

async function value(tree: Tree, helm: Record<string, unknown> = {}): Promise<unknown> {
  const response = await renderTree(tree, { ...HELM, helm });
  names(response); // throws with the problem
  const data = response.objects?.[0]?.['data'] as { v: string } | undefined; // what the template above prints
  return JSON.parse(data?.v ?? 'null');
}

describe('values', () => {
  it('come from the chart, then the files in order, then the App, then parameters', async () => {
    const tree = {
      ...chart(VALUE, 'v: {chart: 1, one: 1, two: 1, app: 1, set: 1}'),
      'c/one.yaml': 'v: {one: 2, two: 2, app: 2, set: 2}',
      'two.yaml': 'v: {two: 3, app: 3, set: 3}',
    };
    const helm = {
      valueFiles: ['one.yaml', '/two.yaml'],
      values: { v: { app: 4, set: 4 } },
      parameters: [{ name: 'v.set', value: '5' }],
    };
    expect(await value(tree, helm)).toEqual({ chart: 1, one: 2, two: 3, app: 4, set: 5 });
  });

  it('are text when a parameter forces it, and commas are text except in a list', async () => {
    const parameters = [
      { name: 'v.text', value: '5', forceString: true },
      { name: 'v.commas', value: 'a,b' },
      { name: 'v.list', value: '{a,b}' },
    ];
    expect(await value(chart(VALUE), { parameters })).toEqual({ text: '5', commas: 'a,b', list: ['a', 'b'] });
  });

  it('may be the content of a file', async () => {
    const tree = { ...chart(VALUE), 'c/banner.txt': 'hello' };
    expect(await value(tree, { fileParameters: [{ name: 'v', path: 'banner.txt' }] })).toBe('hello');
  });

  it("take the place of the chart's own when a HelmChart names value files", async () => {
    const tree = { ...chart(VALUE, 'v: {own: 1}'), 'prod.yaml': 'v: {prod: 1}' };
    expect(await value(tree, { chartValueFiles: ['prod.yaml'] })).toEqual({ prod: 1 });
  });

  it('may be the text of a values file, read as Helm reads it', async () => {
    expect(await value(chart(VALUE), { values: 'v: {on: yes, octal: 010, text: "yes"}' })).toEqual({
      true: true,
      octal: 8,
      text: 'yes',
    });
    const broken = await renderTree(chart(VALUE), { ...HELM, helm: { values: 'v: [' } });
    expect(broken.problem?.code).toBe('render.values');
  });

  it('come from all files that a pattern matches, in order, except those named by themselves', async () => {
    const tree = {
      ...chart(VALUE),
      'envs/a.yaml': 'v: {a: 1, last: a}',
      'envs/b.yaml': 'v: {b: 1, last: b}',
      'envs/c.yaml': 'v: {c: 1, last: c}',
      'envs/deep/d.yaml': 'v: {d: 1, last: d}',
      'envs/e.txt': 'v: {e: 1}',
    };
    expect(await value(tree, { valueFiles: ['/envs/*.yaml', '../envs/b.yaml'] })).toEqual({ a: 1, b: 1, c: 1, last: 'b' });
    expect(await value(tree, { valueFiles: ['../envs/**/*.yaml'] })).toEqual({ a: 1, b: 1, c: 1, d: 1, last: 'd' });
    const none = { valueFiles: ['/none/*.yaml'] };
    expect((await renderTree(tree, { ...HELM, helm: none })).problem?.code).toBe('render.path_missing');
    expect(await value(tree, { ...none, ignoreMissingValueFiles: true })).toBeNull();
    expect((await renderTree(tree, { ...HELM, helm: { valueFiles: ['../../*.yaml'] } })).problem?.code).toBe(
      'render.outside_root',
    );
  });

  it('that are missing are a problem, or skipped with a warning', async () => {
    const valueFiles = ['nowhere.yaml'];
    expect((await renderTree(chart(VALUE), { ...HELM, helm: { valueFiles } })).problem?.code).toBe('render.path_missing');
    const skipped = await renderTree(chart(VALUE), { ...HELM, helm: { valueFiles, ignoreMissingValueFiles: true } });
    expect(skipped.warnings).toHaveLength(1);
    expect(skipped.reads.missing).toContain('c/nowhere.yaml');
  });

  it('keep every digit of an integer of 64 bits', async () => {
    const tree = chart('apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: {big: 9223372036854775807}');
    const bytes = (await testEngine()).renderBytes(encodeRenderRequest({ ...HELM, files: toFiles(tree) }));
    expect(new TextDecoder().decode(bytes)).toContain('"big":9223372036854775807');
  });
});

describe('a chart', () => {
  const FULL: Tree = {
    ...chart(
      `${configMap('plain')}---\n${configMap('hook').replace('metadata:', 'metadata:\n  annotations: {helm.sh/hook: pre-install}')}`,
    ),
    'c/crds/crd.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n',
    'c/templates/a.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n',
    'c/templates/test.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n',
    'c/templates/NOTES.txt': 'thanks for installing',
    'c/templates/_helpers.tpl': '{{ define "x" }}{{ end }}',
  };

  it('gives CRDs, manifests in install order, then hooks, without notes', async () => {
    expect(names(await renderTree(FULL, HELM))).toEqual([
      'CustomResourceDefinition/crd',
      'Namespace/ns',
      'ConfigMap/plain',
      'Service/svc',
      'ConfigMap/hook',
      'Pod/test',
    ]);
  });

  it('leaves out CRDs, tests and hooks when asked', async () => {
    const helm = { skipCrds: true, skipTests: true };
    expect(names(await renderTree(FULL, { ...HELM, helm }))).toEqual([
      'Namespace/ns',
      'ConfigMap/plain',
      'Service/svc',
      'ConfigMap/hook',
    ]);
    expect(names(await renderTree(FULL, { ...HELM, helm: { ...helm, skipHooks: true } }))).not.toContain('ConfigMap/hook');
  });

  it('says which file each object came from', async () => {
    const { origins } = await renderTree(FULL, HELM);
    expect(origins?.map((o) => o.file).slice(0, 2)).toEqual(['c/crds/crd.yaml', 'c/templates/a.yaml']);
  });

  it('sees the release, the version of Kubernetes and its API versions', async () => {
    const template = configMap(
      '{{ .Release.Name }}-{{ .Release.Namespace }}-{{ .Release.IsUpgrade }}-{{ .Capabilities.KubeVersion.Minor }}-{{ .Capabilities.APIVersions.Has "apps/v1" }}-{{ .Capabilities.APIVersions.Has "example.com/v1" }}',
    );
    expect(names(await renderTree(chart(template), { ...HELM, helm: { releaseName: 'r', namespace: 'n' } }))).toEqual([
      'ConfigMap/r-n-false-36-true-false',
    ]);
    const helm = { releaseName: 'r', namespace: 'n', isUpgrade: true, kubeVersion: '1.30.2', apiVersions: ['example.com/v1'] };
    expect(names(await renderTree(chart(template), { ...HELM, helm }))).toEqual(['ConfigMap/r-n-true-30-true-true']);
  });

  it('takes a dependency from charts/, or from the folder that file:// names', async () => {
    const library = {
      'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\n',
      'lib/templates/l.yaml': configMap('from-lib-{{ .Values.x }}'),
      'lib/values.yaml': 'x: d\n',
    };
    const tree = {
      ...chart('', 'lib: {x: given}'),
      'c/Chart.yaml':
        'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: lib, version: 1.0.0, repository: "file://../lib"}]\n',
      ...library,
    };
    const response = await renderTree(tree, HELM);
    expect(names(response)).toEqual(['ConfigMap/from-lib-given']);
    expect(response.reads.files).toContain('lib/templates/l.yaml');
  });

  it('without a dependency that it names is a problem', async () => {
    const tree = {
      ...chart(''),
      'c/Chart.yaml':
        'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: redis, version: 1.0.0, repository: "https://charts.example.com"}]\n',
    };
    const { problem } = await renderTree(tree, HELM);
    expect(problem?.code).toBe('render.dependency_missing');
    expect(problem?.file).toBe('c/Chart.yaml');
  });

  it("passes through a HelmRelease's post-renderers, one after another", async () => {
    const postRenderers = [
      { patches: [{ patch: '- {op: add, path: /data/x, value: first}', target: { kind: 'ConfigMap' } }] },
      { patches: [{ patch: '- {op: replace, path: /data/x, value: second}', target: { kind: 'ConfigMap' } }] },
    ];
    const response = await renderTree(chart(configMap('a')), { ...HELM, helm: { postRenderers } });
    expect(response.objects?.[0]).toMatchObject({ metadata: { name: 'a' }, data: { x: 'second' } });
  });

  it('may come packed, as a chart repository gives it', async () => {
    const files = Object.entries(chart(configMap('packed'))).map(([name, body]) => [name, String(body)] as const);
    const content = packTgz(files);
    const engine = await testEngine();
    const response = render(engine, {
      engine: 'helm',
      path: 'charts/c-1.0.0.tgz',
      files: [{ path: 'charts/c-1.0.0.tgz', content }],
    });
    expect(names(response)).toEqual(['ConfigMap/packed']);
    const parent = toFiles({ ...chart(''), 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n' });
    const sub = packTgz(files.map(([name, body]) => [name.replace('c/', 'sub/'), body.replace('name: c\n', 'name: sub\n')]));
    const nested = render(engine, { ...HELM, files: [...parent, { path: 'c/charts/sub-1.0.0.tgz', content: sub }] });
    expect(names(nested)).toEqual(['ConfigMap/packed']);
  });

  it('names the functions whose answer another render would not repeat', async () => {
    const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  p: {{ randAlphaNum 8 }}{{ uuidv4 }}
  t: "{{ now | date "2006" }}{{ (lookup "v1" "Secret" "a" "b").data }}"
`;
    const response = await renderTree(chart(template), HELM);
    expect(response.chance).toEqual(['lookup', 'now', 'randAlphaNum', 'uuidv4']);
    expect(response.objects?.[0]).toMatchObject({ data: { t: '2025' } });
  });

  it('renders the same twice where Helm answers in random order', async () => {
    const template = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k}\ndata: {k: '{{ keys .Values.m | join "," }}'}\n`;
    const values = 'm: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1, l: 1}';
    const response = await renderTree(chart(template, values), HELM);
    expect(response.objects?.[0]).toMatchObject({ data: { k: 'a,b,c,d,e,f,g,h,i,j,k,l' } });
    expect(response.chance).toEqual([]);
  });

  it.each([
    ['render.helm', chart('{{ fail "stop here" }}'), 'c/templates/t.yaml', 1],
    ['render.helm', chart('\n\n{{ .Values.a.b.c }}'), 'c/templates/t.yaml', 3],
    ['render.helm', chart('{{ if }}'), 'c/templates/t.yaml', 1],
    ['render.yaml', chart('a: [\n'), 'c/templates/t.yaml', undefined],
    ['render.values', chart('', 'a: [\n'), 'c/values.yaml', 1],
    [
      'render.values',
      { ...chart('', 'n: {}'), 'c/values.schema.json': '{"properties": {"n": {"type": "string"}, "x": {}}, "required": ["x"]}' },
      'c/values.yaml',
      undefined,
    ],
    ['render.helm', { 'c/templates/a.yaml': '' }, 'c/Chart.yaml', undefined],
    [
      'render.helm',
      { 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: ">=2.0"\n' },
      'c/Chart.yaml',
      undefined,
    ],
  ] satisfies [string, Tree, string, number | undefined][])(
    'that is wrong answers %s with the place',
    async (code, tree, file, line) => {
      const { problem } = await renderTree(tree, HELM);
      expect(problem).toMatchObject({ code, file });
      expect(problem?.line).toBe(line);
    },
  );
});
