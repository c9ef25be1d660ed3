import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../devcluster/handle/cluster.ts';
import { findKubectl } from '../../devcluster/handle/programs.ts';

/**
 * Lets `npx plumb` and `.plumbline/kubectl` in this folder mean the demo: writes the settings file that `plumb` looks for, and a small script that
 * runs kubectl with the demo's kubeconfig. Gives the function that takes both away again.
 */
export async function writeFolderSettings(
  cwd: string,
  demo: { readonly url: string; readonly token: string; readonly cluster: Cluster },
): Promise<() => Promise<void>> {
  const folder = join(cwd, '.plumbline');
  const settings = join(folder, 'cli.json');
  const kubectl = join(folder, 'kubectl');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(settings, JSON.stringify({ url: demo.url, token: demo.token }), { mode: 0o600 });
  const program = await findKubectl(() => undefined);
  const words = program.args.map((word) => `'${word}'`).join(' ');
  await writeFile(kubectl, `#!/bin/sh\nKUBECONFIG='${demo.cluster.kubeconfig}' exec '${program.file}' ${words} "$@"\n`, {
    mode: 0o700,
  });
  return async () => {
    await rm(settings, { force: true });
    await rm(kubectl, { force: true });
  };
}
