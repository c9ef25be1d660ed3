import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { LedgerReader } from '../../../core/ledger/verify-step.ts';

const run = promisify(execFile);

/** Every object of a clone, as Git itself prints them. */
export async function readClone(clone: string): Promise<LedgerReader> {
  const { stdout } = await run('git', ['cat-file', '--batch', '--batch-all-objects', '--unordered'], {
    cwd: clone,
    encoding: 'buffer',
    maxBuffer: 256 * 1024 * 1024,
  });
  const objects = new Map<string, { readonly type: string; readonly data: Uint8Array }>();
  for (let at = 0; at < stdout.length; ) {
    const end = stdout.indexOf(0x0a, at);
    const [oid = '', type = '', size = '0'] = stdout.toString('latin1', at, end).split(' ');
    objects.set(oid, { type, data: new Uint8Array(stdout.subarray(end + 1, end + 1 + Number(size))) });
    at = end + 1 + Number(size) + 1;
  }
  return { read: async (oid) => objects.get(oid) };
}
