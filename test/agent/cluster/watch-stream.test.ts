import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { KindInfo, WatchEvent } from '../../../agent/cluster/cluster-api.ts';
import type { Connection } from '../../../agent/cluster/connection.ts';
import { watchKind } from '../../../agent/cluster/watch-stream.ts';
import type { Clock } from '../../../agent/platform/clock.ts';
import { createHttpClient } from '../../../agent/platform/http.ts';

const KIND: KindInfo = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers every watch as told, and a connection to it. */
async function serve(answer: (response: ServerResponse, url: string) => void): Promise<Connection> {
  const server = createServer((request, response) => answer(response, request.url ?? ''));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createHttpClient({ maxSockets: 4 });
  // Listening on TCP gives an AddressInfo.
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client,
    headers: async () => ({}),
    version: 0,
    reload: async () => false,
  };
}

/** A clock whose timers run when the test says so. */
function handClock(): Clock & { readonly fire: () => void } {
  const timers = new Set<() => void>();
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: async () => {},
    after: (_, call) => {
      timers.add(call);
      return () => timers.delete(call);
    },
    fire: () => {
      for (const call of [...timers]) call();
    },
  };
}

async function watch(connection: Connection, clock: Clock = handClock(), signal = new AbortController().signal) {
  const events: WatchEvent[] = [];
  const target = { connection, clock, path: '/api/v1/configmaps', accept: 'application/json', kind: KIND };
  const end = await watchKind(target, {
    resourceVersion: '5',
    metadataOnly: false,
    signal,
    onEvent: (event) => events.push(event),
  });
  return { events, end };
}

const line = (type: string, name: string, resourceVersion: string) =>
  `${JSON.stringify({ type, object: { metadata: { name, uid: `u-${name}`, resourceVersion } } })}\n`;

describe('a watch', () => {
  it('hands on changes, deletions and bookmarks, however the lines are cut', async () => {
    const text = line('ADDED', 'ä', '6') + line('DELETED', 'ä', '7') + line('BOOKMARK', '', '9');
    const bytes = Buffer.from(text);
    const connection = await serve((response) => {
      for (let i = 0; i < bytes.length; i += 7) response.write(bytes.subarray(i, i + 7));
      response.end();
    });
    const { events, end } = await watch(connection);
    expect(end).toEqual({ reason: 'closed' });
    expect(
      events.map((event) =>
        event.type === 'bookmark' ? event.resourceVersion : `${event.type} ${event.live.uid} ${event.live.resourceVersion}`,
      ),
    ).toEqual(['changed u-ä 6', 'deleted u-ä 7', '9']);
  });

  it('F07: ends as expired when the server forgot the version, at once or on the way', async () => {
    const gone = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    expect((await watch(await serve((response) => response.end(`${gone}\n`)))).end).toEqual({ reason: 'expired' });
    expect((await watch(await serve((response) => response.writeHead(410).end()))).end).toEqual({ reason: 'expired' });
  });

  it('F08: that is silent for too long is stalled, however open it looks', async () => {
    const clock = handClock();
    const connection = await serve((response) => {
      response.write(line('ADDED', 'a', '6'));
      setTimeout(() => clock.fire(), 50);
    });
    const { events, end } = await watch(connection, clock);
    expect(end).toEqual({ reason: 'stalled' });
    expect(events).toHaveLength(1);
  });

  it('ends as closed when the connection breaks in the middle of a line, without half an event', async () => {
    const connection = await serve((response) => {
      response.write(`${line('ADDED', 'a', '6')}{"type":"ADD`);
      setTimeout(() => response.destroy(), 20);
    });
    const { events, end } = await watch(connection);
    expect(end).toEqual({ reason: 'closed' });
    expect(events).toHaveLength(1);
  });

  it('F10: that is refused tells why, and when to come again', async () => {
    const connection = await serve((response) => response.writeHead(429, { 'retry-after': '7' }).end('{"message":"too many"}'));
    const { end } = await watch(connection);
    expect(end).toMatchObject({
      reason: 'failed',
      failure: { status: 429, retryAfterMs: 7_000, problem: { code: 'apply.unavailable' } },
    });
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const connection = await serve((response) => {
      response.write(line('ADDED', 'a', '6'));
      setTimeout(() => stop.abort(), 20);
    });
    expect((await watch(connection, handClock(), stop.signal)).end).toEqual({ reason: 'aborted' });
  });
});
