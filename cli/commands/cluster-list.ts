import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { formatAge } from '../output/age.ts';
import { describeProblems } from '../output/describe-problems.ts';
import { formatTable } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb cluster list`: every cluster, its agent and how many of its Apps are well. */
export function defineClusterList(cluster: Command, terminal: Terminal): void {
  const command = addConnectionOptions(cluster.command('list').description('every cluster, its agent, and how its Apps are'));
  addExamples(command, [['which agents are silent?', 'plumb cluster list']]);
  handle(command, terminal, async ({ writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const answer = await client.value.call('GET /clusters', {});
    if (!answer.ok) return answer;
    const { clusters } = answer.value;
    await writer.result(clusters, async () => {
      if (clusters.length === 0) return 'No clusters. `plumb cluster add <name>` prints how to add one.\n';
      const rows = clusters.map(({ name, agent, lastSeen, generation, apps, uid }) => [
        name,
        agent?.version ?? (uid === undefined ? 'not installed' : 'silent'),
        lastSeen === undefined ? '-' : `${formatAge(lastSeen, Date.now())} ago`,
        generation,
        apps.total,
        apps.synced,
        apps.healthy,
      ]);
      const table = await formatTable(
        ['Cluster', 'Agent', 'Reported', 'Generation', 'Apps', 'Synced', 'Healthy'],
        rows,
        terminal,
      );
      return `${table}${clusters.map(({ name, problems }) => (problems.length === 0 ? '' : `${name}:\n${describeProblems(problems)}`)).join('')}`;
    });
    return ok(EXIT.ok);
  });
}
