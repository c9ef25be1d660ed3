import type { Command } from 'commander';
import type { StatusView } from '../../core/api/board.ts';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { formatAge } from '../output/age.ts';
import { printableLine } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb status`: one screen that says what is wrong and why. */
export function defineStatus(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    program.command('status').description('what is wrong, and why, on one screen; ends with 1 when something is'),
  );
  addExamples(command, [
    ['on call', 'plumb status'],
    ['in a script', 'plumb status -q -o name || page-somebody'],
  ]);
  command.addHelpText('after', '\nExit codes: 0 all is well, 1 something is wrong, 3 the Worker cannot be reached or refuses.');
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const status = await client.value.call('GET /status', {});
    if (!status.ok) return status;
    const names = status.value.wrong.map(({ what, cluster, name }) => `${what} ${nameOf(cluster, name, what)}`);
    await writer.result(writer.format === 'name' ? names : status.value, () => formatStatus(status.value, terminal, Date.now()));
    return ok(status.value.ok ? EXIT.ok : EXIT.notAsAsked);
  });
}

/** The counts, then what is wrong, a line each with why and what to do; longer than a screen only when more is wrong than fits on one. */
export function formatStatus({ ok: isWell, counts, wrong }: StatusView, terminal: Terminal, now: number): string {
  const { apps, synced, healthy, clusters } = counts;
  const summary = `${apps} Apps in ${clusters} clusters: ${synced} Synced, ${healthy} Healthy.`;
  if (isWell) return `${terminal.paint('green', 'All is well.')} ${summary}\n`;
  const parts = wrong.map(({ what, cluster, name, reason }) => {
    const since = reason.since === undefined ? '' : ` for ${formatAge(reason.since, now)}`;
    const head = terminal.paint('bold', printableLine(`${what === 'app' ? '' : `${what} `}${nameOf(cluster, name, what)}`));
    const why = terminal.paint('red', printableLine(reason.text));
    const fix = reason.fix === undefined ? '' : `    to do: ${printableLine(reason.fix)}\n`;
    return `  ${head}${since}: ${why} [${printableLine(reason.code)}]\n${fix}`;
  });
  return `${terminal.paint('red', `${wrong.length} wrong.`)} ${summary}\n${parts.join('')}`;
}

function nameOf(cluster: string | undefined, name: string, what: string): string {
  return what === 'app' && cluster !== undefined ? `${cluster}/${name}` : name;
}
