import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { nameOf, pathOf } from '../apps/app-state.ts';
import { findApp } from '../apps/find-app.ts';
import { whoami } from '../apps/whoami.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app reset <app>`: let a HelmRelease that has used up its retries begin anew. */
export function defineAppReset(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('reset')
      .description('let a HelmRelease that has used up its retries begin anew')
      .argument('<app>', 'web, or eu-1/web'),
  );
  addExamples(command, [['after the cause of the failures was removed outside of Git', 'plumb app reset web']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const asked = await client.value.send<{ readonly id: string }>('POST', `${pathOf(found.value)}/reset`, { actor: whoami() });
    if (!asked.ok) return asked;
    const { cluster, app: id } = found.value;
    await writer.result({ cluster, app: id, request: asked.value.id }, () => printable(`${nameOf(found.value)} begins anew.\n`));
    return ok(EXIT.ok);
  });
}
