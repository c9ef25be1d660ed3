import { type CharTest, charClass, exactly, MAX_NESTING, type PatternNode, type PatternReader } from './pattern-node.ts';

interface GlobReader extends PatternReader {
  /** True for what is no separator. */
  readonly within: CharTest;
}

const ANY: CharTest = () => true;

/**
 * Reads a glob as github.com/gobwas/glob does: `*` is any text without the separator, `**` any text, `?` one character that is no separator. Without a
 * separator (the empty string) both stars cross everything. Gives undefined for what is no glob.
 */
export function parseGlob(text: string, separator: string): PatternNode | undefined {
  const reader: GlobReader = { text, at: 0, depth: 0, within: (code) => separator === '' || code !== separator.charCodeAt(0) };
  const node = globSequence(reader);
  return node !== undefined && reader.at === text.length ? node : undefined;
}

function globSequence(reader: GlobReader): PatternNode | undefined {
  const items: PatternNode[] = [];
  for (; reader.at < reader.text.length; ) {
    const char = reader.text.charAt(reader.at);
    if (reader.depth > 0 && (char === ',' || char === '}')) break;
    reader.at++;
    const item = globItem(char, reader);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return { type: 'sequence', items };
}

function globItem(char: string, reader: GlobReader): PatternNode | undefined {
  switch (char) {
    case '*': {
      const crosses = reader.text.charAt(reader.at) === '*';
      if (crosses) reader.at++;
      return {
        type: 'repeat',
        item: { type: 'char', test: crosses ? ANY : reader.within },
        min: 0,
        max: Number.POSITIVE_INFINITY,
      };
    }
    case '?':
      return { type: 'char', test: reader.within };
    case '[':
      return charClass(reader, '!');
    case '{':
      return globChoice(reader);
    case '\\': {
      const next = reader.text.charAt(reader.at++);
      return next === '' ? undefined : exactly(next);
    }
    default:
      return exactly(char);
  }
}

function globChoice(reader: GlobReader): PatternNode | undefined {
  if (++reader.depth > MAX_NESTING) return undefined;
  const items: PatternNode[] = [];
  for (;;) {
    const item = globSequence(reader);
    if (item === undefined) return undefined;
    items.push(item);
    const end = reader.text.charAt(reader.at++);
    if (end === '') return undefined;
    if (end === '}') break;
  }
  reader.depth--;
  return { type: 'choice', items };
}
