import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { formatFields } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb fleet webhook`: what to enter at the Git host. */
export function defineFleetWebhook(fleet: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    fleet.command('webhook').description('URL and secret of the webhook, to enter at the Git host'),
  );
  addExamples(command, [
    ['for a form', 'plumb fleet webhook'],
    ['the secret alone', 'plumb fleet webhook -o json | jq -r .secret'],
  ]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const webhook = await client.value.call('POST /webhook', { body: {} });
    if (!webhook.ok) return webhook;
    const { path, secret } = webhook.value;
    await writer.result({ url: `${client.value.url}${path}`, secret }, () =>
      formatFields(
        [
          ['URL', `${client.value.url}${path}`],
          ['Secret', secret],
          ['Content', 'application/json'],
          ['Events', 'push'],
        ],
        terminal,
      ),
    );
    return ok(EXIT.ok);
  });
}
