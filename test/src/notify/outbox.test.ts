import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../core/api/activity.ts';
import { mergeNotify } from '../../../core/notify/rules.ts';
import { ok } from '../../../core/result.ts';
import { enqueue } from '../../../src/notify/enqueue.ts';
import { createOutbox } from '../../../src/notify/outbox.ts';
import { forgetOld } from '../../../src/notify/service-tables.ts';
import { countDeliveries, listDeliveries, listGit, NOTIFIER_MIGRATIONS, putGit } from '../../../src/notify/tables.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { notice, subscribed } from '../../contract/notify/support/notices.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** The outbox over its tables, with a clock that stands until it is moved, and a network that answers as it is told. */
function createWorld(services: readonly string[]) {
  const sql = createNodeSql();
  migrate(sql, { notifier: NOTIFIER_MIGRATIONS });
  const rules = mergeNotify([{ id: 'a', value: subscribed(...services) }]);
  const world = {
    now: Date.UTC(2026, 0, 1),
    asked: [] as { readonly host: string; readonly at: number }[],
    answer: (_host: string) => new Response(null, { status: 200 }),
  };
  const open = () =>
    createOutbox({
      sql,
      io: {
        fetch: async (url) => {
          const { hostname: host } = new URL(url);
          world.asked.push({ host, at: world.now });
          return world.answer(host);
        },
        deadline: () => new AbortController().signal,
        openSocket: () => {
          throw new Error('nothing here sends mail');
        },
        mayAsk: () => true,
        now: () => world.now,
      },
      chance: () => 0.5,
      rules: () => rules,
      access: async (name) => ok({ name, kind: 'webhook', settings: { url: `https://${name}.example.com` }, secrets: {} }),
      url: undefined,
      log: () => undefined,
    });
  let outbox = open();
  return Object.assign(world, {
    sql,
    take: (...notices: readonly Notice[]) => {
      for (const one of notices) enqueue(one, { sql, rules, kindOf: () => 'webhook', now: world.now });
    },
    drain: () => outbox.drain(),
    reopen: () => {
      outbox = open();
    },
    /** Goes from one thing that is due to the next, as alarms do, until nothing is. */
    async run(until = Number.POSITIVE_INFINITY) {
      for (;;) {
        await outbox.drain();
        const next = outbox.next();
        if (next === undefined || next > until) return;
        world.now = Math.max(world.now, next);
      }
    },
    states: () => listDeliveries(sql, 1_000).map(({ state }) => state),
  });
}
const down = () => new Response('no', { status: 503 });

describe('a service that is away for good', () => {
  it('is tried for a day, ever more rarely, and then the message has failed', async () => {
    const world = createWorld(['ci']);
    const begin = world.now;
    world.answer = down;
    world.take(notice('sync-failed'));
    await world.run();
    expect(world.states()).toEqual(['failed']);
    expect(listDeliveries(world.sql, 1)[0]?.problem).toContain('given up after a day');
    const times = world.asked.map(({ at }) => at - begin);
    expect(times.slice(0, 4)).toEqual([0, 5_000, 15_000, 35_000]);
    expect(times.at(-1)).toBeGreaterThan(DAY - HOUR);
    expect(times.at(-1)).toBeLessThanOrEqual(DAY);
    expect(times.length).toBeLessThan(70);
  });

  it('is not asked once more for each message that waits, and delays nobody else', async () => {
    const world = createWorld(['ci', 'ok']);
    world.answer = (host) => (host.startsWith('ci') ? down() : new Response());
    world.take(...Array.from({ length: 100 }, (_, i) => notice('sync-failed', { app: `app-${i}` })));
    await world.drain();
    expect(world.asked.filter(({ host }) => host.startsWith('ok'))).toHaveLength(100);
    expect(world.asked.filter(({ host }) => host.startsWith('ci')).length).toBeLessThanOrEqual(2);
    world.now += DAY + 1;
    await world.run();
    expect(countDeliveries(world.sql)).toEqual({ failed: 100, sent: 100 });
    expect(world.asked.filter(({ host }) => host.startsWith('ci')).length).toBeLessThan(10);
  });

  it('gets everything, in order, when it is back', async () => {
    const world = createWorld(['ci']);
    world.answer = down;
    world.take(notice('sync-started'), notice('sync-succeeded'), notice('health-degraded'));
    await world.run(world.now + HOUR);
    expect(world.states()).toEqual(['waiting', 'waiting', 'waiting']);
    world.answer = () => new Response();
    world.asked.length = 0;
    await world.run();
    expect(world.asked).toHaveLength(3);
    expect(world.states()).toEqual(['sent', 'sent', 'sent']);
  });
});

