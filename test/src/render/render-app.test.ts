import { beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../../core/problem/problem.ts';
import { err } from '../../../core/result.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import type { Rendered, RenderJob } from '../../../src/platform/ports.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { TreeFailure } from '../../../src/render/commit-tree.ts';
import { statesOf } from '../../../src/render/read-state.ts';
import { renderApp } from '../../../src/render/render-app.ts';
import { findRender, oldestBeyond, putRender, RENDER_CACHE_MIGRATIONS } from '../../../src/render/render-cache.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { dump } from '../durable/cluster-fixture.ts';
import { createEngine, type Tree, treeOf } from './fake-engine.ts';

const vault = await openVault('a secret of thirty-two characters');
let sql = createNodeSql();
let engine = createEngine();

beforeEach(() => {
  sql = createNodeSql();
  migrate(sql, { render: RENDER_CACHE_MIGRATIONS });
  engine = createEngine();
});

const configMap = (name: string, value = '1') =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}, data: {x: "${value}"}}`;
const kustomization = (...resources: string[]) => JSON.stringify({ resources });

/** An overlay that reaches a base outside its folder, beside a folder that nobody reads. */
const OVERLAY: Tree = {
  'apps/web/kustomization.yaml': kustomization('web.yaml', '../../base'),
  'apps/web/web.yaml': configMap('web'),
  'apps/web/docs/readme.txt': 'hello',
  'base/kustomization.yaml': kustomization('base.yaml'),
  'base/base.yaml': configMap('base'),
  'base/unused.txt': 'x',
};

function job(path = 'apps/web', change: Partial<RenderJob> = {}): RenderJob {
  return {
    source: { repoURL: 'https://git.example.com/shop.git', revision: 'main', path },
    render: { engine: 'auto' },
    policyName: 'web',
    allowEmpty: false,
    key: `{"path":"${path}"}`,
    ...change,
  };
}

const render = (files: Tree | ReturnType<typeof treeOf>, asked = job(), renderer = engine.renderer): Promise<Rendered> =>
  renderApp(asked, {
    tree: typeof files['lookup'] === 'function' ? (files as ReturnType<typeof treeOf>) : treeOf(files as Tree),
    renderer,
    sql,
    vault,
    repo: 'shop',
  });

const names = ({ bundle }: Rendered) => bundle?.objects.map(({ metadata }) => metadata.name);
const reads = (rendered: Rendered) => rendered.reads.map(({ kind, path }) => `${kind} ${path}`);

describe('a render', () => {
  it('gives a bundle, its digest and everything that it looked at', async () => {
    const rendered = await render(OVERLAY);
    expect(names(rendered)).toEqual(['base', 'web']);
    expect(rendered.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(reads(rendered).sort()).toEqual([
      'file apps/web/kustomization.yaml',
      'file apps/web/web.yaml',
      'file base/base.yaml',
      'file base/kustomization.yaml',
      'missing apps/web/Chart.yaml',
      'probed apps/web/kustomization.yaml',
      'probed base',
    ]);
  });

  it('of an overlay needs one round: what its kustomizations name is sent along', async () => {
    await render(OVERLAY);
    expect(engine.requests).toHaveLength(1);
    expect(engine.requests[0]?.known).toEqual(['base/unused.txt']);
  });

  it('sends what the engine needs or misses although the commit has it', async () => {
    const rendered = await render({
      'apps/web/kustomization.yaml': kustomization('notes', 'linked'),
      'apps/web/notes': configMap('notes'),
      'apps/web/linked': { link: '../../far' },
      'far/kustomization.yaml': kustomization('far.yaml'),
      'far/far.yaml': configMap('far'),
    });
    expect([rendered.problem, names(rendered)]).toEqual([undefined, ['far', 'notes']]);
    expect(engine.requests.length).toBeLessThan(4);
  });

  it('of a path that leads to a submodule ends with what the engine says, not in circles', async () => {
    const rendered = await render({ 'apps/web/kustomization.yaml': kustomization('../../vendor'), vendor: null });
    expect([rendered.problem?.code, engine.requests.length]).toEqual(['render.kustomize', 1]);
  });

  it('ends when the engine asks for what is not there', async () => {
    const circling = {
      ...engine.renderer,
      async render(request: Parameters<typeof engine.renderer.render>[0]) {
        const answered = await engine.renderer.render(request);
        return answered.ok ? { ok: true as const, value: { ...answered.value, need: ['nowhere'] } } : answered;
      },
    };
    expect((await render(OVERLAY, job(), circling)).problem?.code).toBe('render.cycle');
    expect(engine.requests).toHaveLength(1);
  });

  it.each<[string, Tree, string]>([
    ['helm', { 'apps/web/Chart.yaml': configMap('chart'), 'apps/web/kustomization.yaml': '' }, 'helm'],
    ['kustomize', { 'apps/web/kustomization.yaml': kustomization('a.yaml'), 'apps/web/a.yaml': configMap('a') }, 'kustomize'],
    ['plain manifests', { 'apps/web/a.yaml': configMap('a') }, 'directory'],
  ])('finds %s by what is in the path', async (_name, files, expected) => {
    await render(files);
    expect(engine.requests[0]?.engine).toBe(expected);
  });

  it('of the root of a repository works like any other', async () =>
    expect(names(await render({ 'a.yaml': configMap('a'), 'sub/b.yaml': configMap('b') }, job('')))).toEqual(['a']));
});

describe('a render that gives nothing', () => {
  it('because the path is missing is tried again when something appears there', async () => {
    const rendered = await render({ 'other.yaml': '' });
    expect([rendered.problem?.code, reads(rendered), engine.requests]).toEqual(['git.path_missing', ['missing apps/web'], []]);
  });

  it('is held unless the App allows it (F29)', async () => {
    const empty = { 'apps/web/a.yaml': '' };
    const held = await render(empty);
    expect([held.problem?.code, held.bundle, reads(held).includes('file apps/web/a.yaml')]).toEqual([
      'render.empty',
      undefined,
      true,
    ]);
    const allowed = await render(empty, job('apps/web', { allowEmpty: true }));
    expect([allowed.problem, allowed.bundle?.objects]).toEqual([undefined, []]);
  });

  it('says where, and what would have to change', async () => {
    const rendered = await render({ 'apps/web/kustomization.yaml': kustomization('gone.yaml') });
    expect([rendered.problem?.code, rendered.problem?.where]).toEqual(['render.kustomize', 'apps/web/gone.yaml']);
    expect(reads(rendered)).toContain('missing apps/web/gone.yaml');
  });

  it('because an object is none says so', async () =>
    expect((await render({ 'apps/web/a.yaml': '{kind: ConfigMap}' })).problem?.code).toBe('manifest.invalid'));

  it('because the engine did not end is tried again when one of the files that it was given changes', async () => {
    const limited = { ...engine.renderer, render: async () => err(problem('render.limit_steps', 'it does not end')) };
    const rendered = await render(OVERLAY, job(), limited);
    expect(rendered.problem?.code).toBe('render.limit_steps');
    expect(reads(rendered)).toEqual(
      expect.arrayContaining([
        'file apps/web/web.yaml',
        'file base/base.yaml',
        'dir apps/web',
        'dir base',
        'missing apps/web/Chart.yaml',
      ]),
    );
  });

  it('because the tree cannot be read is never taken for an empty one (I2)', async () => {
    const refused = problem('git.limit', 'the commit has too many files');
    const tree = treeOf({ 'apps/web/a.yaml': configMap('a') });
    const broken = {
      ...tree,
      list: async () => {
        throw new TreeFailure(refused);
      },
    };
    const rendered = await render(broken, job('apps/web', { allowEmpty: true }));
    expect([rendered.problem, rendered.bundle, rendered.reads]).toEqual([refused, undefined, []]);
  });
});

describe('the cache', () => {
  it('answers while everything that was read is the same, whatever else the commit changed (F27)', async () => {
    const first = await render(OVERLAY);
    const again = await render({ ...OVERLAY, 'apps/web/docs/readme.txt': 'bye', 'apps/web/more.txt': 'x' });
    expect([again.cached, again.digest, reads(again)]).toEqual([true, first.digest, reads(first)]);
    expect(engine.requests).toHaveLength(1);
  });

  it.each<[string, Tree]>([
    ['a file that was read', { 'base/base.yaml': configMap('base', '2') }],
    ['a missing path that appears', { 'apps/web/Chart.yaml': configMap('chart') }],
  ])('does not answer after a change of %s (F27)', async (_name, change) => {
    const first = await render(OVERLAY);
    const again = await render({ ...OVERLAY, ...change });
    expect(again.cached).toBe(false);
    expect(again.digest).not.toBe(first.digest);
  });

  it('does not answer for a folder whose listing changed (F27)', async () => {
    const files: Tree = { 'apps/web/a.yaml': configMap('a') };
    await render(files);
    expect(names(await render({ ...files, 'apps/web/b.yaml': configMap('b') }))).toEqual(['a', 'b']);
  });

  it('answers for a commit that goes back, and for two that take turns', async () => {
    const other = { ...OVERLAY, 'base/base.yaml': configMap('base', '2') };
    const [a, b] = [await render(OVERLAY), await render(other)];
    for (const [files, expected] of [
      [OVERLAY, a],
      [other, b],
      [OVERLAY, a],
    ] as const) {
      const again = await render(files);
      expect([again.cached, again.digest]).toEqual([true, expected.digest]);
    }
  });

  it('does not answer for other parameters, another name or another engine', async () => {
    await render(OVERLAY);
    expect((await render(OVERLAY, job('apps/web', { key: '{"other":1}' }))).cached).toBe(false);
    expect((await render(OVERLAY, job('apps/web', { policyName: 'other' }))).cached).toBe(false);
    engine.version = 'v2';
    expect((await render(OVERLAY)).cached).toBe(false);
  });

  it('keeps no failure', async () => {
    await render({ 'apps/web/a.yaml': '' });
    await render({ 'apps/web/a.yaml': '' });
    expect(engine.requests).toHaveLength(2);
  });

  it('keeps four results of a key, and the oldest of all when there are too many', async () => {
    for (let i = 0; i < 7; i++) await render({ 'apps/web/a.yaml': configMap('a', String(i)) });
    const rows = sql.all<{ id: number; bytes: number }>('SELECT id, bytes FROM render ORDER BY id');
    expect(rows.map(({ id }) => id)).toEqual([4, 5, 6, 7]);
    expect(sql.all('SELECT DISTINCT name FROM chunk')).toHaveLength(8);
    expect(oldestBeyond(sql, { results: 3, bytes: 1e9 }).map(({ id }) => id)).toEqual([4]);
    expect(oldestBeyond(sql, { results: 9, bytes: (rows[0]?.bytes ?? 0) * 2 }).map(({ id }) => id)).toEqual([5, 4]);
  });

  it('keeps an App that reads thirty thousand files (F31)', async () => {
    const path = (i: number) => `apps/web/a-folder-of-very-many-files/and-one-of-them-${i}.yaml`;
    const tree = treeOf(Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [path(i), ''])));
    const states = await statesOf(
      tree,
      Array.from({ length: 30_000 }, (_, i) => ({ kind: 'file' as const, path: path(i) })),
    );
    const kept = { bundle: { format: 1 as const, salt: '', objects: [] }, digest: 'sha256:x', warnings: [] };
    await putRender(sql, vault, 'key', states, kept);
    expect((await findRender(sql, vault, 'key', tree))?.render).toEqual(kept);
  });

  it('shows neither Secret values nor the parameters that hold them (S12)', async () => {
    const secret = '{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {p: canary-11}}';
    const asked = job('apps/web', { key: '{"helm":{"values":{"p":"canary-22"}}}' });
    const rendered = await render({ 'apps/web/a.yaml': secret }, asked);
    expect(JSON.stringify(rendered.bundle)).toContain('canary-11');
    expect(dump(sql)).not.toMatch(/canary-\d\d/);
  });
});
