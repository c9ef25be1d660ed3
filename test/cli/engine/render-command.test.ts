import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { buildRenderer } from '../../../renderer/build-renderer.ts';
import { type Run, runPlumb } from '../run-plumb.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 900_000 });

const SEED = fileURLToPath(new URL('../../../cli/demo/seed', import.meta.url));
let repository: string;

beforeAll(async () => {
  await buildRenderer(() => {});
  repository = await mkdtemp(join(tmpdir(), 'plumb-render-'));
  await cp(SEED, repository, { recursive: true });
});

/** Runs `plumb render` in the repository; the home is the machine's own, because the built engine is cached there. */
function render(...args: readonly string[]): Promise<Run> {
  return runPlumb(['render', '--root', '.', ...args], { cwd: repository, home: process.env['HOME'] ?? repository });
}

function names(yaml: string): string[] {
  return parseAllDocuments(yaml).map((document) => {
    const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } }; // Kubernetes objects
    return `${kind}/${metadata.name}`;
  });
}

it('renders plain manifests, an overlay that reaches outside its folder, and a chart with a dependency', async () => {
  for (const path of ['apps/guestbook', 'apps/shop/overlays/prod', 'charts/store']) {
    const run = await render(path);
    expect([run.code, run.err]).toEqual([0, '']);
    expect(names(run.out).length).toBeGreaterThan(2);
  }
  expect(names((await render('charts/store', '--release-name', 'mine')).out)).toContain('Deployment/mine');
});

it('gives JSON as a List that kubectl takes', async () => {
  const run = await render('apps/guestbook', '-o', 'json');
  expect(JSON.parse(run.out)).toMatchObject({
    apiVersion: 'v1',
    kind: 'List',
    items: expect.arrayContaining([expect.objectContaining({ kind: 'Deployment' })]),
  });
});

it('takes value files from where people stand, and refuses those outside of the repository (S01)', async () => {
  await writeFile(join(repository, 'values.yaml'), 'replicas: 7\n');
  expect((await render('charts/store', '--values', 'values.yaml')).out).toContain('replicas: 7');
  expect((await render('charts/store', '--values', '../outside.yaml')).code).toBe(2);
});

it('names the file and ends with 1 when it does not render, or to nothing (F29)', async () => {
  await writeFile(join(repository, 'apps/guestbook/broken.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n');
  const broken = await render('apps/guestbook');
  expect(broken).toMatchObject({ code: 1, out: '' });
  expect(broken.err).toContain('apps/guestbook/broken.yaml');
  expect(await render('apps')).toMatchObject({ code: 1, err: expect.stringContaining('[render.empty]') });
  expect(await render('apps', '--allow-empty')).toMatchObject({ code: 0, out: '' });
});
