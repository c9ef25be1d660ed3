import * as v from 'valibot';
import { oneLine } from '../../core/ledger/one-line.ts';
import { redactText } from '../../core/question/redact-text.ts';

/**
 * Why somebody does something, in their words: one line without control characters, which ledgers and people are shown. What is in a ledger stays there, so
 * what looks like a credential is taken out before. An empty one is none.
 */
export const reasonUpTo = (max: number) =>
  v.exactOptional(
    v.pipe(
      v.string(),
      v.maxLength(max),
      v.transform((text) => redactText(oneLine(text, max))),
    ),
  );

export const reason = reasonUpTo(500);
