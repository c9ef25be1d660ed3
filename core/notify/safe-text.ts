/**
 * Names, commit messages and links were written by strangers. Here they become plain text: no control characters, nothing that turns the direction of
 * writing round, no longer than told; and links lead to web pages only (threat S27). What a format means by its own signs is escaped by each service.
 */

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Text of one line, at most `max` characters. */
export function toLine(text: string, max = 200): string {
  return shorten(
    text
      .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
      .replace(CONTROLS, '')
      .trim(),
    max,
  );
}

/** Text of several lines, at most `max` characters. */
export function toText(text: string, max = 3_000): string {
  return shorten(
    text
      .replace(/\r\n?|[\u2028\u2029]/g, '\n')
      .replace(CONTROLS, '')
      .trim(),
    max,
  );
}

/** Cuts by whole characters: half of a surrogate pair is no text. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, Math.max(max - 1, 0));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

const WEB = /^https?:\/\/[a-z0-9.\-[\]:]+(?:[/?#][^\s\\]*)?$/i;

/** A web address without credentials, or undefined. What could end an attribute or a link elsewhere is written as its percent code. */
export function safeLink(text: string): string | undefined {
  const link = text.trim();
  if (link.length > 2_000 || !WEB.test(link) || link.search(CONTROLS) !== -1) return undefined;
  return link.replace(/[<>"'`|()[\]{}^*_~]/g, (sign) =>
    // The host may be an IPv6 literal, whose brackets mean themselves.
    /[[\]_]/.test(sign) ? sign : `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
