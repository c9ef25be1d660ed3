/**
 * The dashboard: static files, and one page that all its addresses share. Which addresses are pages is said here, so that everything else stays
 * "not found" instead of looking like a page; only plain segments count, as names of clusters and Apps are plain. Escapes, backslashes and double
 * slashes therefore lead nowhere (threat S40).
 */
import { Hono } from 'hono';
import { problem } from '../../core/problem/problem.ts';
import type { Env } from '../platform/env.ts';
import { problemResponse } from './problem-response.ts';

const SEGMENT = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}';
const PAGES = [
  '/',
  '/sign-in',
  '/device',
  '/apps',
  `/apps/${SEGMENT}/${SEGMENT}(/${SEGMENT}){0,4}`,
  `/clusters(/${SEGMENT})?`,
  // `/ledger/<cluster>.git` is what `git clone` asks for.
  `/ledger(/${SEGMENT}(?<!\\.git)(/${SEGMENT})?)?`,
  '/activity',
  '/figures',
  `/settings(/${SEGMENT})?`,
];
const PAGE = new RegExp(`^(${PAGES.join('|')})$`);
/** Vite names them by their content. */
const ASSET = /^\/assets\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const FILES: ReadonlySet<string> = new Set(['/favicon.svg']);

/** Nothing inline, nothing from elsewhere, not inside another page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const ALWAYS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** True for a path (without query) that shows a page of the dashboard. */
export function isPagePath(path: string): boolean {
  return PAGE.test(path) && !path.split('/').some((part) => part === '..' || part === '.');
}

/** Registered last: it leaves everything that is not its own to "not found". Nobody needs to be signed in for it: it holds no data. */
export const dashboardRoutes = new Hono<{ Bindings: Env }>().get('*', async (c, next) => {
  const { path } = c.req;
  const isFile = ASSET.test(path) || FILES.has(path);
  if (!isFile && !isPagePath(path)) return next();
  const assets = c.env.ASSETS;
  if (assets === undefined) return problemResponse(c, problem('api.not_found', 'this Worker was started without its dashboard'));
  const found = await assets.fetch(new URL(isFile ? path : '/index.html', c.req.url), { headers: conditions(c.req.raw.headers) });
  if (found.status !== 200 && found.status !== 304) {
    await found.body?.cancel();
    return next();
  }
  const headers = new Headers(ALWAYS);
  for (const name of ['content-type', 'etag']) {
    const value = found.headers.get(name);
    if (value !== null && (isFile || name !== 'etag')) headers.set(name, value);
  }
  headers.set('cache-control', cacheControl(path, isFile));
  // The runtime then compresses by itself. Cloudflare, which says where a request is from, does so anyway, and better.
  const isAlone = c.req.raw.cf === undefined && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  if (isAlone && found.status === 200) headers.set('content-encoding', 'gzip');
  headers.set('vary', 'accept-encoding');
  return new Response(found.body, { status: found.status, headers });
});

function cacheControl(path: string, isFile: boolean): string {
  if (!isFile) return 'no-store';
  return FILES.has(path) ? 'public, max-age=3600' : 'public, max-age=31536000, immutable';
}

/** Only what decides whether a file is sent again: cookies and tokens stay here. */
function conditions(headers: Headers): Record<string, string> {
  const known = headers.get('if-none-match');
  return known === null ? {} : { 'if-none-match': known };
}
