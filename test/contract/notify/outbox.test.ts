import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../core/api/notify.ts';
import { waitFor } from '../../journey/support/wait-for.ts';
import { notice, subscribed } from './support/notices.ts';
import { type NotifierWorker, startNotifierWorker } from './support/notifier-worker.ts';
import { type Reply, type ServiceHost, startServiceHost } from './support/service-host.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function host(reply?: () => Reply): Promise<ServiceHost> {
  const made = await startServiceHost(reply);
  stops.push(() => made.close());
  return made;
}
async function dataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-notify-'));
  stops.push(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}
async function notifier(dir: string): Promise<NotifierWorker> {
  const made = await startNotifierWorker({ dataDir: dir });
  stops.push(() => made.stop().catch(() => undefined));
  return made;
}
/** One with webhooks, by name, to which everything goes. */
async function withWebhooks(hosts: Readonly<Record<string, ServiceHost>>, dir?: string): Promise<NotifierWorker> {
  const made = await notifier(dir ?? (await dataDir()));
  for (const [name, { url }] of Object.entries(hosts))
    expect(
      await made.call('putService', name, { kind: 'webhook', settings: { url }, secret: { signingKey: 'signing-canary' } }),
    ).toMatchObject({
      ok: true,
    });
  await made.call('putGit', 'fleet', subscribed(...Object.keys(hosts)));
  return made;
}
const kinds = ({ requests }: ServiceHost) => requests.map(({ body }) => (JSON.parse(body) as { kind: string }).kind);
const ids = ({ requests }: ServiceHost) => requests.map(({ headers }) => headers['x-plumbline-id']);
const states = (deliveries: readonly Delivery[]) => deliveries.map(({ state }) => state);
async function until(made: NotifierWorker, holds: (deliveries: readonly Delivery[]) => boolean): Promise<readonly Delivery[]> {
  return waitFor('the deliveries', async () => {
    const { deliveries } = await made.call('view');
    return holds(deliveries) ? deliveries : undefined;
  });
}

describe('a notice', () => {
  test('is delivered at once, and once however often it is handed over', async () => {
    const ci = await host();
    const made = await withWebhooks({ ci });
    const one = notice('sync-failed');
    await Promise.all([made.call('take', [one]), made.call('take', [one]), made.call('take', [one])]);
    await made.call('take', [notice('sync-succeeded')]);
    await ci.until(2);
    expect(kinds(ci)).toEqual(['sync-failed', 'sync-succeeded']);
    expect(states(await until(made, (all) => all.every(({ state }) => state === 'sent')))).toEqual(['sent', 'sent']);
  });

  test('keeps its place: what happened later to the App waits for it, what happened to another does not', async () => {
    const ci = await host();
    let fails = 1;
    ci.answer(({ body }) => (body.includes('"app":"shop"') && fails-- > 0 ? { status: 503 } : {}));
    const made = await withWebhooks({ ci });
    await made.call('take', [notice('sync-started'), notice('sync-succeeded'), notice('sync-failed', { app: 'other' })]);
    await until(made, (all) => all.every(({ state }) => state === 'sent'));
    const told = ci.requests.map(({ body }) => JSON.parse(body) as { app: string; kind: string });
    expect(told.filter(({ app }) => app === 'shop').map(({ kind }) => kind)).toEqual([
      'sync-started',
      'sync-started',
      'sync-succeeded',
    ]);
  });
});

