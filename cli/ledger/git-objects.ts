import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { LedgerReader } from '../../core/ledger/verify-step.ts';

/**
 * Objects of a clone through one `git cat-file --batch`, which answers each id with
 *
 *   <oid> SP <type> SP <size> LF <size bytes> LF        or        <id> SP missing LF
 */
export interface GitObjects extends LedgerReader {
  close(): void;
}

/** Starts it for the repository in a folder, bare or not. */
export function openGitObjects(folder: string): GitObjects {
  const child = spawn('git', ['-C', folder, 'cat-file', '--batch'], { env: gitEnvironment() });
  const read = createAnswerReader(child);
  let last: Promise<unknown> = Promise.resolve();
  return {
    read(oid) {
      // One question at a time: answers carry no other number. Only ids reach Git, never names that it would resolve.
      const next = last.then(async () => {
        if (!/^[0-9a-f]{40}$/.test(oid)) return undefined;
        child.stdin.write(`${oid}\n`);
        return read();
      });
      last = next.catch(() => undefined);
      return next;
    },
    close: () => child.stdin.end(),
  };
}

/** Git as it is, without the machine's configuration, and without objects that stand in for others. */
export function gitEnvironment(): Record<string, string | undefined> {
  return {
    ...process.env,
    LC_ALL: 'C',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

type Answer = { readonly type: string; readonly data: Uint8Array } | undefined;

function createAnswerReader(child: ChildProcessWithoutNullStreams): () => Promise<Answer> {
  let buffered = Buffer.alloc(0);
  const chunks = child.stdout[Symbol.asyncIterator]();
  child.stdin.on('error', () => {}); // its end is seen on the other side
  const more = async (parts: Buffer[]): Promise<void> => {
    const { value, done } = await chunks.next();
    if (done === true) throw new Error('git cat-file ended early: is this a Git repository?');
    parts.push(value as Buffer); // no encoding is set
  };
  const fill = async (bytes: number): Promise<void> => {
    const parts = [buffered];
    for (let size = buffered.length; size < bytes; size += parts.at(-1)?.length ?? 0) await more(parts);
    buffered = Buffer.concat(parts);
  };
  return async () => {
    let end = buffered.indexOf(0x0a);
    while (end === -1) {
      await fill(buffered.length + 1);
      end = buffered.indexOf(0x0a);
    }
    const [, type = '', size] = buffered.subarray(0, end).toString('latin1').split(' ');
    if (size === undefined) {
      buffered = buffered.subarray(end + 1);
      return undefined;
    }
    const total = end + 1 + Number(size) + 1;
    await fill(total);
    const data = new Uint8Array(buffered.subarray(end + 1, total - 1));
    buffered = buffered.subarray(total);
    return { type, data };
  };
}
