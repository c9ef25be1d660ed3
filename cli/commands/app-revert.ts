import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { EXIT, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addReasonOption, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly push?: true;
  readonly propose?: true;
  readonly reason?: string;
}

/** `plumb app revert <app> [commit]`: undoes a commit in Git itself. */
export function defineAppRevert(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'revert',
    description: 'undo a source commit with a real `git revert`: proposed as a pull or merge request, or pushed',
    args: [['[commit]', 'the commit to undo; default: the one that the App is at']],
    examples: [
      ['as a pull request', 'plumb app revert web -m "breaks the checkout"'],
      ['push it to the branch', 'plumb app revert web 4f1c2aa --push -m "breaks the checkout"'],
    ],
  })
    .option('--propose', 'open a pull or merge request (default)')
    .option('--push', 'push the new commit to the branch');
  addReasonOption(command);
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, params, name }, [commit]) => {
    if (flags.push === true && flags.propose === true) return usage('give --push or --propose');
    const how = flags.push === true ? 'push' : 'propose';
    const body = { how, ...(commit === undefined ? {} : { commit }), ...toWhy(flags) } as const;
    const done = await api.call('POST /apps/:cluster/:app/revert', { params, body });
    if (!done.ok) return done;
    const { commit: made, branch, url } = done.value;
    await writer.result(done.value, () =>
      printable(`Commit ${made.slice(0, 10)} on ${branch} undoes it for ${name}.\n${url === undefined ? '' : `${url}\n`}`),
    );
    return ok(EXIT.ok);
  });
}
