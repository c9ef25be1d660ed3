/** What stands for a value that came from a Secret. */
export const REDACTED = '••••••';

/** Shorter values would be found in every second word, and hide what a message says; objects that hold them are masked as a whole. */
const SHORTEST = 4;

/** Takes secret values out of a text. */
export type Redact = (text: string) => string;

/**
 * Makes a function that replaces secret values, also as they stand in a quoted message; the longest first, so that no rest of a longer one
 * stays. With nothing to hide, it gives texts back as they are.
 */
export function createRedactor(secrets: Iterable<string>): Redact {
  const needles = new Set<string>();
  for (const secret of secrets) {
    if (secret.trim().length < SHORTEST) continue;
    needles.add(secret);
    needles.add(JSON.stringify(secret).slice(1, -1));
  }
  if (needles.size === 0) return (text) => text;
  const sorted = [...needles].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((kept, needle) => kept.replaceAll(needle, REDACTED), text);
}
