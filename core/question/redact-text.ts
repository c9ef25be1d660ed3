/**
 * Takes secrets out of text that programs print: logs of containers and messages of events. What is replaced, in this order:
 *
 *   private keys            -----BEGIN … PRIVATE KEY----- and every line up to the END (a block may begin in one line and end in another)
 *   credentials in URLs     scheme://user:password@host
 *   JSON Web Tokens         three parts of base64url, the first of which begins with eyJ
 *   Authorization, Cookie   the value of such a header, and what follows the word Bearer
 *   tokens with a prefix    AWS (AKIA…, ASIA…), GitHub (ghp_…, github_pat_…), GitLab (glpat-…), Plumbline (plumb_…), Slack (xox?-…), Stripe (sk_live_…), npm (npm_…), age
 *   named values            password=…, "apiKey": "…", AWS_SECRET_ACCESS_KEY=… : a name that ends in one of the words below, and its value
 *
 * Patterns find what looks like a secret; a value that looks like any other word stays. Who may read logs is therefore a permission of its own.
 *
 * Each expression runs in time linear in its text: no part can match in two ways what stands beside it, repetitions are bounded, and lines are cut before
 * they come here (MAX_LINE).
 */
export const REDACTED = '[redacted]';

/** Longer lines are cut. */
export const MAX_LINE = 16_384;

const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{0,200}:[^\s/@]{1,500}@/gi;
const JWT = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,4000}\.[A-Za-z0-9_-]{2,8000}\.[A-Za-z0-9_-]{0,2000}/g;
const BEARER = /\b(bearer[ \t]{1,3})[A-Za-z0-9+/=._~-]{8,4096}/gi;
const HEADER = /\b((?:authorization|cookie)\\?["']?[ \t]{0,3}[:=][ \t]{0,3}\\?["']?)[^"'\r\n,]{1,4096}/gi;
const PREFIXED =
  /\b(?:(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{12,20}|gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|gl(?:pat|dt|rt|ptt|soat|cbt|agent)-[A-Za-z0-9_-]{16,128}|plumb_[A-Za-z0-9_-]{20,128}|xox[abeprs]-[A-Za-z0-9-]{10,255}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,255}|npm_[A-Za-z0-9]{30,64}|AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{20,3000})/g;
/** The quoted value goes up to its quote, another one up to a blank or a separator. */
const NAMED =
  /((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)(?:[_-]?(?:id|key))?\\?["']?[ \t]{0,3}[:=][ \t]{0,3}\\?)(?:"[^"\n]{1,4096}"?|'[^'\n]{1,4096}'?|[^\s"',;&]{1,4096})/gi;
const KEY_BEGIN = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]{0,40}PRIVATE KEY-----/;

/** Takes text of one or several lines, none longer than MAX_LINE; gives it without what looks like a secret. */
export function redactText(text: string): string {
  return text
    .replace(
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s\\]|-(?!----END))*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
      REDACTED,
    )
    .replace(URL_CREDENTIALS, `$1${REDACTED}@`)
    .replace(JWT, REDACTED)
    .replace(BEARER, `$1${REDACTED}`)
    .replace(HEADER, `$1${REDACTED}`)
    .replace(PREFIXED, REDACTED)
    .replace(NAMED, `$1${REDACTED}`);
}

/** Redacts a stream line by line, and remembers that it is inside of a private key. */
export function createLineRedactor(): (line: string) => string {
  let isInKey = false;
  return (line) => {
    const cut = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
    if (isInKey) {
      const end = KEY_END.exec(cut);
      if (end === null) return REDACTED;
      isInKey = false;
      return REDACTED + redactText(cut.slice(end.index + end[0].length));
    }
    const begin = KEY_BEGIN.exec(cut);
    if (begin !== null && !KEY_END.test(cut.slice(begin.index))) {
      isInKey = true;
      return redactText(cut.slice(0, begin.index)) + REDACTED;
    }
    return redactText(cut);
  };
}
