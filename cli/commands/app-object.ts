import type { Command } from 'commander';
import type { ObjectView, TreeEvent } from '../../core/api/tree.ts';
import { describeKey } from '../../core/objects/object.ts';
import { ok } from '../../core/result.ts';
import { defineAppCommand, handleApp } from '../apps/app-command.ts';
import { formatRenderedDiff } from '../apps/compare-entries.ts';
import { pickNode } from '../apps/pick-node.ts';
import { treeKeys } from '../apps/tree-keys.ts';
import { EXIT } from '../failure.ts';
import { printable, printableLine } from '../output/printable.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly live?: true;
  readonly desired?: true;
}

/** `plumb app object <app> <object>`: one object as it lives and as Git wants it. */
export function defineAppObject(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'object',
    description: 'one live object, how it differs from Git and who wrote what differs, and its events; Secrets are masked',
    args: [['<object>', 'Deployment/web, or web where only one is called so']],
    examples: [
      ['what is different, and who did it', 'plumb app object web Deployment/web'],
      ['the live YAML', 'plumb app object web Pod/web-6d8f-x2x --live'],
      ['as Git wants it', 'plumb app object web Deployment/web --desired'],
    ],
  })
    .option('--live', 'the live YAML alone')
    .option('--desired', 'the YAML of Git alone');
  handleApp<Flags>(command, terminal, async ({ flags, writer }, one, [name = '']) => {
    const keys = await treeKeys(one);
    if (!keys.ok) return keys;
    const key = pickNode(keys.value, name);
    if (!key.ok) return key;
    const seen = await one.api.call('GET /apps/:cluster/:app/object', { params: one.params, query: { key: key.value } });
    if (!seen.ok) return seen;
    const { live, desired } = seen.value;
    if (flags.live === true || flags.desired === true) {
      const text = [...(flags.live === true ? [live] : []), ...(flags.desired === true ? [desired] : [])].filter(
        (one) => one !== undefined,
      );
      await writer.result(seen.value, () => printable(text.join('---\n')));
      return ok(text.length === 0 ? EXIT.notAsAsked : EXIT.ok);
    }
    const shown = await formatObject(seen.value, terminal);
    await writer.result(seen.value, () => shown);
    return ok(EXIT.ok);
  });
}

async function formatObject({ key, live, desired, differences, events }: ObjectView, terminal: Terminal): Promise<string> {
  const parts = [`${terminal.paint('bold', printableLine(describeKey(key)))}\n`];
  if (live === undefined) parts.push('It is not in the cluster.\n');
  if (desired === undefined) parts.push('Git does not have it: another object owns it.\n');
  else if (live !== undefined && differences.length === 0) parts.push('It is as Git says.\n');
  for (const { path, manager, time } of differences) {
    const who = manager === undefined ? '' : ` by ${manager}${time === undefined ? '' : ` at ${time}`}`;
    parts.push(`  ${printableLine(`${path}${who}`)}\n`);
  }
  if (differences.length > 0)
    parts.push(await formatRenderedDiff({ from: '', to: '', files: [{ key, from: desired ?? '', to: live ?? '' }] }, terminal));
  else parts.push(printable(live ?? desired ?? ''));
  if (events.length > 0) parts.push(`${terminal.paint('bold', 'Events:')}\n${events.map(formatEvent).join('')}`);
  return parts.join('');
}

function formatEvent({ type, reason, message, count, last }: TreeEvent): string {
  return `  ${printableLine(`${last} ${type} ${reason}: ${message}${count > 1 ? ` (${count} times)` : ''}`)}\n`;
}
