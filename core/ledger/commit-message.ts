import { describeRef, refOfKey } from '../objects/object.ts';
import type { AppRequest, ObjectResult, Receipt } from '../protocol/messages.ts';
import { appOf, type Deploy, type LedgerChange, type LedgerEntry } from './entry.ts';
import { oneLine, shortRevision } from './one-line.ts';
import { trailersOf, writeTrailers } from './trailers.ts';

/**
 * Commit messages of the ledger: one line that says what happened, a body where it helps, trailers for programs (trailers.ts).
 *
 *   web: deploy 4f1c2aa to eu-1                    web: synced 4f1c2aa, 4 objects, Healthy
 *   web: hold 4f1c2aa, render is empty             web: failed 4f1c2aa, 1 of 4 objects, Deployment shop/web is invalid
 *   web: remove from eu-1                          200 apps: deploy 4f1c2aa to eu-1
 *
 * Everything that comes from outside is put on one line and cut, so nobody can write a trailer by choosing a name.
 */
export function commitMessage(entry: LedgerEntry, cluster: string): string {
  const { changes } = entry;
  const [only] = changes;
  if (only === undefined) return `${describeSnapshots(entry, cluster)}\n\n${writeTrailers(entry)}\n`;
  const blocks =
    changes.length === 1
      ? [withApp(only, describeChange(only, cluster)), detailsOf(only).join('\n')]
      : [describeMany(changes, cluster), listChanges(changes, cluster)];
  return `${[...blocks, writeTrailers(entry)].filter((block) => block !== '').join('\n\n')}\n`;
}

/** What happened, with the App that it happened to. */
function withApp(change: LedgerChange, text: string): string {
  const app = appOf(change);
  return app === '' ? text : `${app}: ${text}`;
}

/** An entry without changes: the same Apps under a new number, because of another key or a new agent. */
function describeSnapshots({ snapshots = [] }: LedgerEntry, cluster: string): string {
  return `sign generation ${Math.max(0, ...snapshots.map((mark) => mark.generation))} for ${cluster}`;
}

/** What one change is, without the App's name. */
function describeChange(change: LedgerChange, cluster: string): string {
  switch (change.kind) {
    case 'deploy':
      return describeDeploy(change.as ?? 'deploy', shortRevision(change.revision), cluster);
    case 'hold': {
      const [first] = change.problems;
      const revision = change.revision === '' ? '' : ` ${shortRevision(change.revision)}`;
      return first === undefined ? `no longer hold${revision}` : `hold${revision}, ${oneLine(first.message, 120)}`;
    }
    case 'remove':
      return `remove from ${cluster}${change.onDelete === 'orphan' ? ', its objects stay' : ''}`;
    case 'request':
      return `${describeRequest(change.request)} asked for by ${oneLine(change.request.actor, 80)}`;
    case 'receipt':
      return describeReceipt(change.receipt);
    case 'note':
      return oneLine(change.text, 200);
  }
}

/** `sync of 2 objects`, `dry run`, `terminate`, `restart of Deployment shop/web`. */
export function describeRequest({ kind, dryRun, prune, force, replace, resources, action, key }: AppRequest): string {
  if (kind === 'action') return `${oneLine(action ?? 'action', 64)} of ${nameOf(key)}`;
  if (kind !== 'sync') return kind;
  const objects = resources === undefined || resources.length === 0 ? '' : ` of ${count(resources.length, 'object')}`;
  const how = Object.entries({ pruning: prune, force, replace }).flatMap(([word, is]) => (is === true ? [word] : []));
  return `${dryRun === true ? 'dry run' : 'sync'}${objects}${how.length === 0 ? '' : ` with ${how.join(', ')}`}`;
}

function describeDeploy(as: NonNullable<Deploy['as']>, revision: string, cluster: string): string {
  if (as === 'rollback') return `roll back to ${revision} in ${cluster}`;
  if (as === 'unpin') return `unpin, deploy ${revision} to ${cluster}`;
  return as === 'policy' ? `change the policy at ${revision} in ${cluster}` : `deploy ${revision} to ${cluster}`;
}

