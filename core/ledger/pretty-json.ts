/** JSON for files that people read and compare: two spaces, keys in the order in which they were given, a line feed at the end. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
