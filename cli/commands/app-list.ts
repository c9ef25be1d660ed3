import type { Command } from 'commander';
import type { AppSummary } from '../../core/api/views.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok } from '../../core/result.ts';
import { computeState, isSettled, statusCell } from '../apps/app-state.ts';
import { listApps } from '../apps/find-app.ts';
import { EXIT } from '../failure.ts';
import { formatTable } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly cluster?: string;
  readonly project?: string;
  readonly selector?: readonly string[];
  readonly check?: true;
}

/** `plumb app list`: every App with its state. */
export function defineAppList(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(app.command('list').description('every App of every cluster'))
    .option('--cluster <name>', 'only those of this cluster')
    .option('--project <name>', 'only those of this project')
    .option('-l, --selector <label...>', 'only those with this label: team=shop, or team for any value')
    .option('--check', 'end with 1 unless every App is Synced and Healthy');
  addExamples(command, [
    ['everything', 'plumb app list'],
    ['names of what is not in sync', `plumb app list -o json | jq -r '.[] | select(.status.sync != "Synced") | .app'`],
    ['of one team', 'plumb app list -l team=shop'],
    ['as a check', 'plumb app list --cluster eu-1 --check'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const all = await listApps(client.value);
    if (!all.ok) return all;
    const apps = all.value.filter((view) => isMeant(view, flags));
    await writer.result(apps, () => {
      if (apps.length === 0) return 'No Apps. `plumb fleet add` names a folder that defines some.\n';
      const rows = apps.map((view) => {
        const { sync, health, message } = computeState(view);
        const why = view.reasons?.[0]?.text ?? message;
        return [view.app, view.cluster, statusCell(sync), statusCell(health), shortRevision(view.revision), why];
      });
      return formatTable(['App', 'Cluster', 'Sync', 'Health', 'Revision', 'Why'], rows, terminal);
    });
    return ok(flags.check === true && !apps.every(isSettled) ? EXIT.notAsAsked : EXIT.ok);
  });
}

function isMeant({ cluster, definition }: AppSummary, flags: Flags): boolean {
  const { project, labels = {} } = definition;
  return (
    (flags.cluster === undefined || cluster === flags.cluster) &&
    (flags.project === undefined || project === flags.project) &&
    (flags.selector ?? []).every((label) => {
      const [name = '', value] = label.split('=');
      return labels[name] !== undefined && (value === undefined || labels[name] === value);
    })
  );
}
