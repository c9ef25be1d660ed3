import type { Command } from 'commander';
import type { ClusterDetails } from '../../core/api/views.ts';
import { ok } from '../../core/result.ts';
import { EXIT } from '../failure.ts';
import { formatAge, formatTime } from '../output/age.ts';
import { describeProblems } from '../output/describe-problems.ts';
import { formatFields } from '../output/table.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { withNearClusters } from './near-clusters.ts';

/** `plumb cluster get <cluster>`: one cluster, its agent and what is wrong with it. */
export function defineClusterGet(cluster: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    cluster
      .command('get')
      .description('one cluster: its agent, when it spoke last, how fast, and its problems')
      .argument('<cluster>', 'its name'),
  );
  addExamples(command, [['is its agent well?', 'plumb cluster get eu-1']]);
  handle(command, terminal, async ({ writer, api }, [name = '']) => {
    const client = await api();
    if (!client.ok) return client;
    const found = await client.value.call('GET /clusters/:name', { params: { name } });
    if (!found.ok) return withNearClusters(client.value, name, found.error);
    await writer.result(found.value, () => formatCluster(found.value, terminal, Date.now()));
    return ok(EXIT.ok);
  });
}

/** Everything about one cluster, for people. */
function formatCluster(view: ClusterDetails, terminal: Terminal, now: number): string {
  const { name, uid, agent, lastSeen, silentSince, generation, keys, apps, ledgerHead, problems } = view;
  const since = (time: number) => `${formatTime(time)} (${formatAge(time, now)} ago)`;
  const silent = silentSince === undefined ? undefined : { text: since(silentSince), colour: 'red' as const };
  const fields = formatFields(
    [
      ['Cluster', name],
      ['Agent', agent?.version ?? (uid === undefined ? 'not installed' : 'silent')],
      ['Silent since', silent],
      ['Reported', lastSeen === undefined ? undefined : since(lastSeen)],
      ['Answer time', agent?.rttMs === undefined ? undefined : `${Math.round(agent.rttMs)} ms`],
      ['Memory', agent === undefined ? undefined : `${Math.round(agent.rssBytes / 1024 / 1024)} MiB`],
      ['Started', agent === undefined ? undefined : since(agent.startedAt)],
      ['Generation', generation],
      ['Key list', keys],
      ['Apps', `${apps.total}, ${apps.synced} Synced, ${apps.healthy} Healthy`],
      ['Ledger', ledgerHead],
      ['UID', uid],
    ],
    terminal,
  );
  return problems.length === 0 ? fields : `${fields}\n${terminal.paint('bold', 'Problems:')}\n${describeProblems(problems)}`;
}
