import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb fleet remove <id>`, `plumb source remove <id>`: forgets a folder and its Apps; what runs is left alone. */
export function defineFleetRemove(fleet: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    fleet
      .command('remove')
      .description('forget a fleet path and its Apps; workloads keep running')
      .argument('<id>', `as \`plumb ${fleet.name()} list\` shows it`),
  );
  addExamples(command, [['find the id, then', `plumb ${fleet.name()} remove 3f2a91`]]);
  handle(command, terminal, async ({ writer, api }, [id = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const removed = await client.value.call('DELETE /fleet', { query: { id } });
    if (!removed.ok) return removed;
    await writer.result({ id, removed: true }, () =>
      printable(`Fleet path ${id} is forgotten. Its workloads keep running, and nothing looks after them any more.\n`),
    );
    return ok(EXIT.ok);
  });
}
