import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { formatTree } from '../apps/format-tree.ts';
import { EXIT } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app tree <app>`: its live objects and everything that they own. */
export function defineAppTree(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'tree',
    description: 'the live objects of an App and what they own: ReplicaSets, Pods, Jobs, with health, restarts and warnings',
    examples: [
      ['why is it not ready?', 'plumb app tree web'],
      ['the names of its Pods', `plumb app tree web -o name | grep '^/Pod/'`],
    ],
  });
  handleApp(command, terminal, async ({ writer }, { api, params }) => {
    const tree = await api.call('GET /apps/:cluster/:app/tree', { params });
    if (!tree.ok) return tree;
    const { nodes, observedAt } = tree.value;
    await writer.result(writer.format === 'name' ? nodes : tree.value, () => {
      if (nodes.length === 0 && observedAt === undefined) return 'The agent has not told of its live objects yet.\n';
      return nodes.length === 0 ? 'There are no live objects.\n' : formatTree(tree.value, terminal, Date.now());
    });
    return ok(EXIT.ok);
  });
}
