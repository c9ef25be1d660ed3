import { Hono } from 'hono';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow, Board, BoardMessage, StatusView } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import { boardOf, fleetOf, notifierOf } from '../platform/env.ts';
import type { ApiEnv, May } from './api.ts';
import { visibleEvent, visibleMessage, visibleRow } from './board-visibility.ts';
import { toEventStream } from './event-stream.ts';
import { liveResponse } from './live-response.ts';
import { computeStatus } from './status-view.ts';

/** How many events an answer has at most, and how many are looked at for it: most of a journal may be hidden from somebody. */
const MAX_EVENTS = 500;
const LOOKED_AT = 5_000;

/** The list of all Apps, how it changes, what happened, and what is wrong. */
export const boardRoutes = new Hono<ApiEnv>()
  .get('/board', async (c) => {
    const { apps, clusters, cursor } = await readBoard(c.env, c.get('may'));
    const tag = `"${cursor}-${c.get('caller').via.slice(-16)}"`;
    c.header('cache-control', 'private, no-cache');
    c.header('etag', tag);
    return c.json({ apps, clusters, cursor } satisfies Board);
  })
  .get('/stream', async (c) => {
    const may = c.get('may');
    const lines = await boardOf(c.env).stream(c.req.query('after') ?? c.req.header('last-event-id'));
    const see = (message: BoardMessage) => visibleMessage(message, may);
    return liveResponse(c, lines.pipeThrough(toEventStream(see)));
  })
  .get('/activity', async (c) => {
    const { cluster, app, kind, actor, before } = c.req.query();
    const limit = Math.trunc(Math.min(Math.max(Number(c.req.query('limit') ?? 100) || 100, 1), MAX_EVENTS));
    const events: ActivityEvent[] = [];
    let place = Number(before) || Number.MAX_SAFE_INTEGER;
    let last: number | undefined;
    for (let seen = 0; events.length < limit && seen < LOOKED_AT; ) {
      const filter = { cluster, app, kind, actor };
      const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      const batch = await boardOf(c.env).activity({ ...given, before: place, limit: MAX_EVENTS });
      for (const { n, event } of batch) {
        if (events.length === limit) break;
        last = n;
        if (visibleEvent(event, c.get('may'))) events.push(event);
      }
      seen += batch.length;
      place = last ?? 0;
      if (batch.length < MAX_EVENTS) {
        if (events.length < limit) last = undefined;
        break;
      }
    }
    return c.json({ events, ...(last === undefined ? {} : { before: String(last) }) });
  })
  .get('/status', async (c) => {
    const may = c.get('may');
    const { apps, clusters } = await readBoard(c.env, may);
    const sources = may('sources', 'get', '*') ? await fleetOf(c.env).sources() : [];
    const notifications = may('notifications', 'get', '*') ? await notifierOf(c.env).problems() : [];
    return c.json(computeStatus({ apps, clusters, sources, notifications }) satisfies StatusView);
  });

/** The board, as far as the caller may see it. */
async function readBoard(env: ApiEnv['Bindings'], may: May): Promise<Board> {
  const { apps = '[]', clusters = '[]', cursor } = await boardOf(env).board();
  // The Board wrote both, of these types.
  const rows = JSON.parse(apps) as AppRow[];
  const views = JSON.parse(clusters) as ClusterView[];
  return {
    apps: rows.filter((row) => visibleRow(row, may)),
    clusters: views.filter(({ name }) => may('clusters', 'get', name)),
    cursor,
  };
}
