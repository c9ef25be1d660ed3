import type { Command } from 'commander';
import type { AppDiff, AppSummary } from '../../core/api/views.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok } from '../../core/result.ts';
import { formatDrift, formatResources } from '../apps/app-details.ts';
import { computeState, nameOf, pathOf } from '../apps/app-state.ts';
import { findApp } from '../apps/find-app.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly desired?: true;
}

/** `plumb app diff <app>`: where the cluster differs from Git. Ends with 1 when it does. */
export function defineAppDiff(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app
      .command('diff')
      .description('where the cluster differs from Git; ends with 1 when it does')
      .argument('<app>', 'web, or eu-1/web'),
  ).option('--desired', 'also print the desired objects, the values of Secrets masked');
  addExamples(command, [
    ['fields that somebody changed, and objects that are out of sync', 'plumb app diff web'],
    ['what Git says', 'plumb app diff eu-1/web --desired'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const diff = await client.value.get<AppDiff>(`${pathOf(found.value)}/diff`);
    if (!diff.ok) return diff;
    const { desired, ...differences } = diff.value;
    await writer.result(flags.desired === true ? diff.value : differences, () =>
      formatDiff(found.value, diff.value, { flags, terminal }),
    );
    const isSame = computeState(found.value).sync === 'Synced' && diff.value.outOfSync.length === 0;
    return ok(isSame ? EXIT.ok : EXIT.notAsAsked);
  });
}

async function formatDiff(
  view: AppSummary,
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
