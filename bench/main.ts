import { parseArgs } from 'node:util';
import { formatTable } from '../cli/output/table.ts';
import { processTerminal } from '../cli/terminal.ts';
import { apiLoad } from './api-load.ts';
import { bigApp } from './big-app.ts';
import { bundleSizes } from './bundle-size.ts';
import { dashboardLoad, eventToBrowser } from './dashboard.ts';
import { drift } from './drift.ts';
import { firstSync } from './first-sync.ts';
import { type Measurement, type Samples, summarise } from './measurement.ts';
import { agentRss, idlePoll, oneFileCommit } from './memory-and-polls.ts';
import { planning } from './planning.ts';
import { pushToApplied } from './push-to-applied.ts';
import { renderTimes } from './render.ts';
import { eventToStream, treeBytes, treeRss } from './tree.ts';

type Log = (line: string) => void;

/** Every claim about speed and size, by name. Each starts what it needs and stops it again. */
const BENCHMARKS: { readonly [name: string]: (runs: number | undefined, log: Log) => Promise<Samples[]> } = {
  'webhook-to-applied': (runs = 40, log) => pushToApplied(1, runs, log),
  'webhook-to-applied-100-apps': (runs = 40, log) => pushToApplied(100, runs, log),
  'drift-to-healed': (runs = 40, log) => drift(runs, log),
  'first-sync': (_runs, log) => firstSync(200, 3, log),
  'first-sync-1000': (_runs, log) => firstSync(1000, 12, log),
  'app-1000-objects': (_runs, log) => bigApp(1000, log),
  'app-5000-objects': (_runs, log) => bigApp(5000, log),
  'plan-5000-objects': (runs = 20) => planning(5000, runs),
  'agent-rss': (_runs, log) => agentRss(250, log),
  'api-load': (_runs, log) => apiLoad(2000, log),
  'tree-rss': (_runs, log) => treeRss(1000, log),
  'tree-bytes': (runs = 20, log) => treeBytes(runs, log),
  'event-to-stream': (runs = 40, log) => eventToStream(runs, log),
  'dashboard-load': (runs = 15, log) => dashboardLoad(2000, runs, log),
  'event-to-browser': (runs = 40, log) => eventToBrowser(runs, log),
  'idle-poll': (runs = 50, log) => idlePoll(runs, log),
  'one-file-commit': (runs = 10, log) => oneFileCommit(1000, runs, log),
  'render-directory': (runs = 40, log) => renderTimes('directory', runs, log),
  'render-kustomize': (runs = 40, log) => renderTimes('kustomize', runs, log),
  'render-helm': (runs = 40, log) => renderTimes('helm', runs, log),
  'bundle-size': () => bundleSizes(),
};

const HELP = `npm run -s bench -- [name…] [--json] [--runs N]

Prints medians; the floor is measured in the same run. Without names all run, which takes some minutes.
Names: ${Object.keys(BENCHMARKS).join(', ')}
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, runs: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const unknown = positionals.filter((name) => BENCHMARKS[name] === undefined);
  if (values.help === true || unknown.length > 0) {
    process.stderr.write(unknown.length > 0 ? `There is no benchmark ${unknown.join(', ')}.\n\n${HELP}` : HELP);
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return;
  }
  const terminal = processTerminal();
  const results: Measurement[] = [];
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    terminal.say(`${name} …`);
    const samples = await run(values.runs === undefined ? undefined : Number(values.runs), () => undefined);
    for (const measured of samples.map((one) => summarise(name, one))) {
      results.push(measured);
      if (values.json === true) terminal.out(`${JSON.stringify(measured)}\n`);
    }
  }
  if (values.json === true) return;
  const cell = (value: number | undefined) => value ?? '';
  const rows = results.map((m) => [m.bench, m.metric, m.unit, m.n, m.p50, m.p90, cell(m.floor), cell(m.ratio), cell(m.target)]);
  terminal.out(await formatTable(['Benchmark', 'Metric', 'Unit', 'n', 'p50', 'p90', 'Floor', 'Ratio', 'Target'], rows, terminal));
}

await main();
// What watches a process may still be waiting for its next turn.
process.exit();
