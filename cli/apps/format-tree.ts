import type { AppTree, TreeNode } from '../../core/api/tree.ts';
import { describeKey } from '../../core/objects/object.ts';
import { formatAge } from '../output/age.ts';
import { cut, printableLine } from '../output/printable.ts';
import type { Terminal } from '../terminal.ts';
import { statusCell } from './app-state.ts';

/** The live objects of an App below what owns them, with branches; each with health, age and what is worth knowing, its newest warnings below it. */
export function formatTree({ nodes, more }: AppTree, terminal: Terminal, now: number): string {
  const known = new Set(nodes.map(({ key }) => key));
  const children = Map.groupBy(nodes, ({ parent }) => (parent !== undefined && known.has(parent) ? parent : ''));
  const lines: string[] = [];
  const shown = new Set<string>();
  const add = (node: TreeNode, before: { readonly first: string; readonly rest: string }): void => {
    // Owners that name each other would never end.
    if (shown.has(node.key)) return;
    shown.add(node.key);
    lines.push(line(node, before.first, { terminal, now }));
    for (const event of node.events ?? []) {
      const times = event.count > 1 ? ` (${event.count} times)` : '';
      lines.push(fitLine(`${before.rest}    ${event.type} ${event.reason}: ${printableLine(event.message)}${times}`, terminal));
    }
    const below = children.get(node.key) ?? [];
    for (const [i, child] of below.entries()) {
      const isLast = i === below.length - 1;
      add(child, { first: `${before.rest}${isLast ? '└─ ' : '├─ '}`, rest: `${before.rest}${isLast ? '   ' : '│  '}` });
    }
  };
  for (const root of children.get('') ?? []) add(root, { first: '', rest: '' });
  // What is in a circle has no root.
  for (const node of nodes) add(node, { first: '', rest: '' });
  if (more > 0) lines.push(`… and ${more} more objects`);
  return lines.map((one) => `${one}\n`).join('');
}

function line(node: TreeNode, before: string, { terminal, now }: { readonly terminal: Terminal; readonly now: number }): string {
  const { text, colour } = statusCell(node.health.status);
  const age = Date.parse(node.createdAt);
  const facts = [
    ...(Number.isNaN(age) ? [] : [formatAge(age, now)]),
    ...(node.info ?? []),
    ...(node.restarts === undefined || node.restarts === 0 ? [] : [`${node.restarts} restarts`]),
    ...(node.images ?? []),
    // Why something is healthy is not worth the room.
    ...(node.health.message === undefined || node.health.status === 'Healthy' ? [] : [node.health.message]),
  ];
  const health = printableLine(text);
  const head = `${before}${printableLine(describeKey(node.key))}  `;
  const tail = fitLine(`${head}${health}  ${printableLine(facts.join(', '))}`, terminal).slice(head.length + health.length);
  return `${head}${colour === undefined ? health : terminal.paint(colour, health)}${tail}`;
}

function fitLine(text: string, terminal: Terminal): string {
  return terminal.columns === undefined ? text : cut(text, Math.max(terminal.columns, 40));
}
