import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { EXIT, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb ledger clone <cluster> [dir]`: a clone with stock Git; repeated, it takes what is new. */
export function defineLedgerClone(ledger: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    ledger
      .command('clone')
      .description('clone the ledger with Git, or take what is new into a clone; the token is in no URL and no file')
      .argument('<cluster>', 'its name, or _fleet')
      .argument('[dir]', 'default: the name of the cluster'),
  );
  addExamples(command, [
    ['clone, and read the deployments of one App', 'plumb ledger clone eu-1 && git -C eu-1 log -- apps/web'],
    ['what is new', 'plumb ledger clone eu-1'],
    ['the record of the installation itself: sign-ins, tokens, sources', 'plumb ledger clone _fleet'],
  ]);
  handle(command, terminal, async ({ writer, settings }, [cluster = '', dir]) => {
    if (!/^_?[a-z0-9-]+$/.test(cluster)) return usage(`${cluster} is not the name of a cluster`);
    const connection = await settings();
    if (!connection.ok) return connection;
    const git = await import('../ledger/ledger-clone.ts');
    const folder = resolve(terminal.cwd, dir ?? cluster);
    const isThere = (await stat(folder).catch(() => undefined)) !== undefined;
    if (isThere && (await git.clusterOfClone(folder)) !== cluster)
      return usage(`${folder} exists and is not a clone of the ledger of ${cluster}`);
    const done = isThere
      ? await git.updateClone(connection.value, folder)
      : await git.cloneLedger(connection.value, cluster, folder);
    if (!done.ok) return done;
    const head = await git.headOf(folder);
    if (!head.ok) return head;
    const at = head.value;
    await writer.result({ cluster, folder, head: at ?? null }, () =>
      printable(
        `The ledger of ${cluster} is in ${folder}, ${at === undefined ? 'and has no entries yet' : `at ${at.slice(0, 10)}`}.\n`,
      ),
    );
    return ok(EXIT.ok);
  });
}
