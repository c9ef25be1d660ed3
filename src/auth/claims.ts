/** How many groups count, and how long the name of one may be: a claim is not a place to keep a directory in. */
const MAX_GROUPS = 1_000;
const MAX_NAME = 512;

/** The values of a claim that names groups: a text or a list of texts; anything else, and empty names, are nothing (S31). */
export function claimValues(claim: unknown): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  const names = values.filter(
    (value): value is string => typeof value === 'string' && value.trim() !== '' && value.length <= MAX_NAME,
  );
  return [...new Set(names)].slice(0, MAX_GROUPS);
}
