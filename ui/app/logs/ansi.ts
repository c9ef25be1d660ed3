/**
 * Log lines with the colours of a terminal (ECMA-48 SGR: `ESC [ 31 ; 1 m`). Colours and weight become names of styles, of a fixed list, whatever the
 * line says; every other escape sequence (cursor moves, titles, links) and every control character is dropped, so a line can only be text
 * (threat S27). One pass over the line.
 */
export interface Span {
  readonly text: string;
  /** `fg0`…`fg15`, `bold`, `dim`, `italic`, `underline`. */
  readonly styles: readonly string[];
}

const ESC = 0x1b;

/** The spans of one line; a line without colours is one span, an empty one none. */
export function parseAnsi(line: string): readonly Span[] {
  const spans: Span[] = [];
  let style: Style = {};
  let text = '';
  const flush = () => {
    if (text !== '') spans.push({ text, styles: toNames(style) });
    text = '';
  };
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at);
    if (code !== ESC) {
      text += isShown(code) ? line[at] : isTurning(code) ? '\ufffd' : '';
      at += 1;
      continue;
    }
    const end = endOfSequence(line, at);
    if (line[at + 1] === '[' && line[end - 1] === 'm') {
      flush();
      style = applySgr(style, line.slice(at + 2, end - 1));
    }
    at = end;
  }
  flush();
  return spans;
}

/** A line without its escape sequences: what is searched and downloaded. */
export function stripAnsi(line: string): string {
  return parseAnsi(line)
    .map(({ text }) => text)
    .join('');
}

function isShown(code: number): boolean {
  return (code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0) && !isTurning(code)) || code === 0x09;
}

/** Letters that turn the direction of writing: with them a line could look like another one. */
function isTurning(code: number): boolean {
  return code === 0x200e || code === 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/** Index behind the escape sequence that begins at `at`. */
function endOfSequence(line: string, at: number): number {
  const kind = line[at + 1];
  if (kind === '[') {
    let end = at + 2;
    // Parameters and intermediates, then one final byte.
    while (end < line.length && line.charCodeAt(end) >= 0x20 && line.charCodeAt(end) <= 0x3f) end += 1;
    return Math.min(end + 1, line.length);
  }
  if (kind !== undefined && ']PX^_'.includes(kind)) {
    // A string: up to BEL or ESC \ ; one without an end takes the rest of the line.
    for (let end = at + 2; end < line.length; end += 1) {
      if (line.charCodeAt(end) === 0x07) return end + 1;
      if (line.charCodeAt(end) === ESC && line[end + 1] === '\\') return end + 2;
    }
    return line.length;
  }
  return Math.min(at + 2, line.length);
}

interface Style {
  readonly colour?: number | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
}

function applySgr(before: Style, parameters: string): Style {
  let style = before;
  const codes = parameters.split(/[;:]/).map((part) => (part === '' ? 0 : Number(part)));
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0;
    if (code === 38 || code === 48) {
      // 38;5;n and 38;2;r;g;b: of the first the sixteen basic colours, the rest would not keep its contrast in both themes.
      const [mode, index = 0] = [codes[i + 1], codes[i + 2]];
      if (code === 38 && mode === 5 && index < 16) style = { ...style, colour: index };
      i += mode === 5 ? 2 : mode === 2 ? 4 : 0;
      continue;
    }
    style = applyCode(style, code);
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 23) return { ...style, italic: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 39) return { ...style, colour: undefined };
  if (code >= 30 && code <= 37) return { ...style, colour: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, colour: code - 82 };
  return style;
}

function toNames({ colour, bold, dim, italic, underline }: Style): readonly string[] {
  return [
    ...(colour === undefined ? [] : [`fg${colour}`]),
    ...(bold === true ? ['bold'] : []),
    ...(dim === true ? ['dim'] : []),
    ...(italic === true ? ['italic'] : []),
    ...(underline === true ? ['underline'] : []),
  ];
}
