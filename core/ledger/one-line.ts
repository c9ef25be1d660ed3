/** Puts a text from outside on one line without control characters, and cuts it at `max` characters. */
export function oneLine(text: string, max: number): string {
  const line = text.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** A commit id as people write it, seven digits; anything else (a tag, a version) as it is. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : oneLine(revision, 60);
}
