import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addReasonOption, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly orphan?: true;
  readonly yes?: true;
  readonly reason?: string;
}

/** `plumb app delete <app>`: takes an App away although Git still defines it; `plumb app restore` brings it back. */
export function defineAppDelete(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'delete',
    description: 'delete an App and its objects, although Git still defines it; `plumb app restore` brings it back',
    examples: [
      ['asks for its name first', 'plumb app delete web'],
      ['its objects stay', 'plumb app delete web --orphan'],
      ['in a script', 'plumb app delete eu-1/web --yes -m "moved to eu-2"'],
    ],
  })
    .option('--orphan', 'leave its objects in the cluster')
    .option('--yes', 'do not ask');
  addReasonOption(command);
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, view, params, name }) => {
    const cascade = flags.orphan === true ? 'orphan' : 'prune';
    const count = view.status?.resources.length ?? 0;
    const objects = cascade === 'prune' ? `its ${count} objects in the cluster` : 'forget its objects, which stay in the cluster';
    const question = `Delete ${name} and ${objects}?`;
    const sure = await confirm(terminal, { question, word: view.app, yes: flags.yes === true });
    if (!sure.ok) return sure;
    const body = { cascade, confirm: view.app, ...toWhy(flags) } as const;
    const done = await api.call('POST /apps/:cluster/:app/delete', { params, body });
    if (!done.ok) return done;
    await writer.result({ ...params, cascade }, () =>
      printable(`${name} is being deleted. \`plumb app wait ${name} --delete\` waits for it.\n`),
    );
    return ok(EXIT.ok);
  });
}
