import type { Command } from 'commander';
import type { Figures } from '../../core/api/board.ts';
import { ok } from '../../core/result.ts';
import { findApp } from '../apps/find-app.ts';
import { EXIT } from '../failure.ts';
import { formatAge } from '../output/age.ts';
import { formatFields } from '../output/table.ts';
import { parseCount } from '../parse-number.ts';
import { addConnectionOptions, addExamples, handle } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly days: number;
  readonly cluster?: string;
  readonly app?: string;
}

/** `plumb figures`: DORA's four, computed from the ledger. */
export function defineFigures(program: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    program
      .command('figures')
      .description('deployment frequency, lead time, change failure rate and time to restore, from the ledger'),
  )
    .option('--days <n>', 'of the last n days', parseCount, 30)
    .option('--cluster <name>', 'only of this cluster')
    .option('--app <name>', 'only of this App');
  addExamples(command, [
    ['of everything', 'plumb figures'],
    ['of one App, three months', 'plumb figures --app eu-1/web --days 90'],
  ]);
  handle<Flags>(command, terminal, async ({ flags, writer, api }) => {
    const client = await api();
    if (!client.ok) return client;
    const of = flags.app === undefined ? undefined : await findApp(client.value, { name: flags.app, cluster: flags.cluster });
    if (of !== undefined && !of.ok) return of;
    const where = of === undefined ? { cluster: flags.cluster } : { cluster: of.value.cluster, app: of.value.app };
    const figures = await client.value.call('GET /figures', { query: { ...where, days: String(flags.days) } });
    if (!figures.ok) return figures;
    await writer.result(figures.value, () => formatFigures(figures.value, terminal));
    return ok(EXIT.ok);
  });
}

const BARS = '▁▂▃▄▅▆▇█';

/** The figures with a line of bars, a day each. */
export function formatFigures(figures: Figures, terminal: Terminal): string {
  const { days, deployments, perDay, leadMs, failureRate, restoreMs, series } = figures;
  const most = Math.max(1, ...series.map((day) => day.deployments));
  const bars = series
    .map((day) => (day.deployments === 0 ? '·' : BARS[Math.ceil((day.deployments / most) * BARS.length) - 1]))
    .join('');
  return formatFields(
    [
      ['Deployments', `${deployments} in ${days} days, ${perDay.toFixed(perDay < 10 ? 2 : 0)} a day`],
      ['Lead time', leadMs === undefined ? 'unknown' : `${formatAge(0, leadMs)} from commit to Healthy (median)`],
      ['Failure rate', failureRate === undefined ? 'unknown' : `${(failureRate * 100).toFixed(1)} %`],
      ['Time to restore', restoreMs === undefined ? 'unknown' : `${formatAge(0, restoreMs)} (median)`],
      ['By day', bars],
    ],
    terminal,
  );
}