function describeReceipt(receipt: Receipt): string {
  const { results, problems } = receipt;
  const failed = results.filter((result) => result.action === 'failed');
  const why = failed[0]?.problem ?? problems[0];
  const because = why === undefined ? '' : `, ${oneLine(why.message, 120)}`;
  if (receipt.dryRun === true) {
    const changes = results.filter((result) => result.action !== 'unchanged').length;
    const failing = failed.length === 0 ? '' : `, ${failed.length} would fail${because}`;
    return `tried ${shortRevision(receipt.revision)} without writing, ${changes} of ${count(results.length, 'object')} would change${failing}`;
  }
  switch (receipt.outcome) {
    case 'synced':
      return `synced ${shortRevision(receipt.revision)}, ${count(results.length, 'object')}, ${receipt.health.status}`;
    case 'failed':
      return `failed ${shortRevision(receipt.revision)}, ${failed.length} of ${count(results.length, 'object')}${because}`;
    case 'held':
      return `held by the agent at ${shortRevision(receipt.revision)}${because}`;
    case 'acted':
      return `${failed.length === 0 ? 'did' : 'could not'} ${oneLine(receipt.action ?? 'action', 64)} ${nameOf(results[0]?.key)}${because}`;
    case 'removed':
      return `removed, ${count(results.filter((result) => result.action === 'pruned').length, 'object')} deleted`;
  }
}

function nameOf(key: string | undefined): string {
  const ref = key === undefined ? undefined : refOfKey(key);
  return ref === undefined ? 'something' : oneLine(describeRef(ref), 300);
}

const MAX_LISTED = 100;

/** What is worth knowing beyond the first line. */
function detailsOf(change: LedgerChange): string[] {
  switch (change.kind) {
    case 'deploy':
      return change.subject === undefined ? [] : [oneLine(change.subject, 500)];
    case 'hold':
      return change.problems.map((problem) => `${problem.code}: ${oneLine(problem.message, 500)}`).slice(0, MAX_LISTED);
    case 'receipt':
      return cut(change.receipt.results.filter((result) => result.action !== 'unchanged').map(describeResult));
    default:
      return [];
  }
}

function describeResult(result: ObjectResult): string {
  const ref = refOfKey(result.key);
  const name = oneLine(ref === undefined ? result.key : describeRef(ref), 300);
  const why = result.problem === undefined ? '' : `: ${result.problem.code}, ${oneLine(result.problem.message, 300)}`;
  const hook = result.hook === undefined ? '' : ` (${result.hook.phase} hook ${result.hook.state})`;
  return `${result.action} ${name}${hook}${why}`;
}

/** The first line of an entry with several changes: all alike, or how many of each. */
function describeMany(changes: readonly LedgerChange[], cluster: string): string {
  const apps = count(new Set(changes.map(appOf)).size, 'app');
  const actions = countBy(changes.map((change) => trailersOf(change).action));
  const revisions = new Set(changes.map((change) => trailersOf(change).revision ?? ''));
  const [action] = actions.keys();
  const [revision = ''] = revisions;
  if (actions.size > 1 || action === undefined) return `${apps}: ${listCounts(actions)}`;
  const what = revisions.size === 1 && revision !== '' ? `${action} ${shortRevision(revision)}` : action;
  const receipts = changes.flatMap((change) => (change.kind === 'receipt' ? [change.receipt] : []));
  if (receipts.length === 0) return `${apps}: ${what} ${action === 'deploy' ? 'to' : 'in'} ${cluster}`;
  const objects = receipts.reduce((sum, receipt) => sum + receipt.results.length, 0);
  const healths = countBy(receipts.map((receipt) => receipt.health.status));
  return `${apps}: ${what}, ${count(objects, 'object')}, ${listCounts(healths)}`;
}

/** One line per App, so that the log can be searched for it. */
function listChanges(changes: readonly LedgerChange[], cluster: string): string {
  return cut(changes.map((change) => withApp(change, describeChange(change, cluster)))).join('\n');
}

function cut(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LISTED) return [...lines];
  return [...lines.slice(0, MAX_LISTED), `and ${lines.length - MAX_LISTED} more`];
}

function countBy(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** `Healthy`, or `Healthy 190, Progressing 10`. */
function listCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([word, number]) => (counts.size === 1 ? word : `${word} ${number}`)).join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
