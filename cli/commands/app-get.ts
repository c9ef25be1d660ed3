import type { Command } from 'commander';
import type { AppView } from '../../core/api/views.ts';
import { ok } from '../../core/result.ts';
import { formatApp } from '../apps/app-details.ts';
import { pathOf } from '../apps/app-state.ts';
import { findApp } from '../apps/find-app.ts';
import { EXIT } from '../failure.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app get <app>`: one App with its objects and problems. */
export function defineAppGet(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('get')
      .description('one App: what runs, from where, its objects and its problems')
      .argument('<app>', 'web, or eu-1/web'),
  );
  addExamples(command, [
    ['for people', 'plumb app get web'],
    [
      'the objects that are not healthy',
      `plumb app get eu-1/web -o json | jq '.status.resources[] | select(.health.status != "Healthy")'`,
    ],
  ]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const view = await client.value.get<AppView>(pathOf(found.value));
    if (!view.ok) return view;
    await writer.result(view.value, () => formatApp(view.value, terminal));
    return ok(EXIT.ok);
  });
}
