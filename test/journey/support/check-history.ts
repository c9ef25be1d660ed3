import { refOfKey } from '../../../core/objects/object.ts';
import { type AuditEvent, agentWrites, describeEvent, succeeded } from './audit-log.ts';
import type { LedgerCommit } from './read-ledger.ts';

/**
 * The offline checker: proves from the API server's audit log, the ledger and the source's history, that what happened was allowed.
 *
 *   I1  every object that the agent wrote is in a bundle that the ledger decided on before the write
 *   I2  every object that it deleted is absent from the newest bundle of each App that had it, or the App was removed
 *   I3  generations grow by one in the ledger; no App is decided or receipted for an older commit or generation than before
 *   I4  the ledger is one line without gap, and no receipt is in it twice
 *
 * I9 is about live state: check-live.ts. The ledger's clock has whole seconds, so a decision counts from the beginning of its second.
 */
export interface History {
  readonly commits: readonly LedgerCommit[];
  readonly events: readonly AuditEvent[];
  /** Whether a source commit comes after, or is, another one. */
  readonly descends: (newer: string, older: string) => Promise<boolean>;
  /** Apps whose source history was rewritten on purpose: their commits have no order. */
  readonly rewritten?: readonly string[];
}

/** A decision may be applied while the answer to whoever wrote it is still under way. */
const SLACK_MS = 1_000;

/** Everything that must not have happened; empty when all is well. */
export async function checkHistory(history: History): Promise<string[]> {
  return [
    ...checkChain(history.commits),
    ...checkGenerations(history.commits),
    ...checkReceipts(history.commits),
    ...(await checkRevisions(history)),
    ...checkWrites(history),
  ];
}

function checkChain(commits: readonly LedgerCommit[]): string[] {
  return commits.flatMap(({ oid, parents }, i) => {
    const expected = commits[i - 1]?.oid;
    const isNext = expected === undefined ? parents.length === 0 : parents.length === 1 && parents[0] === expected;
    return isNext ? [] : [`I4: ledger commit ${oid} does not follow ${expected ?? 'nothing'}`];
  });
}

function checkGenerations(commits: readonly LedgerCommit[]): string[] {
  const wrong: string[] = [];
  let newest = 0;
  for (const { oid, generations, changes } of commits) {
    for (const generation of generations) {
      if (generation !== newest + 1) wrong.push(`I3: generation ${generation} after ${newest} in ${oid}`);
      newest = Math.max(newest, generation);
    }
    for (const { app, action, generation } of changes)
      if (generation !== undefined && generation > newest)
        wrong.push(`I3: ${action} of ${app} speaks of generation ${generation}, which was never signed, in ${oid}`);
  }
  return wrong;
}

function checkReceipts(commits: readonly LedgerCommit[]): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  for (const { oid, receipts, changes } of commits) {
    const named = changes.flatMap((change) => change.receipt ?? []);
    const held = receipts.map((receipt) => receipt.id);
    if ([...named].sort().join() !== [...held].sort().join())
      wrong.push(`I4: ${oid} names receipts ${named.join()} and holds ${held.join()}`);
    for (const { id, app, generation } of receipts) {
      if (seen.has(id)) wrong.push(`I4: receipt ${id} of ${app} is in the ledger twice`);
      seen.add(id);
      const before = newest.get(app) ?? 0;
      if (generation < before) wrong.push(`I3: ${app} was receipted for generation ${generation} after ${before}`);
      newest.set(app, Math.max(before, generation));
    }
  }
  return wrong;
}

async function checkRevisions({ commits, descends, rewritten = [] }: History): Promise<string[]> {
  const wrong: string[] = [];
  const newest = new Map<string, string>();
  for (const { oid, changes } of commits) {
    for (const { app, action, revision } of changes) {
      if (action === 'remove') newest.delete(app);
      if (action !== 'deploy' || revision === undefined || rewritten.includes(app)) continue;
      const before = newest.get(app);
      if (before !== undefined && !(await descends(revision, before)))
        wrong.push(`I3: ${app} went from ${before} back to ${revision} in ${oid}`);
      newest.set(app, revision);
    }
  }
  return wrong;
}

/** What an App wanted from a moment on. */
interface Wish {
  readonly app: string;
  readonly from: number;
  /** `resource group namespace name`; empty for an App that was removed. */
  readonly objects: ReadonlySet<string>;
  /** The namespace that it may make when it is missing. */
  readonly ensures: string | undefined;
}

function checkWrites({ commits, events }: History): string[] {
  const wishes = commits.flatMap(wishesOf);
  return agentWrites(events)
    .filter(succeeded)
    .flatMap((event) => {
      const found = event.verb === 'delete' ? checkDelete(event, wishes) : checkApply(event, wishes);
      return found === undefined ? [] : [`${found}: ${describeEvent(event)} at ${new Date(event.received).toISOString()}`];
    });
}

function checkApply(event: AuditEvent, wishes: readonly Wish[]): string | undefined {
  if (event.verb === 'deletecollection' || event.subresource !== '') return 'I1: the agent has no business to do this';
  const id = identify(event.resource, event);
  const known = wishes.filter((wish) => wish.from <= event.received + SLACK_MS);
  const isNamespace = event.resource === 'namespaces';
  const isWanted = known.some((wish) => wish.objects.has(id) || (isNamespace && wish.ensures === event.name));
  return isWanted ? undefined : 'I1: written, but in no bundle that was decided on';
}

function checkDelete(event: AuditEvent, wishes: readonly Wish[]): string | undefined {
  const id = identify(event.resource, event);
  const owners = new Set(wishes.filter((wish) => wish.objects.has(id)).map((wish) => wish.app));
  for (const app of owners) {
    // The wishes that may have been the newest at that moment: the last one before, and those within the clock's coarseness.
    const own = wishes.filter((wish) => wish.app === app);
    const before = own.filter((wish) => wish.from <= event.received - SLACK_MS).at(-1);
    const around = own.filter((wish) => Math.abs(wish.from - event.received) <= SLACK_MS);
    const newest = [...(before === undefined ? [] : [before]), ...around];
    if (newest.length > 0 && newest.every((wish) => wish.objects.has(id))) return `I2: deleted, but ${app} wants it`;
  }
  return undefined;
}

function wishesOf(commit: LedgerCommit): Wish[] {
  return commit.changes.flatMap(({ app, action }): Wish[] => {
    if (action === 'remove') return [{ app, from: commit.time, objects: new Set(), ensures: undefined }];
    const file = commit.files.get(app);
    if (file === undefined || !['deploy', 'policy', 'rollback'].includes(action)) return [];
    const { targetNamespace, createNamespace } = file.policy;
    const objects = (file.objects ?? []).flatMap(({ key }) => {
      const ref = refOfKey(key);
      if (ref === undefined) return [];
      const namespaces = [...new Set([ref.namespace, targetNamespace ?? ref.namespace])];
      return namespaces.map((namespace) => identify(pluralOf(ref.kind), { ...ref, namespace }));
    });
    return [{ app, from: commit.time, objects: new Set(objects), ensures: createNamespace ? targetNamespace : undefined }];
  });
}

function identify(resource: string, ref: { readonly group: string; readonly namespace: string; readonly name: string }): string {
  return `${resource} ${ref.group} ${resource === 'namespaces' ? '' : ref.namespace} ${ref.name}`;
}

/** The resource of a kind, as the API machinery guesses it too. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(lower)) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
