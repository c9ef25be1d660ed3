/**
 * The Worker's log: one JSON object per line, on standard output (`plumb serve` shows it, `wrangler tail` on Cloudflare):
 *
 *   {"level":"error","event":"journey_failed","time":"2026-11-21T14:00:00.000Z","repo":"git.example.org/fleet","error":"…"}
 *
 * Nothing secret may be given to it; should it be, what looks like a credential is taken out here.
 */
export type LogLevel = 'info' | 'warn' | 'error';

export type LogFields = { readonly [name: string]: string | number | boolean | undefined };

const MAX_TEXT = 1_000;

/** Writes a line. `event` is a word for programs: `journey_failed`. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  console[level](logLine(level, event, fields, Date.now()));
}

/** The line without its line feed. */
export function logLine(level: LogLevel, event: string, fields: LogFields, now: number): string {
  const clean = Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value] as const);
  return JSON.stringify({ level, event, time: new Date(now).toISOString(), ...Object.fromEntries(clean) });
}

/** What an exception may say in a log: of one that was thrown while something was parsed only its class, because its text quotes what was parsed. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error instanceof SyntaxError ? error.name : `${error.name}: ${error.message}`;
}

/** Texts with which credentials begin, and what follows them. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  // User and password of a URL.
  [/\/\/[^/\s@]{1,500}@/g, '//'],
  [/\b(Bearer|Basic|token|PRIVATE-TOKEN:?)\s+[A-Za-z0-9+/=._~-]{8,}/gi, '$1 (redacted)'],
  [/\b(plumb_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[A-Za-z0-9_-]{8,}/g, '$1(redacted)'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g, '(redacted)'],
  [/([?&](?:access_token|token|password|secret|sig|signature|key|code)=)[^&\s]+/gi, '$1(redacted)'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '(redacted)'],
];

/** A text without what looks like a credential, cut to a line's length. */
export function redact(text: string): string {
  const cut = text.slice(0, 4 * MAX_TEXT);
  const clean = CREDENTIALS.reduce((found, [pattern, by]) => found.replace(pattern, by), cut);
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}
