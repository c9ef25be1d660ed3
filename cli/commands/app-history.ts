import type { Command } from 'commander';
import type { Deployment } from '../../core/api/control.ts';
import type { HistoryEntry } from '../../core/api/views.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { listDeployments } from '../apps/compare-entries.ts';
import { EXIT } from '../failure.ts';
import { formatAge, formatTime } from '../output/age.ts';
import { formatTable } from '../output/table.ts';
import { parseCount } from '../parse-number.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly limit: number;
  readonly entries?: true;
}

/** `plumb app history <app>`: its deployments, counted back as `plumb app rollback` counts them; or every entry of the ledger about it. */
export function defineAppHistory(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'history',
    description: 'the deployments of one App, newest first: 0 is what runs, 1 is what `plumb app rollback` goes back to',
    examples: [
      ['what ran here?', 'plumb app history web'],
      ['everything that the ledger says of it', 'plumb app history web --entries'],
      ['with the diffs, from the ledger itself', 'plumb ledger clone eu-1 && git -C eu-1 log -p -- apps/web'],
    ],
  })
    .option('--limit <n>', 'how many', parseCount, 20)
    .option('--entries', 'every entry of the ledger about it, not only deployments');
  handleApp<Flags>(command, terminal, async ({ flags, writer }, { api, params }) => {
    if (flags.entries === true) {
      const query = { limit: String(flags.limit) };
      const answer = await api.call('GET /apps/:cluster/:app/history', { params, query });
      if (!answer.ok) return answer;
      await writer.result(answer.value.history, () => formatEntries(answer.value.history, terminal));
      return ok(EXIT.ok);
    }
    const deployments = await listDeployments({ api, params }, flags.limit);
    if (!deployments.ok) return deployments;
    await writer.result(deployments.value, () => formatDeployments(deployments.value, terminal));
    return ok(EXIT.ok);
  });
}

/** Deployments in columns. */
function formatDeployments(deployments: readonly Deployment[], terminal: Terminal): string | Promise<string> {
  if (deployments.length === 0) return 'Nothing was deployed yet.\n';
  const rows = deployments.map((one) => [
    one.n,
    formatTime(one.time),
    shortRevision(one.revision),
    one.entry.slice(0, 10),
    one.action,
    one.outcome === undefined ? '-' : `${one.outcome}${one.health === undefined ? '' : `, ${one.health}`}`,
    one.leadMs === undefined ? '-' : formatAge(0, one.leadMs),
    [one.subject, one.actor === undefined ? one.author : `by ${one.actor}${one.reason === undefined ? '' : `: ${one.reason}`}`]
      .filter((text) => text !== '')
      .join(' · '),
  ]);
  return formatTable(['N', 'Time', 'Revision', 'Entry', 'What', 'Outcome', 'Lead', 'Subject'], rows, terminal);
}

/** Entries of the ledger in columns. */
export function formatEntries(entries: readonly HistoryEntry[], terminal: Terminal): Promise<string> {
  const rows = entries.map((entry) => [
    entry.commit.slice(0, 10),
    formatTime(entry.time),
    entry.generation,
    entry.message.split('\n')[0] ?? '',
  ]);
  return formatTable(['Entry', 'Time', 'Generation', 'What happened'], rows, terminal);
}
