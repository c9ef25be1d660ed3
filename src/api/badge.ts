import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';
import { toBase64, toUtf8 } from '../../core/json/bytes.ts';

/** What a badge says; `undefined` is an App that is unknown or not for whoever asks: both look alike (S34). */
export type BadgeState = { readonly sync: SyncStatus; readonly health: HealthStatus } | undefined;

const COLOURS: Readonly<Record<'good' | 'wait' | 'bad' | 'unknown', string>> = {
  good: '#2a7d3f',
  wait: '#9a6700',
  bad: '#b3261e',
  unknown: '#5f6368',
};
const MAX_LABEL = 60;
/** Of a letter of the font, on average, and beside a text. */
const LETTER = 6.6;
const PADDING = 12;

/** The SVG: two fields of text and no script. Everything that comes from outside is escaped (S27). */
export function badgeSvg(app: string, state: BadgeState): string {
  const label = app.length > MAX_LABEL ? `${app.slice(0, MAX_LABEL - 1)}…` : app;
  const value =
    state === undefined
      ? 'unknown'
      : state.health === 'Healthy' && state.sync === 'Synced'
        ? 'Healthy'
        : `${state.sync}, ${state.health}`;
  const [left, right] = [label, value].map((text) => Math.ceil(text.length * LETTER + PADDING));
  const width = (left ?? 0) + (right ?? 0);
  const field = (x: number, text: string) => `<text x="${x}" y="14">${escapeXml(text)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${escapeXml(`${label}: ${value}`)}">`,
    `<title>${escapeXml(`${label}: ${value}`)}</title>`,
    `<rect width="${left}" height="20" fill="#24292f"/><rect x="${left}" width="${right}" height="20" fill="${COLOURS[toneOf(state)]}"/>`,
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">',
    `${field((left ?? 0) / 2, label)}${field((left ?? 0) + (right ?? 0) / 2, value)}</g></svg>\n`,
  ].join('');
}

function toneOf(state: BadgeState): keyof typeof COLOURS {
  if (state === undefined) return 'unknown';
  if (state.health === 'Degraded' || state.health === 'Missing') return 'bad';
  if (state.health === 'Unknown' || state.sync === 'Unknown') return 'unknown';
  return state.sync === 'Synced' && (state.health === 'Healthy' || state.health === 'Suspended') ? 'good' : 'wait';
}

function escapeXml(text: string): string {
  return (
    text
      // Characters that XML 1.0 does not know would make the whole image unreadable.
      .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

/** The token in the address of a badge: it shows this badge and nothing else, for as long as the installation's secret is the same. */
export function badgeToken(key: Uint8Array, cluster: string, app: string): string {
  const mac = hmac(sha256, key, toUtf8(`${cluster}\n${app}`));
  return toBase64(mac).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** True for the token of this badge; takes as long for a wrong one. */
export function isBadgeToken(
  key: Uint8Array,
  badge: { readonly cluster: string; readonly app: string; readonly token: string },
): boolean {
  const wanted = badgeToken(key, badge.cluster, badge.app);
  let differs = wanted.length ^ badge.token.length;
  for (let i = 0; i < wanted.length; i++) differs |= wanted.charCodeAt(i) ^ (badge.token.charCodeAt(i) || 0);
  return differs === 0;
}
