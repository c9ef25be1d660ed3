/**
 * Argo CD's policy.csv, line by line (docs/operator-manual/rbac.md of Argo CD):
 *
 *   p, <subject>, <resource>, <action>, <object>, allow|deny     a permission
 *   g, <subject>, <role>                                         a subject has a role, a role has another
 *   # …                                                          a comment; empty lines count for nothing
 *
 * Fields are those of a CSV line: separated by commas, blanks around them removed, `"…"` around one that holds a comma. A line that is none of these
 * is a problem and grants nothing; the lines beside it hold (Argo CD refuses the whole policy and keeps the one before).
 */
export interface PolicyRule {
  readonly subject: string;
  readonly resource: string;
  readonly action: string;
  readonly object: string;
  readonly effect: 'allow' | 'deny';
  /** 1-based. */
  readonly line: number;
}

export interface RoleLink {
  readonly subject: string;
  readonly role: string;
}

export interface PolicyProblem {
  readonly line: number;
  readonly message: string;
}

export interface ParsedPolicy {
  readonly rules: readonly PolicyRule[];
  readonly links: readonly RoleLink[];
  readonly problems: readonly PolicyProblem[];
}

/** A policy longer than this was not written by people. */
const MAX_LINES = 20_000;
const MAX_LINE = 4_000;

/** Reads a whole policy; never fails. */
export function parsePolicy(csv: string): ParsedPolicy {
  const rules: PolicyRule[] = [];
  const links: RoleLink[] = [];
  const problems: PolicyProblem[] = [];
  const lines = csv.split('\n');
  if (lines.length > MAX_LINES) problems.push({ line: MAX_LINES + 1, message: `only the first ${MAX_LINES} lines are read` });
  for (const [index, text] of lines.slice(0, MAX_LINES).entries()) {
    const line = index + 1;
    const read = parseLine(text.trim(), line);
    if (read === undefined) continue;
    if ('message' in read) problems.push(read);
    else if ('role' in read) links.push(read);
    else rules.push(read);
  }
  return { rules, links, problems };
}

function parseLine(text: string, line: number): PolicyRule | RoleLink | PolicyProblem | undefined {
  if (text === '' || text.startsWith('#')) return undefined;
  if (text.length > MAX_LINE) return { line, message: `is longer than ${MAX_LINE} characters` };
  const fields = splitCsv(text);
  if (fields === undefined) return { line, message: 'has a quotation mark that does not belong there' };
  const [type, subject = '', second = '', action = '', object = '', effect = ''] = fields;
  if (type !== 'p' && type !== 'g') return { line, message: 'begins neither with `p` nor with `g`' };
  const wanted = type === 'p' ? 6 : 3;
  if (fields.length !== wanted) return { line, message: `has ${fields.length} fields; \`${type}\` has ${wanted}` };
  // S31: what has no name is nobody, and must never be everybody.
  if (fields.some((field) => field === '')) return { line, message: 'has an empty field' };
  if (type === 'g') return { subject, role: second };
  if (effect !== 'allow' && effect !== 'deny') return { line, message: 'ends neither with `allow` nor with `deny`' };
  return { subject, resource: second, action, object, effect, line };
}

/** The fields of one CSV line; undefined when its quotation marks do not fit. */
function splitCsv(text: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at++;
    if (text.charAt(at) === '"') {
      const quoted = readQuoted(text, at + 1);
      if (quoted === undefined) return undefined;
      fields.push(quoted.value);
      at = quoted.end;
      while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at++;
      if (at < text.length && text.charAt(at) !== ',') return undefined;
    } else {
      const comma = text.indexOf(',', at);
      const value = text.slice(at, comma === -1 ? text.length : comma);
      if (value.includes('"')) return undefined;
      fields.push(value.trim());
      at = comma === -1 ? text.length : comma;
    }
    if (at >= text.length) return fields;
    at++;
  }
}

/** The rest of a quoted field; `""` stands for one quotation mark. */
function readQuoted(text: string, from: number): { readonly value: string; readonly end: number } | undefined {
  let value = '';
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return undefined;
    value += text.slice(at, quote);
    if (text.charAt(quote + 1) !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}
