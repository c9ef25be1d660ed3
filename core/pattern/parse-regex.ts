import { CLASSES, charClass, exactly, MAX_NESTING, type PatternNode, type PatternReader } from './pattern-node.ts';

/** More repetitions of one part make no pattern. */
const MAX_REPEAT = 1_000;

/** Reads a regular expression for whole texts; gives undefined for what is none, or beyond the part of RE2 that core/pattern/pattern.ts names. */
export function parseRegex(text: string): PatternNode | undefined {
  const reader: PatternReader = { text, at: 0, depth: 0 };
  const node = regexChoice(reader);
  return node !== undefined && reader.at === text.length ? node : undefined;
}

function regexChoice(reader: PatternReader): PatternNode | undefined {
  const items: PatternNode[] = [];
  for (;;) {
    const item = regexSequence(reader);
    if (item === undefined) return undefined;
    items.push(item);
    if (reader.text.charAt(reader.at) !== '|') break;
    reader.at++;
  }
  return items.length === 1 ? items[0] : { type: 'choice', items };
}

function regexSequence(reader: PatternReader): PatternNode | undefined {
  const items: PatternNode[] = [];
  for (;;) {
    const char = reader.text.charAt(reader.at);
    if (char === '' || char === '|' || char === ')') break;
    reader.at++;
    // The whole text is matched anyway.
    if ((char === '^' && reader.at === 1) || (char === '$' && reader.at === reader.text.length)) continue;
    const item = regexItem(char, reader);
    const repeated = item === undefined ? undefined : regexRepeat(item, reader);
    if (repeated === undefined) return undefined;
    items.push(repeated);
  }
  return { type: 'sequence', items };
}

function regexItem(char: string, reader: PatternReader): PatternNode | undefined {
  switch (char) {
    case '.':
      return { type: 'char', test: (code) => code !== 10 };
    case '[':
      return charClass(reader, '^');
    case '(':
      return regexGroup(reader);
    case '\\': {
      const next = reader.text.charAt(reader.at++);
      const named = CLASSES[next];
      if (named !== undefined) return { type: 'char', test: (code) => named.test(String.fromCharCode(code)) };
      return next === '' || /\w/.test(next) ? undefined : exactly(next);
    }
    case '*':
    case '+':
    case '?':
    case '^':
    case '$':
      return undefined;
    default:
      return exactly(char);
  }
}

function regexGroup(reader: PatternReader): PatternNode | undefined {
  if (reader.text.startsWith('?:', reader.at)) reader.at += 2;
  else if (reader.text.charAt(reader.at) === '?') return undefined;
  if (++reader.depth > MAX_NESTING) return undefined;
  const inner = regexChoice(reader);
  reader.depth--;
  return reader.text.charAt(reader.at++) === ')' ? inner : undefined;
}

function regexRepeat(item: PatternNode, reader: PatternReader): PatternNode | undefined {
  const rest = reader.text.slice(reader.at);
  const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(rest);
  const simple = rest.charAt(0);
  let repeated: PatternNode;
  if (counted !== null) {
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
    if (min > MAX_REPEAT || (Number.isFinite(max) && (max > MAX_REPEAT || max < min))) return undefined;
    repeated = { type: 'repeat', item, min, max };
    reader.at += counted[0].length;
  } else if (simple === '*' || simple === '+' || simple === '?') {
    repeated = { type: 'repeat', item, min: simple === '+' ? 1 : 0, max: simple === '?' ? 1 : Number.POSITIVE_INFINITY };
    reader.at++;
  } else {
    return item;
  }
  // Lazy or greedy is the same for a whole text.
  if (reader.text.charAt(reader.at) === '?') reader.at++;
  return repeated;
}
