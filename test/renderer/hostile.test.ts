import { describe, expect, it } from 'vitest';
import type { RenderRequest } from '../../core/render/render-types.ts';
import { render } from '../../renderer/host/render.ts';
import { packTgz } from './pack-tgz.ts';
import { chart, configMap, names, renderTree, type Tree, testEngine, toFiles } from './test-engine.ts';

const HELM = { engine: 'helm', path: 'c', helm: { releaseName: 'r' } } as const;
const OVERLAY = { engine: 'kustomize', path: 'apps/web' } as const;
const FLUX = { ...OVERLAY, kustomize: { dialect: 'flux' } } as const;

const SECRET = 'canary-7f3a';

/** The code of what went wrong, having checked that the engine still works afterwards. */
async function code(tree: Tree, request: Omit<RenderRequest, 'files'>): Promise<string | undefined> {
  const { problem } = await renderTree(tree, request);
  expect(JSON.stringify(problem ?? {})).not.toContain(SECRET);
  expect(names(await renderTree(chart(configMap('alive')), HELM))).toEqual(['ConfigMap/alive']);
  return problem?.code;
}

describe('paths', () => {
  it.each(['../..', '../../etc', '/etc', 'apps/../../x', 'apps/web/../../../x'])(
    'S01: the App path %s is refused',
    async (path) => {
      expect(await code({ 'a.yaml': configMap('a') }, { engine: 'directory', path })).toBe('render.outside_root');
    },
  );

  it.each(['../../../../etc/passwd', '/etc/passwd', '../../../repository/secret.yaml', 'file:///etc/passwd'])(
    'S01: the resource %s is refused',
    async (path) => {
      const tree = { 'apps/web/kustomization.yaml': `resources: ["${path}"]\n`, 'secret.yaml': configMap(SECRET) };
      expect(await code(tree, FLUX)).toBe('render.outside_root');
    },
  );

  it.each(['../../x.yaml', '/../x.yaml', '../c2/../../x.yaml'])('S01: the value file %s is refused', async (file) => {
    expect(await code(chart(''), { ...HELM, helm: { valueFiles: [file] } })).toBe('render.outside_root');
  });

  it('S01: a folder whose name begins like the App’s is another folder', async () => {
    const tree = { 'foo/kustomization.yaml': 'resources: [../foo2/a.yaml]\n', 'foo2/a.yaml': configMap('a') };
    expect(await code(tree, { engine: 'kustomize', path: 'foo' })).toBe('render.kustomize');
  });

  it.each(['/etc/passwd', '../../../outside-canary-7f3a', '../../..'])(
    'S02: a link to %s is refused and its target not told',
    async (link) => {
      const overlay = { 'apps/web/kustomization.yaml': 'resources: [a.yaml]\n', 'apps/web/a.yaml': { link } };
      expect(await code(overlay, FLUX)).toBe('render.outside_root');
      expect(await code({ ...chart(''), 'c/values.yaml': { link } }, HELM)).toBe('render.outside_root');
      expect(await code({ 'd/a.yaml': { link } }, { engine: 'directory', path: 'd' })).toBe('render.outside_root');
    },
  );

  it('S02: links inside the repository work, through folders too', async () => {
    const tree = {
      'apps/web': { link: '../real/web' },
      'real/web/kustomization.yaml': 'resources: [a.yaml]\n',
      'real/web/a.yaml': { link: '../../shared/a.yaml' },
      'shared/a.yaml': configMap('a'),
    };
    expect(names(await renderTree(tree, FLUX))).toEqual(['ConfigMap/a']);
  });

  it('S02: a circle of links and a link to nothing are problems', async () => {
    const circle = {
      'd/kustomization.yaml': 'resources: [a.yaml]\n',
      'd/a.yaml': { link: 'b.yaml' },
      'd/b.yaml': { link: 'a.yaml' },
    };
    expect(await code(circle, { engine: 'kustomize', path: 'd' })).toBe('render.cycle');
    const nothing = { 'd/kustomization.yaml': 'resources: [a.yaml]\n', 'd/a.yaml': { link: 'nowhere' } };
    expect(await code(nothing, { engine: 'kustomize', path: 'd' })).toBe('render.kustomize');
    expect(await code({ ...chart(''), 'c/templates/loop': { link: '..' } }, HELM)).toBe('render.limit_depth');
  });
});