describe('what one message does', () => {
  it('that a service always refuses with 500 stops no other message to it', async () => {
    const world = createWorld(['ci']);
    let poison = 0;
    world.answer = () => (poison++ === 0 ? down() : new Response());
    world.take(notice('sync-failed', { app: 'poison' }), notice('sync-failed', { app: 'fine' }));
    await world.run(world.now + 60_000);
    expect(world.states()).toEqual(['sent', 'sent']);
  });
});

describe('a restart', () => {
  it('I10: makes an attempt that nobody came back from again at once', async () => {
    const world = createWorld(['ci']);
    world.answer = () => {
      throw new Error('never comes back');
    };
    world.take(notice('sync-failed'));
    // As a crash leaves it: the attempt is written down, its end is not.
    world.sql.run("UPDATE delivery SET attempts = 1, leased = 1, next_at = ? WHERE state = 'waiting'", world.now + HOUR);
    world.reopen();
    world.answer = () => new Response();
    await world.drain();
    expect(world.states()).toEqual(['sent']);
  });

  it('after more than a day sends what waited, before it gives up', async () => {
    const world = createWorld(['ci']);
    world.take(notice('sync-failed'));
    world.now += 3 * DAY;
    await world.drain();
    expect(world.states()).toEqual(['sent']);
  });
});

describe('flapping', () => {
  it('is told again with the newest state, every ten minutes at most, and other commits are not part of it', async () => {
    const world = createWorld(['ci']);
    for (let i = 0; i < 30; i++) {
      world.take(notice(i % 2 === 0 ? 'health-degraded' : 'health-recovered'));
      await world.run(world.now);
      world.now += 60_000;
    }
    await world.run();
    expect(world.asked.length).toBeLessThanOrEqual(10);
    const newest = listDeliveries(world.sql, 100).find(({ value }) => value.summary !== undefined);
    expect(newest).toMatchObject({ state: 'sent', kind: 'health-recovered' });
    world.asked.length = 0;
    for (let i = 0; i < 10; i++) world.take(notice('sync-succeeded', { revision: String(i).repeat(40) }));
    await world.drain();
    expect(world.asked).toHaveLength(10);
  });
});

it('F31: what a fleet path says may be longer than a row', () => {
  const { sql } = createWorld([]);
  const big = {
    ...subscribed(),
    apps: Array.from({ length: 2_000 }, (_, i) => ({
      cluster: 'eu-1',
      app: `a-${i}`,
      annotations: { x: 'y'.repeat(2_000) },
      origin: 'x:1',
    })),
  };
  putGit(sql, 'fleet', big);
  expect(listGit(sql)).toEqual([{ id: 'fleet', value: big }]);
  putGit(sql, 'fleet', undefined);
  expect(listGit(sql)).toEqual([]);
});

it('what is over is forgotten after a week; what waits is not', async () => {
  const world = createWorld(['ci', 'ok']);
  world.answer = (host) => (host.startsWith('ci') ? down() : new Response());
  world.take(notice('sync-failed'));
  await world.drain();
  forgetOld(world.sql, world.now + 8 * DAY);
  expect(world.states()).toEqual(['waiting']);
});
