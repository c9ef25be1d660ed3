import { beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../../core/problem/problem.ts';
import { signRequest } from '../../../core/protocol/request-signature.ts';
import { err, ok } from '../../../core/result.ts';
import { agentRoutes } from '../../../src/api/agent-routes.ts';
import type { ClusterInfo } from '../../../src/platform/ports.ts';
import { pollRequest } from '../deliver/agents.ts';
import { newSigner } from '../durable/cluster-fixture.ts';
import { type FakeObjects, fakeEnv } from './fake-env.ts';

const agent = await newSigner();
let uid = '';
let count = 0;
let lookups = 0;

beforeEach(() => {
  uid = `uid-${++count}`; // what an isolate remembers of one test is nothing to the next
  lookups = 0;
});

const known = (): ClusterInfo => ({ name: 'eu-1', lobby: 0, uid });
const fleet = (cluster: () => ClusterInfo | undefined = known) => ({
  async clusterOfUid() {
    lookups++;
    return cluster();
  },
});

/** A body of so many bytes, delivered in parts; counts how much of it was taken. */
function largeBody(megabytes: number) {
  const taken = { megabytes: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.megabytes++ >= megabytes) controller.close();
        else controller.enqueue(new Uint8Array(1_000_000));
      },
    },
    { highWaterMark: 0 },
  );
  return { taken, stream };
}

async function send(path: string, objects: FakeObjects, options: { method?: string; body?: string | ReadableStream } = {}) {
  const { method = 'POST', body = JSON.stringify(pollRequest()) } = options;
  const bytes = new TextEncoder().encode(typeof body === 'string' ? body : '');
  const request = { method, path, body: bytes, time: 1_700_000_000_000, nonce: `nonce-${String(++count).padStart(16, '0')}` };
  const headers = await signRequest(request, uid, agent);
  // Node wants to hear that a stream is sent before the answer is read; the types do not know the field.
  const init = { method, headers, ...(method === 'GET' ? {} : { body, duplex: 'half' }) } as RequestInit;
  return agentRoutes.request(path, init, fakeEnv(objects));
}

const code = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('a poll', () => {
  it('without news is 204, and wakes neither Cluster nor, the second time, the Fleet', async () => {
    const lobby = { poll: async () => ok({ news: false, request: pollRequest() }) };
    for (let i = 0; i < 2; i++) expect((await send('/agent/poll', { fleet: fleet(), lobby })).status).toBe(204);
    expect(lookups).toBe(1);
  });

  it('with news is what the Cluster delivers', async () => {
    const lobby = { poll: async () => ok({ news: true, request: pollRequest({ generation: 4 }) }) };
    const clusters = { 'eu-1': { deliver: async ({ generation }: { generation: number }) => ({ bundles: {}, generation }) } };
    const response = await send('/agent/poll', { fleet: fleet(), lobby, clusters });
    expect(await response.json()).toEqual({ bundles: {}, generation: 4 });
  });

  it('that is refused makes the isolate ask again where the cluster is', async () => {
    const lobby = { poll: async () => err(problem('agent.unknown', 'x', { rule: 'P21' })) };
    for (let i = 0; i < 2; i++) expect((await send('/agent/poll', { fleet: fleet(), lobby })).status).toBe(401);
    expect(lookups).toBe(2);
  });

  it('without headers is refused before anything is asked (P20)', async () => {
    const response = await agentRoutes.request('/agent/poll', { method: 'POST', body: '{}' }, fakeEnv({}));
    expect([response.status, await code(response)]).toEqual([401, 'agent.signature']);
  });

  it('F35: that is refused says what time it is, for agents whose clock is wrong (P22)', async () => {
    const lobby = { poll: async () => err(problem('agent.signature', 'the clock is off', { rule: 'P22' })) };
    const { headers } = await send('/agent/poll', { fleet: fleet(), lobby });
    expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(60_000);
  });
});

describe('a body', () => {
  it('of an unknown cluster is not read at all (S24)', async () => {
    const { taken, stream } = largeBody(30);
    const response = await send('/agent/report', { fleet: fleet(() => undefined) }, { body: stream });
    expect([await code(response), taken.megabytes]).toEqual(['agent.unknown', 0]);
  });

  it('of a poll is refused above two megabytes: many polls share one object (S24)', async () => {
    const { taken, stream } = largeBody(30);
    const response = await send('/agent/poll', { fleet: fleet() }, { body: stream });
    expect([response.status, taken.megabytes <= 4]).toEqual([413, true]);
  });

  it('of a report may be large', async () => {
    const clusters = {
      'eu-1': { report: async (_claim: object, body: Uint8Array) => ok({ acknowledged: [String(body.length)] }) },
    };
    const response = await send('/agent/report', { fleet: fleet(), clusters }, { body: largeBody(20).stream });
    expect(await response.json()).toEqual({ acknowledged: ['20000000'] });
  });
});

describe('a bundle', () => {
  it('is asked for by its digest, with the path that was signed', async () => {
    const bundle = async (digest: string, _claim: object, path: string) =>
      path.endsWith(digest) ? ok({ format: 1 as const, salt: '', objects: [] }) : err(problem('agent.signature', 'x'));
    const response = await send(
      '/agent/bundles/sha256:ab',
      { fleet: fleet(), clusters: { 'eu-1': { bundle } } },
      { method: 'GET' },
    );
    expect(await response.json()).toEqual({ format: 1, salt: '', objects: [] });
  });

  it('that is gone is 404', async () => {
    const bundle = async () => err(problem('api.not_found', 'x'));
    const response = await send(
      '/agent/bundles/sha256:ab',
      { fleet: fleet(), clusters: { 'eu-1': { bundle } } },
      { method: 'GET' },
    );
    expect(response.status).toBe(404);
  });
});

describe('enrolment', () => {
  const enrol = (body: string) => agentRoutes.request('/enrol', { method: 'POST', body }, fakeEnv({}));

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['a wrong field', '{"token": 5}'],
  ])('of %s is refused', async (_name, body) => {
    const response = await enrol(body);
    expect([response.status, await code(response)]).toEqual([400, 'api.invalid']);
  });

  it('of a large body is refused (S24)', async () => expect((await enrol('x'.repeat(20_000))).status).toBe(413));

  it('that fails names no token', async () => {
    const body = JSON.stringify({ token: ['canary-token'] });
    expect(await (await enrol(body)).text()).not.toContain('canary-token');
  });
});
