import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { nameOf, pathOf } from '../apps/app-state.ts';
import { findApp } from '../apps/find-app.ts';
import { whoami } from '../apps/whoami.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app terminate <app>`: end the sync that runs; it counts as failed, and its hooks are deleted. */
export function defineAppTerminate(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('terminate')
      .description('end the sync that runs; it counts as failed, and its hooks are deleted')
      .argument('<app>', 'web, or eu-1/web'),
  );
  addExamples(command, [['stop a sync that waits for ever', 'plumb app terminate web']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const asked = await client.value.send<{ readonly id: string }>('POST', `${pathOf(found.value)}/terminate`, {
      actor: whoami(),
    });
    if (!asked.ok) return asked;
    const { cluster, app: id } = found.value;
    await writer.result({ cluster, app: id, request: asked.value.id }, () =>
      printable(`The sync of ${nameOf(found.value)} is being ended.\n`),
    );
    return ok(EXIT.ok);
  });
}
