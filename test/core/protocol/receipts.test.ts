import { describe, expect, it } from 'vitest';
import { toUtf8 } from '../../../core/json/bytes.ts';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import { type Envelope, RECEIPT_TYPE } from '../../../core/protocol/messages.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { acceptReport } from '../../../src/report/accept-report.ts';
import { envelopes, type Party } from './frozen.ts';
import { keyOf, signerOf } from './parties.ts';

const receipt = envelopes.receipt.value;
const trust = { cluster: receipt.cluster, agentKey: keyOf('agent'), verify: verifyEd25519 };

const seal = async (value: object, by: Party = 'agent') => signEnvelope(RECEIPT_TYPE, value, await signerOf(by));

/** What becomes of a report with one good receipt and these. */
async function send(
  ...others: readonly Envelope[]
): Promise<{ readonly accepted: number; readonly rules: readonly (string | undefined)[] }> {
  const report = {
    id: '1',
    cluster: receipt.cluster,
    generation: 7,
    receipts: [envelopes.receipt.envelope, ...others],
    statuses: [],
    problems: [],
    agent: { version: '1', rssBytes: 1, startedAt: 1 },
  };
  const result = await acceptReport(toUtf8(JSON.stringify(report)), trust);
  if (!result.ok) throw new Error(result.error.message);
  return { accepted: result.value.receipts.length, rules: result.value.refused.map((problem) => problem.rule) };
}

describe('P30 a malformed receipt is refused, and costs nobody else anything', () => {
  for (const change of [
    { outcome: 'fine' },
    { snapshot: 'sha256:' },
    { results: {} },
    { health: { status: 'OK' } },
    { app: '../web' },
  ])
    it(`P30 refuses ${JSON.stringify(change)}`, async () =>
      expect(await send(await seal({ ...receipt, ...change }))).toEqual({ accepted: 1, rules: ['P30'] }));
});

it('P31 refuses a receipt of another cluster', async () =>
  expect(await send(await seal({ ...receipt, cluster: 'another' }))).toEqual({ accepted: 1, rules: ['P31'] }));

it('P03 refuses a receipt by another agent, or by the Worker itself', async () =>
  expect(await send(await seal(receipt, 'stranger'), await seal(receipt, 'online'))).toEqual({
    accepted: 1,
    rules: ['P03', 'P03'],
  }));
