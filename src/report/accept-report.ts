import { type Problem, problem } from '../../core/problem/problem.ts';
import { openEnvelope } from '../../core/protocol/dsse.ts';
import { type Envelope, type PublicKey, RECEIPT_TYPE, type Receipt, type Report } from '../../core/protocol/messages.ts';
import { parseReceipt, parseReport } from '../../core/protocol/schemas.ts';
import type { Verify } from '../../core/protocol/signing.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** A receipt with the envelope that proves it. */
export interface ProvenReceipt {
  readonly receipt: Receipt;
  readonly envelope: Envelope;
}

/** A report whose receipts were verified; those that were not are listed as problems and cost nobody else anything. */
export interface AcceptedReport {
  readonly report: Report;
  readonly receipts: readonly ProvenReceipt[];
  readonly refused: readonly Problem[];
}

/**
 * Parses a report and verifies each receipt in it by the key that was enrolled.
 * Fails with `api.invalid` when the report as a whole is malformed; a bad receipt is refused alone
 * (P30: malformed, P31: of another cluster, or the envelope rules P01–P04).
 */
export async function acceptReport(
  body: Uint8Array,
  trust: { readonly cluster: string; readonly agentKey: PublicKey; readonly verify: Verify },
): Promise<Result<AcceptedReport, Problem>> {
  const report = parseBody(body);
  if (!report.ok) return report;
  const receipts: ProvenReceipt[] = [];
  const refused: Problem[] = [];
  for (const envelope of report.value.receipts) {
    const proven = await openReceipt(envelope, trust);
    if (proven.ok) receipts.push({ receipt: proven.value, envelope });
    else refused.push(proven.error);
  }
  return ok({ report: report.value, receipts, refused });
}

async function openReceipt(
  envelope: Envelope,
  trust: { readonly cluster: string; readonly agentKey: PublicKey; readonly verify: Verify },
): Promise<Result<Receipt, Problem>> {
  const opened = await openEnvelope(envelope, { type: RECEIPT_TYPE, keys: [trust.agentKey], verify: trust.verify });
  if (!opened.ok) return opened;
  const receipt = parseReceipt(opened.value.value);
  if (!receipt.ok) return err(problem('protocol.refused', `malformed receipt: ${receipt.error}`, { rule: 'P30' }));
  if (receipt.value.cluster !== trust.cluster)
    return err(problem('protocol.refused', 'receipt of another cluster', { rule: 'P31' }));
  return receipt;
}

function parseBody(body: Uint8Array): Result<Report, Problem> {
  try {
    const parsed = parseReport(JSON.parse(new TextDecoder().decode(body)));
    return parsed.ok ? parsed : err(problem('api.invalid', parsed.error));
  } catch {
    return err(problem('api.invalid', 'the body is not JSON'));
  }
}
