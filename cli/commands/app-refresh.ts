import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { nameOf, pathOf } from '../apps/app-state.ts';
import { findApp } from '../apps/find-app.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app refresh <app>`: asks the Worker to look at Git now. */
export function defineAppRefresh(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('refresh')
      .description('look at Git now instead of at the next push or poll')
      .argument('<app>', 'web, or eu-1/web'),
  );
  addExamples(command, [['after a push to a host without webhooks', 'plumb app refresh web']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const asked = await client.value.send('POST', `${pathOf(found.value)}/refresh`);
    if (!asked.ok) return asked;
    await writer.result({ cluster: found.value.cluster, app: found.value.app }, () =>
      printable(`Git is being read for ${nameOf(found.value)}.\n`),
    );
    return ok(EXIT.ok);
  });
}
