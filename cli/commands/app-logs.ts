import { type Command, InvalidArgumentError } from 'commander';
import type { LogMessage } from '../../core/api/tree.ts';
import { refOfKey } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import { defineAppCommand, handleApp, type OneApp } from '../apps/app-command.ts';
import { pickNode } from '../apps/pick-node.ts';
import { treeKeys } from '../apps/tree-keys.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import { parseCount, parseDuration } from '../parse-number.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly container?: string;
  readonly tail: number;
  readonly since?: number;
  readonly previous?: true;
  readonly follow?: true;
}

const MOST_LINES = 5000;

/** `plumb app logs <app> [pod]`: what a Pod wrote, redacted by the agent. */
export function defineAppLogs(app: Command, terminal: Terminal): void {
  const command = defineAppCommand(app, {
    name: 'logs',
    description: 'logs of a Pod of the App, followed with -f; what looks like a secret is removed in the cluster',
    args: [['[pod]', 'Pod/web-6d8f-x2x, or its name; not needed when there is only one']],
    examples: [
      ['the only Pod', 'plumb app logs web'],
      ['follow one container', 'plumb app logs web web-6d8f-x2x -c app -f'],
      ['why it crashed', 'plumb app logs web web-6d8f-x2x --previous --tail 50'],
    ],
  })
    .option('-c, --container <name>', 'container; the first one when it is not given')
    .option('--tail <lines>', `the newest lines, ${MOST_LINES} at most`, parseTail, 100)
    .option('--since <duration>', 'only lines of this time: 10m, 2h', parseDuration)
    .option('-p, --previous', 'of the container that ran before')
    .option('-f, --follow', 'go on until Ctrl-C');
  handleApp<Flags>(command, terminal, async ({ flags, writer }, one, [name]) => {
    const pod = await pickPod(one, name);
    if (!pod.ok) return pod;
    const stream = await one.api.stream('GET /apps/:cluster/:app/logs', {
      params: one.params,
      query: {
        pod: pod.value,
        container: flags.container,
        tail: String(flags.tail),
        since: flags.since === undefined ? undefined : String(flags.since),
        previous: flags.previous === true ? '1' : undefined,
        follow: flags.follow === true ? '1' : undefined,
      },
    });
    if (!stream.ok) return stream;
    for await (const { event, data } of stream.value) {
      const message = { event, data: JSON.parse(data) } as LogMessage; // the Worker writes it (core/api/tree.ts)
      if (message.event === 'end') {
        if (message.data.reason !== '') terminal.say(message.data.reason);
        break;
      }
      if (message.event !== 'lines') continue;
      for (const line of message.data.lines) await writer.item({ line }, () => `${printable(line)}\n`);
    }
    return ok(EXIT.ok);
  });
}

function parseTail(text: string): number {
  const lines = parseCount(text);
  if (lines > MOST_LINES) throw new InvalidArgumentError(`It is ${MOST_LINES} at most.`);
  return lines;
}

async function pickPod(one: OneApp, name: string | undefined): Promise<Result<string, Failure>> {
  const keys = await treeKeys(one);
  if (!keys.ok) return keys;
  const pods = keys.value.filter((key) => refOfKey(key)?.kind === 'Pod' && refOfKey(key)?.group === '');
  if (name !== undefined) return pickNode(pods, name);
  const [only] = pods;
  if (only === undefined) return usage(`${one.name} has no Pods`, '`plumb app tree` shows what it has.');
  const names = pods.map((key) => refOfKey(key)?.name ?? key);
  return pods.length === 1 ? ok(only) : usage(`${one.name} has ${pods.length} Pods`, `Name one of them: ${names.join(', ')}.`);
}
