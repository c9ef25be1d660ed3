import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ClusterEvent } from '../../core/api/views.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure } from '../failure.ts';
import { formatTime } from '../output/age.ts';
import { printableLine } from '../output/printable.ts';
import { parseCount } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly follow?: true;
  readonly limit: number;
  readonly cluster?: string;
  readonly app?: string;
}

const POLL_MS = 1000;

/** `plumb events`: what happened lately, oldest first; with --follow also what happens from now on. */
export function defineEvents(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(program.command('events').description('what happened, and what happens now'))
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('--limit <n>', 'how many of the past', parseCount, 50)
    .option('--cluster <name>', 'only of this cluster')
    .option('--app <name>', 'only of this App');
  addExamples(command, [
    ['live', 'plumb events --follow'],
    ['as lines of JSON', 'plumb events --follow --app web -o json'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const isMeant = (event: ClusterEvent) =>
      event.cluster === (flags.cluster ?? event.cluster) && event.app === (flags.app ?? event.app);
    const reader = createEventReader(client.value);
    const past = await reader.next();
    if (!past.ok) return past;
    let shown = past.value.filter(isMeant).slice(-flags.limit);
    for (let failing = false; ; ) {
      for (const event of shown) await writer.item(event, () => formatEvent(event, terminal));
      if (flags.follow !== true) return ok(EXIT.ok);
      await sleep(POLL_MS);
      const news = await reader.next();
      if (!news.ok && !failing) terminal.say(`${news.error.message}; trying again`);
      failing = !news.ok;
      shown = news.ok ? news.value.filter(isMeant) : [];
    }
  });
}

/** Reads on from where it is; each event once. */
function createEventReader(api: ApiClient): { next(): Promise<Result<readonly ClusterEvent[], Failure>> } {
  const after = new Map<string, number>();
  return {
    async next() {
      const found: ClusterEvent[] = [];
      // An answer is cut at some hundred events per cluster: ask until there are no more.
      for (;;) {
        const query = [...after].map(([cluster, seq]) => `${cluster}:${seq}`).join(',');
        const answer = await api.get<{ readonly events: readonly ClusterEvent[] }>(`/events?after=${encodeURIComponent(query)}`);
        if (!answer.ok) return found.length > 0 ? ok(found) : answer;
        const { events } = answer.value;
        if (events.length === 0) return ok(found.sort((a, b) => a.time - b.time));
        for (const { cluster, seq } of events) after.set(cluster, Math.max(seq, after.get(cluster) ?? 0));
        found.push(...events);
      }
    },
  };
}

function formatEvent(event: ClusterEvent, terminal: Terminal): string {
  const name = event.app === '' ? event.cluster : `${event.cluster}/${event.app}`;
  const time = terminal.paint('gray', formatTime(event.time));
  return `${time}  ${terminal.paint('bold', printableLine(name))}  ${printableLine(event.kind)}  ${printableLine(event.text)}\n`;
}
