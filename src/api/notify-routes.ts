import { Hono } from 'hono';
import * as v from 'valibot';
import { SERVICE_KINDS } from '../../core/api/notify.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { notifierOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';
import { record } from './record.ts';

const text = (max: number) => v.pipe(v.string(), v.maxLength(max));
const isObject = (value: unknown): value is JsonObject => isJsonObject(value as Json); // what JSON.parse gave
const settings = v.pipe(
  v.custom<JsonObject>(isObject, 'must be a map'),
  v.check((value) => Object.keys(value).length <= 50, 'has more than 50 settings'),
);
const serviceSchema = v.object({
  kind: v.picklist(SERVICE_KINDS),
  settings,
  secret: v.exactOptional(v.record(text(200), text(8_192))),
});
const testSchema = v.object({ service: text(100), recipient: text(1_000) });

/** Notifications: what is told to whom, the ways out, and a test. No answer holds a secret (S13). */
export const notifyRoutes = new Hono<ApiEnv>()
  .get('/notify', async (c) => c.json(await notifierOf(c.env).view()))
  .put('/notify/services/:name', async (c) => {
    const name = c.req.param('name');
    const body = await readJson(c, serviceSchema);
    if (!body.ok) return problemResponse(c, body.error);
    const put = await notifierOf(c.env).putService(name, body.value);
    if (!put.ok) return problemResponse(c, put.error);
    const withSecret = body.value.secret === undefined ? '' : ', with new secrets';
    await record(c, { kind: 'notify-service', text: `notification service ${name} (${body.value.kind}) was set${withSecret}` });
    return c.json({});
  })
  .delete('/notify/services/:name', async (c) => {
    const name = c.req.param('name');
    const removed = await notifierOf(c.env).deleteService(name);
    if (!removed.ok) return problemResponse(c, removed.error);
    await record(c, { kind: 'notify-service', text: `notification service ${name} was removed` });
    return c.json({});
  })
  .post('/notify/test', async (c) => {
    const body = await readJson(c, testSchema);
    if (!body.ok) return problemResponse(c, body.error);
    const tested = await notifierOf(c.env).test(body.value.service, body.value.recipient);
    const outcome = tested.ok ? 'arrived' : 'failed';
    await record(c, { kind: 'notify-test', text: `a test notification over ${body.value.service} ${outcome}` });
    return c.json(tested);
  });
