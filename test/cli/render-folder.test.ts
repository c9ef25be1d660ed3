import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRoot, listFolder, pathBelow } from '../../cli/render/folder-tree.ts';
import { detectEngine, renderFolder } from '../../cli/render/render-folder.ts';
import type { RenderRequest, RenderResponse } from '../../core/render/render-types.ts';
import { createTestTerminal } from './test-terminal.ts';

const NOTHING_READ = { files: [], dirs: [], missing: [], probed: [] };
const ANSWER: RenderResponse = { reads: NOTHING_READ, warnings: [], chance: [], steps: 1, memory: 1 };

/** A repository on disk: path → content. */
async function createFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const { cwd } = await createTestTerminal();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(cwd, path, '..'), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
  return cwd;
}

describe('a folder', () => {
  it('is seen as a commit would be: without .git and node_modules, links as links', async () => {
    const root = await createFolder({ '.git/HEAD': '', 'node_modules/x/a.yaml': '', 'apps/web/a.yaml': 'a', 'b.yaml': 'b' });
    await symlink('../../b.yaml', join(root, 'apps/web/link.yaml'));
    await symlink('..', join(root, 'apps/up'));
    const tree = await listFolder(root);
    expect(Object.fromEntries(tree.paths)).toEqual({
      'apps/web/a.yaml': 'file',
      'b.yaml': 'file',
      'apps/web/link.yaml': 'link',
      'apps/up': 'link',
    });
    expect(await tree.read('apps/web/link.yaml')).toEqual({
      path: 'apps/web/link.yaml',
      content: Buffer.from('../../b.yaml'),
      mode: 'link',
    });
  });

  it('belongs to the nearest repository above it, else to itself', async () => {
    const root = await createFolder({ 'in/.git/HEAD': '', 'in/apps/web/a.yaml': '', 'out/a.yaml': '' });
    expect(await findRoot(join(root, 'in/apps/web'))).toBe(join(root, 'in'));
    expect(await findRoot(join(root, 'out'))).toBe(join(root, 'out'));
  });

  it('has paths relative to its root, and none outside', () => {
    expect([
      pathBelow('/a', '/a'),
      pathBelow('/a', '/a/b/c'),
      pathBelow('/a', '/a/..b'),
      pathBelow('/a', '/b'),
      pathBelow('/a/b', '/a'),
    ]).toEqual(['', 'b/c', '..b', undefined, undefined]);
  });

  it.each([
    ['Chart.yaml', 'helm'],
    ['kustomization.yml', 'kustomize'],
    ['Kustomization', 'kustomize'],
    ['deployment.yaml', 'directory'],
  ])('with %s is rendered by %s', async (name, engine) => {
    const tree = await listFolder(await createFolder({ [`apps/web/${name}`]: '', [name]: '' }));
    expect([detectEngine(tree, 'apps/web'), detectEngine(tree, ''), detectEngine(tree, 'apps')]).toEqual([
      engine,
      engine,
      'directory',
    ]);
  });
});

describe('rendering', () => {
  it("sends the App's own files at once, the rest by name, and what is asked for", async () => {
    const tree = await listFolder(
      await createFolder({ 'apps/web/a.yaml': 'a', 'apps/web/sub/b.yaml': 'b', 'apps/website/c.yaml': 'c', 'base/d.yaml': 'd' }),
    );
    const calls: RenderRequest[] = [];
    const answer = await renderFolder({ engine: 'kustomize', path: 'apps/web', files: [] }, tree, async (request) => {
      calls.push(request);
      return calls.length === 1 ? { ...ANSWER, need: ['base/d.yaml', 'not/there.yaml'] } : { ...ANSWER, objects: [] };
    });
    expect(answer.objects).toEqual([]);
    expect(calls.map(({ files, known = [] }) => [files.map((file) => file.path).sort(), [...known].sort()])).toEqual([
      [
        ['apps/web/a.yaml', 'apps/web/sub/b.yaml'],
        ['apps/website/c.yaml', 'base/d.yaml'],
      ],
      [['apps/web/a.yaml', 'apps/web/sub/b.yaml', 'base/d.yaml'], ['apps/website/c.yaml']],
    ]);
  });

  it('ends when the engine asks for what is not there', async () => {
    const tree = await listFolder(await createFolder({ 'a.yaml': 'a' }));
    const answer = await renderFolder({ engine: 'directory', path: '', files: [] }, tree, async () => ({
      ...ANSWER,
      need: ['gone.yaml'],
    }));
    expect(answer.need).toEqual(['gone.yaml']);
  });
});
