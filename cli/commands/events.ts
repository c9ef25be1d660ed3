import type { Command } from 'commander';
import type { ActivityEvent } from '../../core/api/activity.ts';
import { err, ok } from '../../core/result.ts';
import { followEvents } from '../activity/follow-events.ts';
import { formatEvent } from '../activity/format-event.ts';
import { EXIT } from '../failure.ts';
import { parseCount } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly follow?: true;
  readonly limit: number;
  readonly cluster?: string;
  readonly app?: string;
}

/** `plumb events`: what happened lately, oldest first; with --follow also what happens from now on. */
export function defineEvents(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(program.command('events').description('what happened, and what happens now'))
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('--limit <n>', 'how many of the past', parseCount, 50)
    .option('--cluster <name>', 'only of this cluster')
    .option('--app <name>', 'only of this App: web, or eu-1/web');
  addExamples(command, [
    ['live', 'plumb events --follow'],
    ['as lines of JSON', 'plumb events --follow --app web -o json'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const { cluster, app } = toFilter(flags);
    // Opened before the past is read, so that nothing falls between the two.
    const live = flags.follow === true ? await followEvents(client.value) : undefined;
    if (live !== undefined && !live.ok) return live;
    const past = await client.value.call('GET /activity', { query: { cluster, app, limit: String(flags.limit) } });
    if (!past.ok) return past;
    const shown = new Set<string>();
    for (const event of [...past.value.events].reverse()) {
      shown.add(idOf(event));
      await writer.item(event, () => formatEvent(event, terminal));
    }
    if (live === undefined) return ok(EXIT.ok);
    for (;;) {
      const next = await live.value.next();
      if (next.done === true) return err(next.value);
      if ('note' in next.value) {
        terminal.say(next.value.note);
        continue;
      }
      const { event } = next.value;
      const isMeant = event.cluster === (cluster ?? event.cluster) && event.app === (app ?? event.app);
      if (isMeant && !shown.has(idOf(event))) await writer.item(event, () => formatEvent(event, terminal));
    }
  });
}

function idOf({ cluster, seq }: ActivityEvent): string {
  return `${cluster} ${seq}`;
}

/** The cluster and App that are meant; `eu-1/web` says both. */
export function toFilter({ cluster, app }: { readonly cluster?: string; readonly app?: string }): {
  readonly cluster: string | undefined;
  readonly app: string | undefined;
} {
  const slash = app?.indexOf('/') ?? -1;
  return app === undefined || slash === -1 ? { cluster, app } : { cluster: app.slice(0, slash), app: app.slice(slash + 1) };
}
