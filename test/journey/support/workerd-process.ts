import { readdir, readFile } from 'node:fs/promises';

/**
 * The process id of the workerd that listens on a Worker's port. Miniflare starts one workerd for the Worker and one for the renderer, both
 * children of this process, and names neither; but each has its port on its command line (`--socket-addr=entry=127.0.0.1:<port>`).
 */
export async function findWorkerd(url: string): Promise<number> {
  const socket = `--socket-addr=entry=127.0.0.1:${new URL(url).port}`;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const args = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (args.includes(socket) && args[0]?.includes('workerd') === true) return Number(entry);
  }
  throw new Error(`no workerd listens at ${url}`);
}
