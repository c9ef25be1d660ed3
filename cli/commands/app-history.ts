import type { Command } from 'commander';
import type { HistoryEntry } from '../../core/api/views.ts';
import { ok } from '../../core/result.ts';
import { pathOf } from '../apps/app-state.ts';
import { findApp } from '../apps/find-app.ts';
import { EXIT } from '../failure.ts';
import { formatTime } from '../output/age.ts';
import { formatTable } from '../output/table.ts';
import { parseCount } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app history <app>`: the entries of the ledger about one App, newest first. */
export function defineAppHistory(app: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    app.command('history').description('what the ledger says of one App, newest first').argument('<app>', 'web, or eu-1/web'),
  ).option('--limit <n>', 'how many entries', parseCount, 20);
  addExamples(command, [
    ['the last deployments and what the agent answered', 'plumb app history web'],
    ['with the diffs, from the ledger itself', 'plumb ledger clone eu-1 && git -C eu-1 log -p -- apps/web'],
  ]);
  handle<{ readonly limit: number }>(command, terminal, async ({ flags, writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await findApp(client.value, name);
    if (!found.ok) return found;
    const answer = await client.value.get<{ readonly history: readonly HistoryEntry[] }>(
      `${pathOf(found.value)}/history?limit=${flags.limit}`,
    );
    if (!answer.ok) return answer;
    const { history } = answer.value;
    await writer.result(history, () => {
      const rows = history.map((entry) => [
        entry.commit.slice(0, 10),
        formatTime(entry.time),
        entry.generation,
        entry.message.split('\n')[0] ?? '',
      ]);
      return formatTable(['Entry', 'Time', 'Generation', 'What happened'], rows, terminal);
    });
    return ok(EXIT.ok);
  });
}
