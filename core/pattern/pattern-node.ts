/** Whether a UTF-16 code unit fits. */
export type CharTest = (code: number) => boolean;

/** A pattern as it was read, before it becomes a program. */
export type PatternNode =
  | { readonly type: 'char'; readonly test: CharTest }
  | { readonly type: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly items: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number };

/** A place in a pattern, and how deep it is nested there. */
export interface PatternReader {
  readonly text: string;
  at: number;
  depth: number;
}

/** Patterns that are nested deeper are none. */
export const MAX_NESTING = 50;

/** Exactly one character. */
export const exactly = (char: string): PatternNode => ({ type: 'char', test: (code) => code === char.charCodeAt(0) });

/** What a letter behind a backslash stands for. */
export const CLASSES: { readonly [letter: string]: RegExp } = { d: /[0-9]/, D: /[^0-9]/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ };

/** The rest of a class after its `[`; undefined when it is not closed. */
export function charClass(reader: PatternReader, negation: '!' | '^'): PatternNode | undefined {
  const tests: CharTest[] = [];
  const negated = reader.text.charAt(reader.at) === negation || reader.text.charAt(reader.at) === '^';
  if (negated) reader.at++;
  for (let first = true; ; first = false) {
    let char = reader.text.charAt(reader.at++);
    if (char === '') return undefined;
    if (char === ']' && !first) break;
    if (char === '\\') {
      char = reader.text.charAt(reader.at++);
      const named = CLASSES[char];
      if (named !== undefined) {
        tests.push((code) => named.test(String.fromCharCode(code)));
        continue;
      }
      if (char === '') return undefined;
    }
    const low = char.charCodeAt(0);
    let high = low;
    if (reader.text.charAt(reader.at) === '-' && !']'.includes(reader.text.charAt(reader.at + 1))) {
      high = reader.text.charCodeAt(reader.at + 1);
      reader.at += 2;
    }
    tests.push((code) => code >= low && code <= high);
  }
  return { type: 'char', test: (code) => tests.some((test) => test(code)) !== negated };
}
