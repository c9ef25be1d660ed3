import { resolveGoScalar } from '../objects/go-scalar.ts';

/** Which quotes a text gets, by the rules of Go's yaml.v2: https://github.com/yaml/go-yaml/blob/v2.4.0/emitterc.go (analyze_scalar), encode.go (stringv) */

/** How a text is written; the same text may be allowed in several styles, and the first of them is taken. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

/** The style in which Go's yaml.v2 writes a text; `letters` are its characters. */
export function styleOf(value: string, letters: readonly string[], isKey: boolean): ScalarStyle {
  const found = analyse(letters);
  const readsAsText = isText(value);
  if (value.includes('\n')) return isKey || !found.blockAllowed ? 'double' : 'literal';
  if (!readsAsText) return 'double';
  if (found.plainAllowed) return 'plain';
  return found.singleAllowed ? 'single' : 'double';
}

const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})?)?$/;

/** True for a text that, without quotes, is read as itself. */
function isText(value: string): boolean {
  const scalar = resolveGoScalar(value);
  return scalar.kind === 'value' && typeof scalar.value === 'string' && !BASE_60.test(value) && !isTimestamp(value);
}

/** Only dates that exist count, as in Go. */
function isTimestamp(value: string): boolean {
  if (!TIMESTAMP.test(value)) return false;
  const [, year, month, day] = /^(\d+)-(\d+)-(\d+)/.exec(value) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const dateExists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const [, hours = '0', minutes = '0', seconds = '0'] = /[Tt \t](\d+):(\d+):(\d+)/.exec(value) ?? [];
  const clockExists = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60;
  // Without a zone Go knows only the form with a blank, and with `T` or `t` only those with one.
  const zone = /(?:Z|[-+]\d\d:\d\d)$/.test(value);
  const separator = /^\d+-\d+-\d+([Tt]|[ \t]+)/.exec(value)?.[1];
  const formExists = separator === undefined || (zone ? /^[Tt]$/.test(separator) : separator === ' ');
  return dateExists && clockExists && formExists;
}

interface Analysis {
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

function analyse(letters: readonly string[]): Analysis {
  const text = letters.join('');
  const special = letters.some((letter) => !isPrintable(letter));
  const breakSpace = /[\n\r\u0085\u2028\u2029] /.test(text);
  const spaceBreak = / [\n\r\u0085\u2028\u2029]/.test(text);
  const hasBreak = /[\n\r\u0085\u2028\u2029]/.test(text);
  const indicators =
    /^(?:---|\.\.\.)/.test(text) ||
    /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    /^[?:-](?:[ \t]|$)/.test(text) ||
    /:(?:[ \t]|$)/.test(text) ||
    /[ \t\0\n\r\u0085\u2028\u2029]#/.test(text);
  const edges = /^[ \n\r\u0085\u2028\u2029]/.test(text) || /[ \n\r\u0085\u2028\u2029]$/.test(text);
  return {
    plainAllowed: !edges && !breakSpace && !spaceBreak && !special && !hasBreak && !indicators,
    singleAllowed: !breakSpace && !spaceBreak && !special,
    blockAllowed: text !== '' && !text.endsWith(' ') && !spaceBreak && !special,
  };
}

/**
 * True for what may stand unescaped. Upstream writes U+2028 and U+2029 as the line breaks that they were in YAML 1.1; read as YAML 1.2, the
 * indentation behind them would become part of the text, so they are escaped here.
 */
export function isPrintable(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x80) return code === 0x0a || (code >= 0x20 && code <= 0x7e);
  return (
    code >= 0xa0 && code <= 0xfffd && code !== 0xfeff && code !== 0x2028 && code !== 0x2029 && !(code >= 0xd800 && code <= 0xdfff)
  );
}

/** True for the line breaks of YAML 1.1. */
export function isBreak(letter: string): boolean {
  return letter === '\n' || letter === '\r' || letter === '\u0085' || letter === '\u2028' || letter === '\u2029';
}
