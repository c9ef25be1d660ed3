import * as v from 'valibot';
import { type Problem, problem } from '../problem/problem.ts';
import type { Envelope, Receipt } from '../protocol/messages.ts';
import { parseEnvelope, parseReceipt } from '../protocol/schemas.ts';
import { err, ok, type Result } from '../result.ts';
import type { Receive } from './entry.ts';
import { prettyJson } from './pretty-json.ts';

/**
 * `receipts/<app>.json`: what the agent did last with one App. `receipt` is for people; `envelope` is what the agent signed (DSSE), and
 * holds the same receipt as its payload. Valid if and only if the two agree and the signature is by a key of the cluster's agent.
 * When several receipts of the App came in one flush, `earlier` holds the envelopes of those before, so that none is lost.
 */
export interface ReceiptFile {
  readonly format: 1;
  readonly receipt: Receipt;
  readonly envelope: Envelope;
  readonly earlier?: readonly Envelope[];
}

/** The text of the file; of several receipts, oldest first, the last is the one that counts. */
export function writeReceiptFile(receipts: readonly [Receive, ...Receive[]]): string {
  const { receipt, envelope } = receipts.at(-1) ?? receipts[0];
  const earlier = receipts.slice(0, -1).map((one) => one.envelope);
  return prettyJson({ format: 1, receipt, envelope, ...(earlier.length === 0 ? {} : { earlier }) } satisfies ReceiptFile);
}

const fileSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ format: v.literal(1), receipt: v.unknown(), envelope: v.unknown(), earlier: v.exactOptional(v.array(v.unknown())) }),
);

/** Reads the file. Fails with `bug` when it is not one. The signature is the caller's to check. */
export function parseReceiptFile(text: string): Result<ReceiptFile, Problem> {
  const file = v.safeParse(fileSchema, text);
  if (!file.success) return err(problem('bug', `receipt of the ledger: ${file.issues[0].message}`));
  const receipt = parseReceipt(file.output.receipt);
  if (!receipt.ok) return err(problem('bug', `receipt of the ledger: ${receipt.error}`));
  const envelope = parseEnvelope(file.output.envelope);
  if (!envelope.ok) return err(problem('bug', `envelope of the ledger: ${envelope.error}`));
  const earlier: Envelope[] = [];
  for (const one of file.output.earlier ?? []) {
    const parsed = parseEnvelope(one);
    if (!parsed.ok) return err(problem('bug', `envelope of the ledger: ${parsed.error}`));
    earlier.push(parsed.value);
  }
  return ok({ format: 1, receipt: receipt.value, envelope: envelope.value, earlier });
}
