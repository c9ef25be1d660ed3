import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { EXIT } from '../failure.ts';
import { formatTime } from '../output/age.ts';
import { printable } from '../output/printable.ts';
import { parseDuration } from '../parse-number.ts';
import { addReasonOption, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly for: number;
  readonly reason?: string;
}

/** `plumb app break-glass <app>`: changes made by hand stay for a while. */
export function defineAppBreakGlass(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'break-glass',
    description: 'do not heal drift for a while, so that changes made by hand stay; ends by itself',
    examples: [
      ['half an hour', 'plumb app break-glass web --for 30m -m "scaling by hand during the incident"'],
      ['end it now', 'plumb app break-glass web --for 1s -m "over"'],
    ],
  })
    .requiredOption('--for <duration>', 'how long: 30m, 2h', parseDuration)
    .requiredOption('-m, --reason <text>', 'why: recorded in the ledger with your name');
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, params, name }) => {
    const body = { seconds: flags.for, ...toWhy(flags) };
    const done = await api.call('POST /apps/:cluster/:app/break-glass', { params, body });
    if (!done.ok) return done;
    await writer.result({ ...params, seconds: flags.for }, () =>
      printable(`Drift of ${name} is not healed ${until(flags.for)}.\n`),
    );
    return ok(EXIT.ok);
  });
}

/** `plumb app override-windows <app>`: syncs in spite of its sync windows. */
export function defineAppOverrideWindows(app: Command, terminal: Terminal): void {
  const command = addReasonOption(
    defineAppCommand(app, {
      name: 'override-windows',
      description: 'sync in spite of the sync windows for a while; ends by itself',
      examples: [['for the fix that cannot wait', 'plumb app override-windows web --for 1h -m "hotfix"']],
    }).requiredOption('--for <duration>', 'how long: 30m, 2h', parseDuration),
  );
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, params, name }) => {
    const body = { seconds: flags.for, ...toWhy(flags) };
    const done = await api.call('POST /apps/:cluster/:app/override-windows', { params, body });
    if (!done.ok) return done;
    await writer.result({ ...params, seconds: flags.for }, () =>
      printable(`The sync windows of ${name} do not hold ${until(flags.for)}.\n`),
    );
    return ok(EXIT.ok);
  });
}

function until(seconds: number): string {
  return `until ${formatTime(Date.now() + seconds * 1000)}`;
}
