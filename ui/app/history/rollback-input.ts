import type { Deployment, RollbackInput } from '../../../core/api/control.ts';
import { parsePeriodAhead } from '../words/durations.ts';

/** When the pin ends, as the dialog holds it. */
export type Until =
  | { readonly kind: 'newer-commit' }
  | { readonly kind: 'unpin' }
  | { readonly kind: 'time'; readonly text: string };

/** Why it cannot be asked for yet; undefined when it can. */
export function whyNotRollback(until: Until): string | undefined {
  return until.kind === 'time' && parsePeriodAhead(until.text) === undefined ? 'Say until when.' : undefined;
}

/** What the API is asked for: exactly the chosen entry of the ledger, so that a deployment in between changes nothing. */
export function toRollback({ entry }: Deployment, until: Until, reason: string | undefined): RollbackInput {
  const seconds = until.kind === 'time' ? parsePeriodAhead(until.text) : undefined;
  return {
    to: entry,
    until: until.kind === 'time' ? (seconds ?? 'newer-commit') : until.kind,
    ...(reason === undefined ? {} : { reason }),
  };
}
