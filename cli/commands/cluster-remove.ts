import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { withNearClusters } from './near-clusters.ts';

/** `plumb cluster remove <name>`: the Worker forgets a cluster; what runs in it stays. */
export function defineClusterRemove(cluster: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    cluster
      .command('remove')
      .description('forget a cluster; its workloads and its agent stay where they are')
      .argument('<cluster>', 'its name'),
  ).option('--yes', 'do not ask');
  addExamples(command, [
    ['asks first', 'plumb cluster remove eu-1'],
    [
      'in a script; then take the agent away',
      'plumb cluster remove eu-1 --yes && kubectl --context eu-1 delete namespace plumbline-system',
    ],
  ]);
  handle<{ readonly yes?: true }>(command, terminal, async ({ flags, writer, api }, [name = '']) => {
    const question = `Forget cluster ${name}? Its workloads keep running, but nothing updates or heals them any more.`;
    const sure = await confirm(terminal, { question, word: name, yes: flags.yes === true });
    if (!sure.ok) return sure;
    const client = await api();
    if (!client.ok) return client;
    const removed = await client.value.call('DELETE /clusters/:name', { params: { name } });
    if (!removed.ok) return withNearClusters(client.value, name, removed.error);
    await writer.result({ name, removed: true }, () =>
      printable(
        `Cluster ${name} is forgotten. Its workloads keep running; \`kubectl delete namespace plumbline-system\` there takes the agent away.\n`,
      ),
    );
    return ok(EXIT.ok);
  });
}