describe('schemas and dependencies', () => {
  it.each(['http://127.0.0.1/x', 'https://example.com/x', 'file:///dev/zero'])(
    'S07: $ref to %s in values.schema.json is refused',
    async (ref) => {
      expect(await code({ ...chart(''), 'c/values.schema.json': `{"properties": {"a": {"$ref": "${ref}"}}}` }, HELM)).toBe(
        'render.remote',
      );
    },
  );

  it('S23: a schema that refers to itself ends', async () => {
    const schema = '{"$ref": "#"}';
    expect(await code({ ...chart(''), 'c/values.schema.json': schema }, HELM)).toBe('render.values');
  });

  it('S05: a release name that looks like a flag is refused', async () => {
    expect(await code(chart(''), { ...HELM, helm: { releaseName: '--post-renderer=x' } })).toBe('render.helm');
  });

  it('S23: a parameter with an enormous index is refused', async () => {
    expect(await code(chart(''), { ...HELM, helm: { parameters: [{ name: 'a[999999999]', value: '1' }] } })).toBe(
      'render.values',
    );
  });

  it.each(['..', '.', 'null', '"a/b"', '""'])('S23: the chart name %s is refused', async (name) => {
    expect(await code({ 'c/Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n` }, HELM)).toBe('render.helm');
  });

  it('S23: a chart archive that unpacks to much more than it is ends', async () => {
    const bomb = packTgz([['bomb/templates/x.yaml', '\0'.repeat(100 << 20)]]);
    const files = [...toFiles(chart('')), { path: 'c/charts/bomb-1.0.0.tgz', content: bomb }];
    expect(render(await testEngine(), { ...HELM, files }).problem?.code).toBe('render.limit_output');
  });

  it('S21: bases that include themselves or each other are a cycle', async () => {
    expect(await code({ 'apps/web/kustomization.yaml': 'resources: [../web]\n' }, FLUX)).toBe('render.cycle');
    const mutual = {
      'apps/web/kustomization.yaml': 'resources: [../api]\n',
      'apps/api/kustomization.yaml': 'resources: [../web]\n',
    };
    expect(await code(mutual, FLUX)).toBe('render.cycle');
  });

  it('S21: a fan-out of 2^30 ends', async () => {
    const tree: Record<string, string> = { 'b30/kustomization.yaml': 'configMapGenerator: [{name: leaf}]\n' };
    for (let i = 0; i < 30; i++) {
      tree[`b${i}/kustomization.yaml`] = `resources: [left, right]\n`;
      tree[`b${i}/left/kustomization.yaml`] = `namePrefix: l-\nresources: [../../b${i + 1}]\n`;
      tree[`b${i}/right/kustomization.yaml`] = `namePrefix: r-\nresources: [../../b${i + 1}]\n`;
    }
    expect(await code(tree, { engine: 'kustomize', path: 'b0' })).toBe('render.limit_steps');
  });
});

describe('templates that do not end', () => {
  const loop = (depth: number, list: string, body: string): string =>
    depth === 0 ? body : `{{ range ${list} }}${loop(depth - 1, list, body)}{{ end }}`;

  it.each([
    ['limit_steps', `{{ $l := until 10000 }}${loop(4, '$l', '')}`],
    ['limit_steps', loop(4, 'until 10000', '')],
    ['limit_steps', loop(4, '10000', '')],
    ['limit_steps', `{{ $l := until 10000 }}{{ $x := 0 }}${loop(4, '$l', '{{ $x = add 1 $x }}')}`],
    ['limit_output', `{{ repeat 1000000000 "x" }}`],
    ['limit_steps', `{{ until 1000000000 }}`],
    ['limit_steps', `{{ untilStep 0 1000000000 1 }}`],
    ['limit_steps', `{{ seq 1 1000000000 }}`],
    ['limit_output', `{{ printf "%1000000000d" 1 }}`],
    ['limit_output', `{{ printf "%*d" 1000000000 1 }}`],
    ['limit_output', `{{ indent 1000000000 "x" }}`],
    ['limit_output', `{{ $s := "xxxxxxxx" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}`],
    ['limit_output', `{{ $s := "'" }}{{ range until 40 }}{{ $s = js $s }}{{ end }}`],
    ['limit_output', `{{ $s := repeat 4000 "a" }}{{ replace "a" (repeat 8000000 "b") $s }}`],
    ['limit_output', `{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}`],
    ['limit_output', `{{ $s := repeat 1000000 "x" }}{{ range until 10000 }}{{ $s }}{{ end }}`],
    ['limit_steps', `{{ $d := dict "a" 1 }}{{ range until 40 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ toYaml $d }}`],
    ['limit_depth', `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`],
    [
      'limit_depth',
      `{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`,
    ],
    ['limit_depth', `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`],
    ['limit_depth', `{{ $s := "{{ tpl .s . }}" }}{{ tpl $s (dict "s" $s "Template" .Template) }}`],
    ['limit_steps', `{{ genPrivateKey "dsa" }}`],
  ])('S20: end with %s: %s', async (limit, template) => {
    expect(await code(chart(template), HELM)).toBe(`render.${limit}`);
  });
});

describe('documents that are larger than they look', () => {
  const ALIASES = Array.from(
    { length: 12 },
    (_, i) =>
      `a${i}: &a${i} [${Array(9)
        .fill(i === 0 ? 'x' : `*a${i - 1}`)
        .join(',')}]`,
  ).join('\n');
  const DEEP = `apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: ${'['.repeat(5000)}${']'.repeat(5000)}\n`;

  it('S18: aliases of aliases are refused', async () => {
    expect(await code(chart('', ALIASES), HELM)).toBe('render.values');
    expect(
      await code({ 'd/a.yaml': `apiVersion: v1\nkind: X\nmetadata: {name: x}\n${ALIASES}` }, { engine: 'directory', path: 'd' }),
    ).toBe('render.yaml');
    const overlay = {
      'apps/web/kustomization.yaml': 'resources: [a.yaml]\n',
      'apps/web/a.yaml': `apiVersion: v1\nkind: X\nmetadata: {name: x}\n${ALIASES}`,
    };
    expect(await code(overlay, FLUX)).toBe('render.yaml');
    expect(await code(overlay, { ...FLUX, path: '', kustomize: { dialect: 'flux', generate: true } })).toBe('render.yaml');
    const inline = {
      'apps/web/kustomization.yaml': `patches:\n- target: {kind: X}\n  patch: |-\n    ${ALIASES.replaceAll('\n', '\n    ')}\n`,
    };
    expect(await code(inline, FLUX)).toBe('render.yaml');
  });

  it('aliases that people write are kept', async () => {
    const tree = {
      'apps/web/kustomization.yaml': 'resources: [a.yaml]\n',
      'apps/web/a.yaml': configMap('a').replace('data: {}', 'data: {x: &x "1", y: *x}'),
    };
    const response = await renderTree(tree, FLUX);
    expect(response.objects?.[0]).toMatchObject({ data: { x: '1', y: '1' } });
  });

  it('S18: nesting without end is refused', async () => {
    expect(await code({ 'd/a.yaml': DEEP }, { engine: 'directory', path: 'd' })).toBe('render.limit_depth');
    expect(await code(chart(DEEP), HELM)).toBe('render.limit_depth');
    const overlay = { 'apps/web/kustomization.yaml': 'resources: [a.yaml]\n', 'apps/web/a.yaml': DEEP };
    expect(await code(overlay, FLUX)).toBe('render.limit_depth');
  });

  it('S19: __proto__ is an ordinary key', async () => {
    const tree = { 'd/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {__proto__: x}\n' };
    const response = await renderTree(tree, { engine: 'directory', path: 'd' });
    expect(Object.keys(response.objects?.[0]?.['data'] ?? {})).toEqual(['__proto__']);
  });

  it('too many objects and too much output are refused', async () => {
    const many = '{{ range until 50 }}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: "c{{ . }}"}\n{{ end }}';
    expect(await code(chart(many), { ...HELM, limits: { objects: 49 } })).toBe('render.limit_objects');
    expect(await code(chart(many), { ...HELM, limits: { outputBytes: 1000 } })).toBe('render.limit_output');
    expect(names(await renderTree(chart(many), { ...HELM, limits: { objects: 50 } }))).toHaveLength(50);
  });

  it('memory is limited', async () => {
    const greedy = '{{ $d := dict }}{{ range until 200 }}{{ $_ := set $d (toString .) (repeat 1000000 "x" | upper) }}{{ end }}';
    expect(await code(chart(greedy), { ...HELM, limits: { memoryBytes: 40 << 20 } })).toBe('render.limit_memory');
  });
});

describe('requests that no honest Worker sends', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a length beyond the end', new Uint8Array([255, 255, 255, 255, 1])],
    ['no JSON', new Uint8Array([1, 0, 0, 0, 123])],
    ['a file larger than the rest', request({ engine: 'helm', path: '', files: [{ path: 'a', size: 5 }] })],
    ['a negative size', request({ engine: 'helm', path: '', files: [{ path: 'a', size: -1 }] })],
    ['a path with dots', request({ engine: 'helm', path: '', files: [{ path: '../a', size: 0 }] })],
    ['an unknown engine', request({ engine: 'bash', path: '', files: [] })],
  ])('%s is answered with render.request', async (_name, bytes) => {
    const response = JSON.parse(new TextDecoder().decode((await testEngine()).renderBytes(bytes))) as {
      problem?: { code: string };
    };
    expect(response.problem?.code).toBe('render.request');
  });
});

function request(header: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(4 + json.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  return bytes;
}
