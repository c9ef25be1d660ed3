import type { Command } from 'commander';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { computeNextChanges, describeChanges } from '../apps/next-changes.ts';
import { confirm } from '../confirm.ts';
import { EXIT, notAsAsked } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addReasonOption, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly bundle?: string;
  readonly yes?: true;
  readonly reason?: string;
}

/** `plumb app approve <app>`: approves exactly one render; a new commit needs a new approval. */
export function defineAppApprove(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'approve',
    description: 'approve the render that waits for people; it counts for just this one',
    examples: [
      ['shows what waits, and asks', 'plumb app approve web'],
      ['in a script, the one that was looked at', 'plumb app approve web --bundle sha256:9f2c…'],
    ],
  })
    .option('--bundle <digest>', 'approve this one, and nothing that came since')
    .option('--yes', 'do not ask: approve what waits now');
  addReasonOption(command);
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, view, params, name }) => {
    const waiting = view.control?.approval;
    if (waiting === undefined) return notAsAsked(`nothing of ${name} waits for an approval`);
    const { bundle, revision, needed, approvals } = waiting;
    if (flags.bundle !== undefined && flags.bundle !== bundle)
      return notAsAsked(
        `${flags.bundle} does not wait for an approval: ${bundle} does`,
        'Look at it first: a newer commit came.',
      );
    const word = shortRevision(revision);
    if (flags.bundle === undefined) {
      const diff = await api.call('GET /apps/:cluster/:app/diff', { params });
      if (!diff.ok) return diff;
      terminal.say(
        [
          `${name}: ${word} waits with ${approvals.length} of ${needed} approvals. It would`,
          describeChanges(computeNextChanges(diff.value)),
          `\`plumb app diff ${name} --next\` shows how. Bundle ${bundle}`,
        ].join('\n'),
      );
      const sure = await confirm(terminal, { question: 'Approve it?', word, yes: flags.yes === true });
      if (!sure.ok) return sure;
    }
    const done = await api.call('POST /apps/:cluster/:app/approve', { params, body: { bundle, ...toWhy(flags) } });
    if (!done.ok) return done;
    const left = needed - approvals.length - 1;
    await writer.result({ ...params, bundle, revision, left }, () =>
      printable(`${word} of ${name} is approved. ${left <= 0 ? 'It is deployed now.' : `${left} more approvals are needed.`}\n`),
    );
    return ok(EXIT.ok);
  });
}
