import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { formatEvent } from '../activity/format-event.ts';
import { EXIT } from '../failure.ts';
import { parseCount } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { toFilter } from './events.ts';

interface Flags {
  readonly limit: number;
  readonly cluster?: string;
  readonly app?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly before?: string;
}

/** `plumb activity`: who did what, newest first, page by page. */
export function defineActivity(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(program.command('activity').description('who did what and what happened, newest first'))
    .option('--limit <n>', 'how many', parseCount, 50)
    .option('--cluster <name>', 'only of this cluster')
    .option('--app <name>', 'only of this App: web, or eu-1/web')
    .option('--kind <word>', 'only of this kind: deploy, rollback, sign-in, …')
    .option('--actor <name>', 'only what this person or token did')
    .option('--before <place>', 'the page behind: as the page before has named it');
  addExamples(command, [
    ['what did ana do?', 'plumb activity --actor ana'],
    ['every rollback', 'plumb activity --kind rollback'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const { kind, actor, before } = flags;
    const query = { ...toFilter(flags), kind, actor, before, limit: String(flags.limit) };
    const page = await client.value.call('GET /activity', { query });
    if (!page.ok) return page;
    const { events, before: next } = page.value;
    await writer.result(writer.format === 'name' ? events : page.value, () =>
      events.length === 0 ? 'Nothing.\n' : events.map((event) => formatEvent(event, terminal)).join(''),
    );
    if (next !== undefined) terminal.say(`more: --before ${next}`);
    return ok(EXIT.ok);
  });
}
