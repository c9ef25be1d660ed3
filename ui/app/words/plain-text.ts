/**
 * Text from clusters and Git may hold control characters: they are never sent to the page as they are. A letter that turns the writing direction
 * can make a name look like another one, so it becomes visible; other control characters (but line ends and tabs) vanish.
 */
export function toPlain(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** A text of one line for headings and cells. */
export function toLine(text: string): string {
  return toPlain(text).replace(/\s+/g, ' ').trim();
}
