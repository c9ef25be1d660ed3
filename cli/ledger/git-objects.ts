import fs from 'node:fs';
import { join } from 'node:path';
import git from 'isomorphic-git';
import type { LedgerReader } from '../../core/ledger/verify-step.ts';

/** Objects of a clone, loose or packed. */
export interface GitObjects extends LedgerReader {
  close(): void;
}

/**
 * Opens the repository in a folder, bare or not. Read by isomorphic-git, so that whoever verifies a ledger depends neither on the Git of the machine
 * nor on its configuration, which could make one object stand in for another.
 */
export function openGitObjects(folder: string): GitObjects {
  const inside = join(folder, '.git');
  const gitdir = fs.existsSync(inside) ? inside : folder;
  // Packs stay open between reads.
  let cache: object = {};
  return {
    async read(oid) {
      if (!/^[0-9a-f]{40}$/.test(oid)) return undefined;
      try {
        const found = await git.readObject({ fs, gitdir, oid, format: 'content', cache });
        // With this format every object comes as bytes.
        return { type: found.type, data: new Uint8Array(found.object as Uint8Array) };
      } catch (error) {
        if (error instanceof git.Errors.NotFoundError) return undefined;
        throw error;
      }
    },
    close() {
      cache = {};
    },
  };
}
