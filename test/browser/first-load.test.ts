import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleUi } from '../../build/ui-bundle.ts';

const LIMIT_BYTES = 200_000;

/** Everything that a browser loads before it shows the list: the page, its scripts and styles, and what those import at once. */
async function firstLoad(dir: string): Promise<{ readonly bytes: number; readonly files: readonly string[] }> {
  const seen = new Set<string>();
  const queue = ['index.html'];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const text = await readFile(join(dir, name), 'utf8');
    if (name === 'index.html')
      queue.push(...[...text.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? ''));
    // Imports that run with the file, not those that wait to be called.
    if (name.endsWith('.js'))
      queue.push(...[...text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map((match) => `assets/${match[1]}`));
  }
  const sizes = await Promise.all([...seen].map(async (name) => gzipSync(await readFile(join(dir, name)), { level: 9 }).length));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: [...seen] };
}

test('the list of Apps needs at most 200 kB, without the graph', async () => {
  const dir = await bundleUi(() => undefined);
  const { bytes, files } = await firstLoad(dir);
  console.info(`first load: ${(bytes / 1000).toFixed(1)} kB gzip in ${files.length} files`);
  expect(files.length).toBeGreaterThan(2);
  expect(bytes).toBeLessThan(LIMIT_BYTES);
  expect(files.filter((name) => /graph|app-page/.test(name))).toEqual([]);
});

test('nothing that was built is inline or reaches another origin (S27)', async () => {
  const dir = await bundleUi(() => undefined);
  const page = await readFile(join(dir, 'index.html'), 'utf8');
  expect(page.match(/<script(?![^>]* src=)|<style| style=| on\w+=/g)).toBeNull();
  expect(page.match(/(?:src|href)="(?!\/)/g)).toBeNull();
  const styles = (await readdir(join(dir, 'assets'))).filter((name) => name.endsWith('.css'));
  for (const name of styles) expect(await readFile(join(dir, 'assets', name), 'utf8')).not.toMatch(/@import|url\((?!['"]?data:)/);
});
