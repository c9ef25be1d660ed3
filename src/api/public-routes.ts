import { Hono } from 'hono';
import type { AppRow } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import { writeExposition } from '../../core/metrics/exposition.ts';
import { OPEN_METRICS_TYPE } from '../../core/metrics/open-metrics.ts';
import { systemClock } from '../platform/clock.ts';
import { boardOf, clusterOf, type Env, fleetOf, notifierOf } from '../platform/env.ts';
import { openVault } from '../platform/vault.ts';
import type { ApiEnv } from './api-env.ts';
import { authorise } from './authorise.ts';
import { type BadgeState, badgeSvg, badgeToken, isBadgeToken } from './badge.ts';
import { problemResponse } from './problem-response.ts';

/** What programs read that know nothing of the API: metrics for Prometheus, badges for pages. */
export const publicRoutes = new Hono<{ Bindings: Env }>()
  .get('/metrics', async (c) => {
    const who = await authorise(c, { resource: 'clusters', action: 'get' });
    if (!who.ok) return problemResponse(c, who.error);
    const { env } = c;
    const [board, counters, fleet, notifications] = await Promise.all([
      boardOf(env).board(),
      boardOf(env).counters(),
      fleetOf(env).metrics(),
      notifierOf(env).counts(),
    ]);
    const text = writeExposition({
      version: VERSION,
      // The Board wrote both, of these types.
      apps: JSON.parse(board.apps ?? '[]') as AppRow[],
      clusters: JSON.parse(board.clusters ?? '[]') as ClusterView[],
      counters: new Map(Object.entries(counters)),
      fleet,
      notifications,
    });
    return c.body(text, 200, { 'content-type': OPEN_METRICS_TYPE, 'cache-control': 'no-store' });
  })
  .get('/badge/:cluster/:file{[^/]+\\.svg}', async (c) => {
    const cluster = c.req.param('cluster');
    const app = c.req.param('file').slice(0, -'.svg'.length);
    const state = await badgeState(c.env, { cluster, app, token: c.req.query('token') });
    return c.body(badgeSvg(app, state), 200, {
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': `public, max-age=${KEPT_MS / 1000}`,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
  });

/** The address of a badge that only those can see who were given it. */
export const badgeRoutes = new Hono<ApiEnv>().get('/apps/:cluster/:app/badge', async (c) => {
  const { cluster, app } = c.req.param();
  const token = badgeToken(await badgeKey(c.env), cluster, app);
  return c.json({ path: `/badge/${encodeURIComponent(cluster)}/${encodeURIComponent(app)}.svg?token=${token}` });
});

const VERSION = '0.1.0';
/** A page with many readers asks the Cluster object this often. */
const KEPT_MS = 30_000;
const MAX_KEPT = 2_000;

interface Badge {
  readonly cluster: string;
  readonly app: string;
  readonly token: string | undefined;
}

/** What this isolate has answered lately; whether an App is public belongs to it. */
const kept = new Map<string, { readonly at: number; readonly isPublic: boolean; readonly state: BadgeState }>();
let known: { readonly at: number; readonly clusters: ReadonlySet<string> } | undefined;

async function badgeState(env: Env, { cluster, app, token }: Badge): Promise<BadgeState> {
  const now = systemClock();
  if (known === undefined || now - known.at > KEPT_MS)
    known = { at: now, clusters: new Set((await fleetOf(env).clusters()).map(({ name }) => name)) };
  // A name that nobody registered must not make an object.
  if (!known.clusters.has(cluster)) return undefined;
  const key = `${cluster}/${app}`;
  let found = kept.get(key);
  if (found === undefined || now - found.at > KEPT_MS) {
    const view = await clusterOf(env, cluster).app(app);
    const sync = view?.status?.sync ?? 'Unknown';
    const health = view?.status?.health.status ?? 'Unknown';
    found = { at: now, isPublic: view?.definition.badge === 'public', state: view === undefined ? undefined : { sync, health } };
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, found);
  }
  if (found.isPublic) return found.state;
  return token !== undefined && isBadgeToken(await badgeKey(env), { cluster, app, token }) ? found.state : undefined;
}

async function badgeKey(env: Env): Promise<Uint8Array> {
  return (await openVault(env.PLUMBLINE_SECRET)).derive('badge');
}
