import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it, vi } from 'vitest';
import type { PlanView } from '../../../cli/plan/make-plan.ts';
import { buildRenderer } from '../../../renderer/build-renderer.ts';
import { runPlumb } from '../run-plumb.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 900_000 });

const SEED = fileURLToPath(new URL('../../../cli/demo/seed', import.meta.url));
let repository: string;

beforeAll(async () => {
  await buildRenderer(() => {});
  repository = await mkdtemp(join(tmpdir(), 'plumb-plan-'));
  await cp(SEED, repository, { recursive: true });
});

/** Runs `plumb` in the repository; the home is the machine's own, because the built engine is cached there. */
const plumb = (...args: readonly string[]) => runPlumb(args, { cwd: repository, home: process.env['HOME'] ?? repository });

it.each(['apps/guestbook', 'apps/shop/overlays/prod', 'charts/store'])('plans a folder as it renders: %s', async (folder) => {
  const rendered = await plumb('render', '--root', '.', folder, '-o', 'json');
  const { items } = JSON.parse(rendered.out) as { items: object[] }; // a List
  await writeFile(join(repository, 'live.json'), rendered.out);
  const planned = await plumb('plan', '--root', '.', '-f', folder, '--live', 'live.json', '-o', 'json');
  const view = JSON.parse(planned.out) as PlanView;
  const entries = view.steps.flatMap((step) => step.entries).filter(({ action }) => action !== 'hook');
  expect([planned.code, entries.length]).toEqual([2, items.length]);
  // All that is missing is that the objects are ours.
  for (const { action, fields = [] } of entries) {
    expect(action).toBe('update');
    expect(fields.every((field) => field.startsWith('/metadata/annotations'))).toBe(true);
  }
});

it('says why a folder does not render', async () => {
  await writeFile(join(repository, 'apps/guestbook/broken.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n');
  const { code, err } = await plumb('plan', '--root', '.', '-f', 'apps/guestbook', '--live', 'live.json');
  expect(code).toBe(1);
  expect(err).toContain('broken.yaml');
});
