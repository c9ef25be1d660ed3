import * as v from 'valibot';

/** Why somebody does something, in their words: one line, which ledgers and people are shown. An empty one is none. */
export const reason = v.exactOptional(
  v.pipe(
    v.string(),
    v.maxLength(500),
    v.transform((text) => text.replace(/\s+/g, ' ').trim()),
  ),
);
