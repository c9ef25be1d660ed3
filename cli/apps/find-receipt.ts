import { shortRevision } from '../../core/ledger/one-line.ts';
import { describeKey } from '../../core/objects/object.ts';
import type { Receipt } from '../../core/protocol/messages.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Failure } from '../failure.ts';
import { describeProblems } from '../output/describe-problems.ts';
import { printableLine } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import type { OneApp } from './app-command.ts';

/** What the agent answered to a request: its receipt, where it can be found, and the words of the ledger. */
export interface Answer {
  readonly receipt?: Receipt;
  readonly message: string;
}

/** The receipt that answers a request; without one what the newest entry of the ledger about the App says. */
export async function findReceipt({ api, params, name }: OneApp, request: string): Promise<Result<Answer, Failure>> {
  const [receipt, listed] = await Promise.all([
    api.call('GET /apps/:cluster/:app/receipt', { params, query: { id: request } }),
    api.call('GET /apps/:cluster/:app/history', { params, query: { limit: '1' } }),
  ]);
  if (!receipt.ok && receipt.error.code !== 'api.not_found') return receipt;
  if (!listed.ok) return listed;
  const message = listed.value.history[0]?.message.trim() ?? `${name} is synced`;
  return ok({ ...(receipt.ok ? { receipt: receipt.value } : {}), message });
}

/** What was done, or would be, to which objects; those that stayed as they were are counted only. */
export async function formatReceipt(
  receipt: Receipt,
  { name, terminal }: { readonly name: string; readonly terminal: Terminal },
): Promise<string> {
  const { results, outcome, revision, dryRun, problems, health } = receipt;
  const changed = results.filter(({ action }) => action !== 'unchanged');
  const rows = changed.map(({ action, key, hook, problem }) => [
    dryRun === true ? (WOULD[action] ?? action) : action,
    describeKey(key),
    [
      hook === undefined ? '' : `${hook.phase} hook ${hook.state}`,
      problem === undefined ? '' : `${printableLine(problem.message)} [${problem.code}]`,
    ]
      .filter((text) => text !== '')
      .join(', '),
  ]);
  const table = rows.length === 0 ? '' : await formatTable(['What', 'Object', 'Message'], rows, terminal);
  const same = results.length - changed.length;
  const what = dryRun === true ? 'nothing was written; this is what a sync would do' : `${outcome}, ${health.status}`;
  const head = `${name} ${shortRevision(revision)}: ${what}. ${same} of ${results.length} objects are as they should be.`;
  const of = problems.length === 0 ? '' : describeProblems(problems);
  return `${table}${printableLine(head)}\n${of}`;
}

/** What an action of a receipt means when nothing was written. */
const WOULD: { readonly [action: string]: string } = {
  created: 'would create',
  configured: 'would change',
  replaced: 'would replace',
  pruned: 'would delete',
  recreated: 'would recreate',
  failed: 'would fail',
};
