import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The Go tests compare the engine with Kustomize's and Helm's own tests, which lie in the module cache. */
it("gives what Kustomize's and Helm's own tests expect", () => {
  const cwd = fileURLToPath(new URL('../../renderer/engine', import.meta.url));
  const run = spawnSync('go', ['test', './...'], { cwd, encoding: 'utf8' });
  expect(run.status === 0 ? '' : `${run.stdout}${run.stderr}`).toBe('');
}, 600_000);
