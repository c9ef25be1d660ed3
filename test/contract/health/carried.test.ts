/** The sandbox as the agent carries it: one file, nothing beside it, in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { carrySandbox } from '../../../build/sandbox-bundle.ts';

const PROGRAM = `
import { argoScripts, createSandbox } from './sandbox/sandbox.ts';
const sandbox = createSandbox();
const script = argoScripts()('cert-manager.io/Certificate');
const results = await Promise.all([
  sandbox.lua(script, { status: { conditions: [{ type: 'Ready', status: 'True', message: 'fine' }] } }, { openLibs: true }),
  sandbox.jq('.a + 1', { a: 1 }),
  sandbox.cel('a + 1', { a: 1 }),
  sandbox.lua('while true do end', {}),
]);
console.log(JSON.stringify(results.map((result) => result.value ?? result.error.code)));
`;

it('runs Lua, jq, CEL and the scripts of Argo CD, and lets the process end by itself', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-carried-'));
  await build({
    stdin: { contents: PROGRAM, resolveDir: fileURLToPath(new URL('../../..', import.meta.url)) },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(dir, 'program.mjs'),
    plugins: [await carrySandbox()],
  });
  expect(await readdir(dir)).toEqual(['program.mjs']);
  const child = spawn(process.execPath, ['program.mjs'], { cwd: dir, env: {} });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual([{ status: 'Healthy', message: 'fine' }, [2], 2, 'script.limit']);
});
