import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterApi } from '../../../agent/cluster/cluster-api.ts';
import { createKubernetesApi } from '../../../agent/cluster/kubernetes-api.ts';
import { systemClock } from '../../../agent/platform/clock.ts';
import { createHttpClient, type HttpClient } from '../../../agent/platform/http.ts';
import { sendLogs } from '../../../agent/question/send-logs.ts';
import type { AnswerPart } from '../../../core/question/questions.ts';
import { MAX_LINE } from '../../../core/question/redact-text.ts';
import { ok } from '../../../core/result.ts';

const POD = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const QUESTION = { id: 'a'.repeat(32), kind: 'logs', app: 'web', key: '/Pod/shop/web-1', tail: 100, follow: true } as const;

let server: Server;
let client: HttpClient;
let api: Pick<ClusterApi, 'logs' | 'kindOf'>;
/** Paths that were asked for, and how the log is answered. */
let asked: string[];
let answer: (response: ServerResponse) => void;
let closed: Promise<void>;

beforeEach(async () => {
  asked = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  closed = promise;
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.on('close', resolve);
    answer(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  client = createHttpClient({ maxSockets: 2 });
  const connection = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // It listens on a port.
    client,
    version: 0,
    headers: async () => ({}),
    reload: async () => false,
  };
  const real = createKubernetesApi(connection, systemClock());
  api = { ...real, kindOf: () => POD };
});
afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

/** Sends the log and gives the parts that were told; `gone` says when nobody listens any more. */
async function told(change: object = {}, gone: (part: AnswerPart) => boolean = () => false): Promise<AnswerPart[]> {
  const parts: AnswerPart[] = [];
  await sendLogs(
    { ...QUESTION, ...change },
    {
      api,
      clock: systemClock(),
      signal: new AbortController().signal,
      send: async (_id, part) => {
        parts.push(part);
        return ok(gone(part) ? 'gone' : 'taken');
      },
    },
  );
  return parts;
}
const linesOf = (parts: readonly AnswerPart[]) => parts.flatMap(({ lines }) => lines ?? []);

describe('the log of a Pod', () => {
  it('is asked for as the person wished', async () => {
    answer = (response) => response.end('one\n');
    await told({ container: 'web', since: 60, previous: true, follow: false });
    expect(asked).toEqual(['/api/v1/namespaces/shop/pods/web-1/log?tailLines=100&container=web&sinceSeconds=60&previous=true']);
  });

  it('comes in numbered parts, line by line, and ends with the last', async () => {
    answer = (response) => response.end('one\r\ntwo\nthree');
    const parts = await told();
    expect(linesOf(parts)).toEqual(['one', 'two', 'three']);
    expect(parts.map(({ seq }) => seq)).toEqual(parts.map((_, i) => i));
    expect(parts.at(-1)).toMatchObject({ done: true, reason: 'end' });
  });

  it('is told while the Pod still prints', async () => {
    answer = (response) => void response.write('first\n');
    const parts = await told({}, ({ lines = [] }) => lines.includes('first'));
    expect(linesOf(parts)).toEqual(['first']);
  });

  it('ends at the API server when nobody listens any more', async () => {
    answer = (response) => void response.write('first\n');
    await told({}, () => true);
    await closed;
  });

  it('loses what looks like a secret, control characters and the end of long lines (S10)', async () => {
    answer = (response) => response.end(`password=hunter2hunter2\n\u001b[31mred\u001b[0m\n${'x'.repeat(100_000)}\nlast\n`);
    const [secret, red, long, last] = linesOf(await told());
    expect(secret).toBe('password=[redacted]');
    expect(red).toBe('red');
    expect(long?.length).toBe(MAX_LINE + 1);
    expect(last).toBe('last');
  });

  it('of any length is told in parts that are bounded', async () => {
    const line = `${'x'.repeat(10_000)}\n`;
    answer = (response) => response.end(line.repeat(100));
    const parts = await told();
    expect(linesOf(parts)).toHaveLength(100);
    for (const { lines = [] } of parts) expect(lines.join('').length).toBeLessThan(300_000);
  });

  it('that may not be read is a problem that says so', async () => {
    answer = (response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: 'pods/log is forbidden' }));
    };
    expect(await told()).toMatchObject([{ seq: 0, done: true, problem: { code: 'question.forbidden' } }]);
  });

  it('of something that is no Pod is not asked for', async () => {
    answer = (response) => response.end();
    expect(await told({ key: '/Secret/shop/db' })).toMatchObject([{ problem: { code: 'question.gone' } }]);
    expect(asked).toEqual([]);
  });
});