describe('a service', () => {
  test('that is away or hangs delays no other', async () => {
    const [ci, slow] = [await host(), await host(() => ({ hangs: true }))];
    const made = await withWebhooks({ ci, slow });
    await made.call(
      'take',
      Array.from({ length: 5 }, (_, i) => notice('sync-failed', { app: `app-${i}` })),
    );
    await ci.until(5, 5_000);
    expect(slow.requests.length).toBeLessThanOrEqual(2);
    // A time-out, too, is tried again.
    const waiting = await until(made, (all) => all.some(({ service, problem }) => service === 'slow' && problem !== undefined));
    expect(waiting.filter(({ service }) => service === 'slow').every(({ state }) => state === 'waiting')).toBe(true);
  });

  test('that asks to wait (429) is left alone for as long, and told then', async () => {
    const ci = await host();
    ci.answer((_request, count) => (count === 1 ? { status: 429, headers: { 'retry-after': '6' } } : {}));
    const made = await withWebhooks({ ci });
    await made.call('take', [notice('sync-failed'), notice('sync-failed', { app: 'other' })]);
    await ci.until(3, 20_000);
    const [first, , third] = ci.requests;
    expect((third?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(5_900);
  });

  test('that fails (500) is tried again with the same id', async () => {
    const ci = await host();
    ci.answer((_request, count) => (count < 2 ? { status: 500, text: 'oops' } : {}));
    const made = await withWebhooks({ ci });
    await made.call('take', [notice('sync-failed')]);
    await ci.until(2, 20_000);
    expect(new Set(ids(ci)).size).toBe(1);
    const [sent] = await until(made, (all) => all[0]?.state === 'sent');
    expect(sent?.attempts).toBe(2);
  });

  test('S09: that refuses is shown with its reason, without secrets, and not asked again', async () => {
    const ci = await host(() => ({ status: 401, json: { message: 'bad key signing-canary' } }));
    const made = await withWebhooks({ ci });
    await made.call('take', [notice('sync-failed')]);
    const [failed] = await until(made, (all) => all[0]?.state === 'failed');
    expect(failed?.problem).toContain('bad key ***');
    const view = await made.call('view');
    expect(view.services[0]?.problem).toContain('401');
    expect(view.subscriptions[0]?.problem).toContain('401');
    expect(await made.call('problems')).toEqual([{ where: 'service ci', message: expect.stringContaining('401') }]);
    expect(JSON.stringify(view)).not.toContain('canary');
  });

  test('S08: that redirects gets no second request', async () => {
    const [ci, other] = [await host(), await host()];
    ci.answer(() => ({ status: 307, headers: { location: other.url } }));
    const made = await withWebhooks({ ci });
    await made.call('take', [notice('sync-failed')]);
    await until(made, (all) => all[0]?.state === 'failed');
    expect(other.requests).toEqual([]);
  });

  test('S07: at a private address is not asked', async () => {
    const made = await notifier(await dataDir());
    await made.call('putService', 'in', { kind: 'webhook', settings: { url: 'http://169.254.169.254/latest' } });
    await made.call('putService', 'plain', { kind: 'webhook', settings: { url: 'http://example.com/' } });
    expect(await made.call('test', 'in', '')).toMatchObject({ ok: false });
    expect(await made.call('test', 'plain', '')).toMatchObject({ ok: false });
  });
});

describe('flapping', () => {
  test('is summarised: a few messages, then one that stands for the rest', async () => {
    const ci = await host();
    const made = await withWebhooks({ ci });
    for (let i = 0; i < 10; i++) await made.call('take', [notice('health-degraded'), notice('health-recovered')]);
    await made.call('take', [notice('sync-failed')]);
    await ci.until(7);
    const all = await until(made, (deliveries) => deliveries.filter(({ state }) => state === 'sent').length === 7);
    expect(kinds(ci)).toHaveLength(7);
    // Another trouble of the same App is told meanwhile.
    expect(kinds(ci)).toContain('sync-failed');
    expect(all.filter(({ state }) => state === 'summarised')).toHaveLength(13);
    expect(all.filter(({ state }) => state === 'waiting').map(({ kind }) => kind)).toEqual(['health-recovered']);
  });
});

describe('a crash', () => {
  test('I10: between event and delivery loses nothing', async () => {
    const dir = await dataDir();
    const ci = await host(() => ({ hangs: true }));
    const first = await withWebhooks({ ci }, dir);
    await first.call('take', [notice('sync-failed'), notice('sync-succeeded', { app: 'other' })]);
    await ci.until(2);
    await first.kill();
    ci.answer(() => ({}));
    const second = await notifier(dir);
    await second.call('tick');
    await ci.until(4);
    await until(second, (all) => states(all).every((state) => state === 'sent'));
    // At least once; the same id for the same message.
    expect(new Set(ids(ci)).size).toBe(2);
  });

  test('I10: after the delivery doubles nothing', async () => {
    const dir = await dataDir();
    const ci = await host();
    const first = await withWebhooks({ ci }, dir);
    const one = notice('sync-failed');
    await first.call('take', [one]);
    await until(first, (all) => states(all).every((state) => state === 'sent'));
    await first.kill();
    const second = await notifier(dir);
    await second.call('take', [one]);
    await second.call('tick');
    await second.call('take', [notice('sync-succeeded')]);
    await ci.until(2);
    expect(kinds(ci)).toEqual(['sync-failed', 'sync-succeeded']);
  });
});
