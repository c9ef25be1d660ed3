import type { Command } from 'commander';
import { describeKey } from '../../core/objects/object.ts';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { confirm } from '../confirm.ts';
import { EXIT, notAsAsked } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addReasonOption, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly yes?: true;
  readonly reason?: string;
}

/** `plumb app confirm <app>`: lets deletions above the App's budget happen, just those that wait now. */
export function defineAppConfirm(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'confirm',
    description: 'confirm deletions that wait because they are above the budget of the App: just those that are shown',
    examples: [
      ['shows the objects, and asks', 'plumb app confirm web'],
      ['in a script', 'plumb app confirm web --yes -m "the old queue is gone"'],
    ],
  }).option('--yes', 'do not ask');
  addReasonOption(command);
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, view, params, name }) => {
    const waiting = view.control?.deletions;
    if (waiting === undefined) return notAsAsked(`no deletion of ${name} waits to be confirmed`);
    const { objects, total } = waiting;
    terminal.say(objects.map((key) => `  delete ${describeKey(key)}`).join('\n'));
    const question = `Delete ${objects.length} of ${total} objects of ${name}?`;
    const sure = await confirm(terminal, { question, word: view.app, yes: flags.yes === true });
    if (!sure.ok) return sure;
    const done = await api.call('POST /apps/:cluster/:app/confirm', { params, body: toWhy(flags) });
    if (!done.ok) return done;
    await writer.result({ ...params, request: done.value.id, objects }, () =>
      printable(`The deletion of ${objects.length} objects of ${name} is confirmed.\n`),
    );
    return ok(EXIT.ok);
  });
}
