/** Matching of texts. Positions count code points, as jq's do; expressions are JavaScript's, near enough to those of jq and Go. */
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { isArray, isObject, JqError, typeOf } from './jq-values.ts';

/** All matches with the flag `g`, else the first: `{offset, length, string, captures}`. */
export function matchesOf(value: Json, pattern: Json, flags: Json): Json {
  const [expression, mode] = isArray(pattern) ? [pattern[0] ?? null, pattern[1] ?? flags] : [pattern, flags];
  if (typeof value !== 'string') throw new JqError(`match cannot be applied to: ${typeOf(value)}`);
  if (typeof expression !== 'string') throw new JqError(`match cannot be applied with: ${typeOf(expression)}`);
  if (mode !== null && typeof mode !== 'string') throw new JqError(`match cannot be applied with flags: ${typeOf(mode)}`);
  const compiled = compile(expression, mode ?? '');
  const found = (mode ?? '').includes('g')
    ? [...value.matchAll(compiled)]
    : [compiled.exec(value)].filter((match) => match !== null);
  const matches = found.map((match) => toMatch(value, match));
  return (mode ?? '').includes('n') ? matches.filter(({ length }) => length !== 0) : matches;
}

function compile(expression: string, flags: string): RegExp {
  const unknown = [...flags].find((flag) => !'gimnpslx'.includes(flag));
  if (unknown !== undefined) throw new JqError(`unsupported regular expression flag: ${unknown}`);
  const source = flags.includes('x')
    ? expression.replace(/\\[\s\S]|\s+|#.*/g, (part) => (part.startsWith('\\') ? part : ''))
    : expression;
  const translated = source.replaceAll('(?P<', '(?<');
  const mode = `dg${flags.includes('i') ? 'i' : ''}${/[sp]/.test(flags) ? 's' : ''}`;
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(translated, `${mode}${unicode}`);
    } catch {
      // Without the flag for code points JavaScript takes escapes that others take too.
    }
  }
  throw new JqError('invalid regular expression');
}

function toMatch(text: string, match: RegExpExecArray): { readonly [key: string]: Json; readonly length: number } {
  const at = (index: number) => [...text.slice(0, index)].length;
  const names = Object.entries(match.indices?.groups ?? {});
  const captures = match.slice(1).map((captured: string | undefined, i): Json => {
    const span = match.indices?.[i + 1];
    const name = names.find(([, place]) => place !== undefined && place === span)?.[0] ?? nameOf(match, i);
    if (captured === undefined || span === undefined) return { offset: -1, length: 0, string: null, name };
    return { offset: at(span[0]), length: [...captured].length, string: captured, name };
  });
  return { offset: at(match.index), length: [...match[0]].length, string: match[0], captures };
}

/** The name of a group that did not take part: groups are numbered in the order in which they are named. */
function nameOf(match: RegExpExecArray, index: number): string | null {
  const groups = match.groups;
  if (groups === undefined) return null;
  const named = Object.keys(groups);
  const unnamed = match.length - 1 - named.length;
  return unnamed === 0 ? (named[index] ?? null) : null;
}

/** The named captures of a match as an object. */
export function capturesOf(match: Json): Json {
  const captures = isObject(match) ? match['captures'] : undefined;
  if (!isArray(captures)) throw new JqError(`capture cannot be applied to: ${typeOf(match)}`);
  const named = captures.filter((capture): capture is JsonObject => isObject(capture) && typeof capture['name'] === 'string');
  return Object.fromEntries(named.map((capture) => [String(capture['name']), capture['string'] ?? null]));
}
