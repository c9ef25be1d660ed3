import type { Deployment, RenderedDiff } from '../../core/api/control.ts';
import { describeKey } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import type { Writer } from '../output/output-format.ts';
import type { Outcome } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import type { OneApp } from './app-command.ts';

/** Compares what two deployments put into the cluster, Secrets masked. `from` and `to` are numbers of the history, or commits of the ledger. */
export async function compareEntries(asked: {
  readonly one: OneApp;
  readonly writer: Writer;
  readonly terminal: Terminal;
  readonly from: string;
  readonly to: string;
}): Promise<Outcome> {
  const { one, writer, terminal } = asked;
  const ends = await findEntries(one, [asked.from, asked.to]);
  if (!ends.ok) return ends;
  const [from = '', to = ''] = ends.value;
  const diff = await one.api.call('GET /apps/:cluster/:app/compare', { params: one.params, query: { from, to } });
  if (!diff.ok) return diff;
  const text = await formatRenderedDiff(diff.value, terminal);
  await writer.result(diff.value, () => text);
  return ok(diff.value.files.length === 0 ? EXIT.ok : EXIT.notAsAsked);
}

async function findEntries(
  { api, params, name }: OneApp,
  wanted: readonly string[],
): Promise<Result<readonly string[], Failure>> {
  const isNumber = (text: string) => /^\d{1,4}$/.test(text);
  const needed = Math.max(0, ...wanted.filter(isNumber).map(Number)) + 1;
  const listed: Result<readonly Deployment[], Failure> = wanted.some(isNumber)
    ? await listDeployments({ api, params }, needed)
    : ok([]);
  if (!listed.ok) return listed;
  const entries: string[] = [];
  for (const text of wanted) {
    const entry = isNumber(text) ? listed.value.find(({ n }) => n === Number(text))?.entry : text;
    if (entry === undefined) return usage(`${name} has no deployment ${text}`, `Look at \`plumb app history ${name}\`.`);
    entries.push(entry);
  }
  return ok(entries);
}

/** The newest deployments of an App, newest first. */
export async function listDeployments(
  { api, params }: Pick<OneApp, 'api' | 'params'>,
  limit: number,
): Promise<Result<readonly Deployment[], Failure>> {
  const answer = await api.call('GET /apps/:cluster/:app/deployments', { params, query: { limit: String(limit) } });
  return answer.ok ? ok(answer.value.deployments) : answer;
}

/** Objects that differ as unified diffs. */
export async function formatRenderedDiff({ files }: RenderedDiff, terminal: Terminal): Promise<string> {
  if (files.length === 0) return 'No object differs.\n';
  const { formatFiles } = await import('../output/format-files.ts');
  return formatFiles(
    files.map(({ key, ...texts }) => ({ title: describeKey(key), ...texts })),
    terminal,
  );
}
