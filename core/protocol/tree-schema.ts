import * as v from 'valibot';
import { count, list, maybe, text } from './schema-parts.ts';

/** Resource trees as agents report them (core/api/tree.ts): bounded, for they are kept and shown as they come. */
const key = text(2048);
const eventSchema = v.object({
  type: v.picklist(['Normal', 'Warning']),
  reason: text(128),
  message: text(512),
  count,
  last: text(64),
});
const nodeSchema = v.object({
  key,
  version: text(64),
  uid: text(128),
  parent: maybe(key),
  health: v.object({
    status: v.picklist(['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown']),
    message: maybe(text(4096)),
  }),
  createdAt: text(64),
  images: maybe(list(text(512), 20)),
  restarts: maybe(count),
  info: maybe(list(text(256), 8)),
  events: maybe(list(eventSchema, 3)),
});

/** More than an agent sends of one App (core/tree/visible-nodes.ts), so that a later agent may send a few more. */
const MAX_NODES = 1_000;
const MAX_GONE = 20_000;

export const treesSchema = list(
  v.object({
    app: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,252}$/)),
    full: v.boolean(),
    changed: list(nodeSchema, MAX_NODES),
    gone: list(key, MAX_GONE),
    more: count,
    unread: maybe(list(text(256), 20)),
    observedAt: count,
  }),
  20_000,
);
