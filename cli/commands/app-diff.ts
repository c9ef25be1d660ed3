import type { Command } from 'commander';
import type { AppDiff, AppView } from '../../core/api/views.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { formatDrift, formatResources } from '../apps/app-details.ts';
import { computeState, nameOf } from '../apps/app-state.ts';
import { compareEntries } from '../apps/compare-entries.ts';
import { computeNextChanges } from '../apps/next-changes.ts';
import { EXIT, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly desired?: true;
  readonly next?: true;
  readonly from?: string;
  readonly to?: string;
}

/** `plumb app diff <app>`: where the cluster differs from Git, or two deployments from each other. Ends with 1 when something differs. */
export function defineAppDiff(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'diff',
    description: 'where the cluster differs from Git, or one deployment from another; ends with 1 when something differs',
    examples: [
      ['fields that somebody changed, and objects that are out of sync', 'plumb app diff web'],
      ['what Git says', 'plumb app diff eu-1/web --desired'],
      ['what waits behind a pin or an approval', 'plumb app diff web --next'],
      ['what the last deployment changed', 'plumb app diff web --from 1 --to 0'],
    ],
  })
    .option('--desired', 'also print the desired objects, the values of Secrets masked')
    .option('--next', 'what a pin or an approval holds back, compared with what is delivered')
    .option('--from <n>', 'compare deployments: a number of `plumb app history`, or a commit of the ledger')
    .option('--to <n>', 'with --from: default 0, what runs now');
  handleApp<Flags>(command, terminal, async ({ flags, writer }, one) => {
    const { api, view, params } = one;
    if (flags.from !== undefined) return compareEntries({ one, writer, terminal, from: flags.from, to: flags.to ?? '0' });
    if (flags.to !== undefined) return usage('--to belongs to --from');
    const diff = await api.call('GET /apps/:cluster/:app/diff', { params });
    if (!diff.ok) return diff;
    if (flags.next === true) {
      const changes = computeNextChanges(diff.value);
      const { formatFiles } = await import('../output/format-files.ts');
      await writer.result(changes, () => (changes.length === 0 ? 'Nothing waits.\n' : formatFiles(changes, terminal)));
      return ok(changes.length === 0 ? EXIT.ok : EXIT.notAsAsked);
    }
    const { desired, next: _next, ...differences } = diff.value;
    await writer.result(flags.desired === true ? diff.value : differences, () =>
      formatDiff(view, diff.value, { flags, terminal }),
    );
    const isSame = computeState(view).sync === 'Synced' && diff.value.outOfSync.length === 0;
    return ok(isSame ? EXIT.ok : EXIT.notAsAsked);
  });
}

async function formatDiff(
  view: AppView,
  { drift, outOfSync, desired, revision }: AppDiff,
  { flags, terminal }: { readonly flags: Flags; readonly terminal: Terminal },
): Promise<string> {
  const { sync, message } = computeState(view);
  const parts: string[] = [];
  if (drift.length > 0) parts.push(`${terminal.paint('bold', 'Drift:')}\n${formatDrift(drift)}`);
  if (outOfSync.length > 0) parts.push(await formatResources(outOfSync, terminal));
  if (parts.length === 0) {
    const why = message === '' ? '' : `: ${message}`;
    parts.push(
      printable(
        sync === 'Synced' ? `${nameOf(view)} is as ${shortRevision(revision)} says.\n` : `${nameOf(view)} is ${sync}${why}\n`,
      ),
    );
  }
  if (flags.desired === true) parts.push(printable(desired.map(({ yaml }) => `---\n${yaml}`).join('')));
  return parts.join('\n');
}
