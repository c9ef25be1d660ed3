import { fromUtf8 } from '../json/bytes.ts';
import { canonicalJson } from '../json/canonical.ts';
import { openEnvelope } from '../protocol/dsse.ts';
import { type Envelope, RECEIPT_TYPE, type Receipt } from '../protocol/messages.ts';
import { parseReceipt } from '../protocol/schemas.ts';
import { parseReceiptFile } from './receipt-file.ts';
import type { ChangeTrailers } from './trailers.ts';
import { changedNames, type Decision, readProven, type Step } from './verify-step.ts';

/** Rules 3 and 5 of verify.ts for the receipts of one commit; gives how many there are. */
export async function verifyReceipts(step: Step): Promise<number> {
  const named = new Map<string, ChangeTrailers[]>();
  for (const change of step.changes) {
    if (change.receipt !== undefined) named.set(change.app, [...(named.get(change.app) ?? []), change]);
  }
  for (const name of changedNames(step.before.receipts, step.after.receipts)) {
    const app = name.replace(/\.json$/, '');
    if (!named.has(app)) step.add({ code: 'tree.unnamed', app, message: 'the receipt changed, and the commit does not say so' });
  }
  let count = 0;
  for (const [app, changes] of named) {
    count += changes.length;
    await verifyFile(step, app, changes);
  }
  return count;
}

async function verifyFile(step: Step, app: string, changes: readonly ChangeTrailers[]): Promise<void> {
  const oid = step.after.receipts.get(`${app}.json`);
  const bytes = oid === undefined ? undefined : await readProven(step.reader, oid, 'blob');
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  const file = text === undefined ? undefined : parseReceiptFile(text);
  if (file === undefined || !file.ok)
    return step.add({ code: 'receipt.file', app, message: 'the receipt is missing or cannot be read' });
  const { receipt, envelope, earlier = [] } = file.value;
  const envelopes = [...earlier, envelope];
  if (envelopes.length !== changes.length) {
    return step.add({
      code: 'receipt.file',
      app,
      message: `${envelopes.length} receipts, and the commit names ${changes.length}`,
    });
  }
  let opened: Receipt | undefined;
  for (const [i, one] of envelopes.entries()) {
    // As many changes as envelopes, see above.
    opened = await verifyOne(step, one, changes[i]!);
  }
  if (opened !== undefined && canonicalJson(opened) !== canonicalJson(receipt)) {
    step.add({ code: 'receipt.file', app, message: 'the receipt shown is not the one that the agent signed' });
  }
}

async function verifyOne(step: Step, envelope: Envelope, change: ChangeTrailers): Promise<Receipt | undefined> {
  const { app } = change;
  const { agents: keys, verify } = step.trust;
  const opened = await openEnvelope(envelope, { type: RECEIPT_TYPE, keys, verify });
  const parsed = opened.ok ? parseReceipt(opened.value.value) : undefined;
  if (!opened.ok || parsed?.ok !== true) {
    const why = opened.ok ? 'not a receipt' : opened.error.message;
    step.add({ code: 'receipt.signature', app, message: why });
    return undefined;
  }
  const receipt = parsed.value;
  const { id, outcome, bundle, revision, generation } = receipt;
  const said = [app, change.receipt, change.action, change.bundle, change.revision ?? '', change.generation];
  const signed = [receipt.app, id, outcome, bundle, revision, generation];
  if (said.some((value, i) => value !== signed[i])) {
    step.add({ code: 'receipt.file', app, message: `receipt ${id} says something else than its commit` });
  }
  verifyAgainstDecision(step, receipt);
  return receipt;
}

/** What the agent says it ran must be what was decided for the generation that it answers. */
function verifyAgainstDecision(step: Step, receipt: Receipt): void {
  const { app, generation, bundle, outcome, snapshot } = receipt;
  const due = (step.state.decided.get(app) ?? []).filter((decision) => decision.generation <= generation).at(-1);
  if (!agrees(receipt, due)) {
    const expected = due === undefined ? 'nothing was decided' : (due.bundle ?? 'it was to be removed');
    const message = `generation ${generation}: the agent says ${outcome} ${bundle ?? 'nothing'}, ${expected}`;
    step.add({ code: 'receipt.bundle', app, message });
  }
  if (step.state.snapshots.get(generation)?.includes(snapshot) !== true) {
    step.add({
      code: 'receipt.snapshot',
      app,
      message: `generation ${generation}: the ledger does not name snapshot ${snapshot}`,
    });
  }
}

function agrees({ outcome, bundle }: Receipt, due: Decision | undefined): boolean {
  // While an App is removed, its bundle no longer matters; what must not be said is that it was deployed.
  if (due !== undefined && due.bundle === undefined) return outcome !== 'synced';
  if (outcome === 'removed') return false;
  // An agent that failed or held before it had the bundle names none.
  return bundle === due?.bundle || (bundle === undefined && outcome !== 'synced');
}
