/**
 * Escape sequences of terminals (ECMA-48): `ESC [ … letter` (colours, cursor), `ESC ] … BEL` or `ESC ] … ESC \` (titles, links), and those of two
 * characters. Then control characters that are left, besides the tab: what a program prints must not be the reader's terminal's to obey, and must not
 * stand between the letters of a secret.
 */
const SEQUENCE = /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]?|\][^\u0007\u001b]{0,2048}(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/** One line as it may be shown anywhere. */
export function plainLine(line: string): string {
  return line.replace(SEQUENCE, '').replace(CONTROL, '');
}
