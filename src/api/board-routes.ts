import { Hono } from 'hono';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { BoardMessage, StatusView } from '../../core/api/board.ts';
import { boardOf, fleetOf, notifierOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';
import { visibleEvent, visibleMessage } from './board-visibility.ts';
import { toEventStream } from './event-stream.ts';
import { liveResponse } from './live-response.ts';
import { computeStatus } from './status-view.ts';
import { readBoard, visibleBoard } from './visible-board.ts';

/** How many events an answer has at most, and how many are looked at for it: most of a journal may be hidden from somebody. */
const MAX_EVENTS = 500;
const LOOKED_AT = 5_000;

/** The list of all Apps, how it changes, what happened, and what is wrong. */
export const boardRoutes = new Hono<ApiEnv>()
  .get('/board', async (c) => {
    const { cursor, text } = await visibleBoard(c.env, c.get('access'));
    const tag = `"${cursor}"`;
    c.header('cache-control', 'private, no-cache');
    c.header('etag', tag);
    if (c.req.header('if-none-match') === tag) return c.body(null, 304);
    return c.body(text, 200, { 'content-type': 'application/json' });
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
    const { apps, clusters } = await readBoard(c.env, c.get('access'));
    const sources = may('sources', 'get', '*') ? await fleetOf(c.env).sources() : [];
    const notifications = may('notifications', 'get', '*') ? await notifierOf(c.env).problems() : [];
    return c.json(computeStatus({ apps, clusters, sources, notifications }) satisfies StatusView);
  });
