import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { formatApp } from '../apps/app-details.ts';
import { formatTree } from '../apps/format-tree.ts';
import { EXIT } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** `plumb app get <app>`: one App with why it is as it is, its objects and its problems. */
export function defineAppGet(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'get',
    description: 'one App: what runs and why, what people decided about it, its objects and its problems',
    examples: [
      ['for people', 'plumb app get web'],
      ['with all that its objects own', 'plumb app get web --tree'],
      [
        'the objects that are not healthy',
        `plumb app get eu-1/web -o json | jq '.status.resources[] | select(.health.status != "Healthy")'`,
      ],
    ],
  }).option('--tree', 'the live objects below what owns them, instead of only those of Git');
  handleApp<{ readonly tree?: true }>(command, terminal, async ({ flags, writer }, { api, view, params }) => {
    if (flags.tree !== true) {
      await writer.result(view, () => formatApp(view, { terminal, now: Date.now() }));
      return ok(EXIT.ok);
    }
    const tree = await api.call('GET /apps/:cluster/:app/tree', { params });
    if (!tree.ok) return tree;
    const now = Date.now();
    await writer.result({ ...view, tree: tree.value }, () =>
      formatApp(view, { terminal, now, objects: formatTree(tree.value, terminal, now) }),
    );
    return ok(EXIT.ok);
  });
}
