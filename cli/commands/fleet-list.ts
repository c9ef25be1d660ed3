import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { describeProblems } from '../output/describe-problems.ts';
import { formatTable } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb fleet list`, `plumb source list`: the folders in Git that define Apps, and what is wrong with them. */
export function defineFleetList(fleet: Command, terminal: Terminal): void {
  const command = addConnectionOptions(fleet.command('list').description('the folders in Git that define Apps'));
  addExamples(command, [['with the problems of each', `plumb ${fleet.name()} list`]]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const answer = await client.value.call('GET /fleet', {});
    if (!answer.ok) return answer;
    const { sources } = answer.value;
    await writer.result(sources, async () => {
      if (sources.length === 0) return 'No fleet paths. `plumb source add <url> --cluster <name>` adds one.\n';
      const rows = sources.map((source) => [
        source.id,
        source.cluster,
        source.url,
        source.path === '' ? '.' : source.path,
        source.revision,
        source.commit?.slice(0, 7) ?? '-',
        source.problems.length,
      ]);
      const table = await formatTable(['Id', 'Cluster', 'Repository', 'Path', 'Revision', 'Commit', 'Problems'], rows, terminal);
      return `${table}${describeProblems(sources.flatMap((source) => source.problems))}`;
    });
    return ok(EXIT.ok);
  });
}
