/** S32: what was allowed ends when it is taken away, streams that are open included; S33 for webhooks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessFixture, POLICY, startAccessFixture } from './support/access-fixture.ts';
import { call } from './support/call-worker.ts';

let fixture: AccessFixture;
beforeAll(async () => {
  fixture = await startAccessFixture();
});
afterAll(() => fixture?.stop());

/** A stream, read in the background: all that it said, and when it ended. */
async function open(path: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(fixture.worker.url + path, { headers });
  if (response.body === null) throw new Error('no stream');
  const said: string[] = [];
  let isOver = false;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) said.push(decoder.decode(chunk)); // Node's streams are iterable
    isOver = true;
    // One that goes on is cut when the Worker stops.
  })().catch(() => undefined);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: () => said.join(''),
    isOver: () => isOver,
    reading,
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const END = 'event: end\ndata: {"reason":"revoked"}\n\n';

async function untilOver(stream: Awaited<ReturnType<typeof open>>): Promise<void> {
  await expect.poll(() => stream.isOver(), { timeout: 10_000 }).toBe(true);
  expect(stream.text().endsWith(END)).toBe(true);
}

describe('S32: an open stream ends with', () => {
  test('its token', async () => {
    const { id, token } = await fixture.token('stream', ['role:readonly']);
    const stream = await open('/api/stream', bearer(token));
    expect([stream.status, stream.type]).toEqual([200, 'text/event-stream']);
    await fixture.worker.ask(`/api/tokens/${id}`, { method: 'DELETE' });
    await untilOver(stream);
    expect((await fixture.as(token, '/api/stream')).status).toBe(401);
  });

  test('the time of its token', async () => {
    const { token } = await fixture.token('short-stream', ['role:readonly'], { expiresIn: 2 });
    await untilOver(await open('/api/stream', bearer(token)));
  });

  test('its session', async () => {
    const cookie = await fixture.admin('Ana');
    const stream = await open('/api/stream', { cookie });
    await fixture.browse(cookie, '/auth/logout', { method: 'POST', body: {} });
    await untilOver(stream);
  });

  test('the person', async () => {
    const cookie = await fixture.admin('Ben');
    const stream = await open('/api/stream', { cookie });
    const { json } = await fixture.worker.ask('/api/people');
    const { people } = json as { readonly people: readonly { readonly id: string; readonly name: string }[] }; // as the route says
    const ben = people.find(({ name }) => name === 'Ben')?.id ?? '';
    expect((await fixture.worker.ask(`/api/people/${encodeURIComponent(ben)}`, { method: 'DELETE' })).status).toBe(200);
    await untilOver(stream);
    expect((await fixture.browse(cookie, '/api/me')).status).toBe(401);
  });

  test('a session that somebody else ends', async () => {
    const cookie = await fixture.admin('Cleo');
    const stream = await open('/api/stream', { cookie });
    const { json } = await fixture.worker.ask('/api/people');
    const { people } = json as {
      readonly people: readonly { readonly name: string; readonly sessions: readonly { readonly id: string }[] }[];
    }; // as the route says
    const session = people.find(({ name }) => name === 'Cleo')?.sessions[0]?.id ?? '';
    expect((await fixture.worker.ask(`/api/sessions/${session}`, { method: 'DELETE' })).status).toBe(200);
    await untilOver(stream);
  });

  test('the role that let its reader see the App', async () => {
    const csv = `${POLICY}\np, role:shop, applications, get, shop/*, allow`;
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv, defaultRole: '' } });
    const { token } = await fixture.token('shop-stream', ['role:shop']);
    const stream = await open('/api/apps/eu-1/web/stream', bearer(token));
    expect(stream.status).toBe(200);
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv: POLICY, defaultRole: '' } });
    await untilOver(stream);
    expect((await fixture.as(token, '/api/apps/eu-1/web')).status).toBe(404);
  });

  test('nothing else: others go on, and see what they may from now on', async () => {
    const { token } = await fixture.token('going-on', ['role:none']);
    const stream = await open('/api/stream', bearer(token));
    const csv = `${POLICY}\np, role:none, accounts, get, *, allow`;
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv, defaultRole: '' } });
    // What is recorded next concerns the installation: only those who see its accounts hear of it.
    await expect
      .poll(
        async () => {
          await fixture.token(`seen-${Math.random().toString(36).slice(2)}`, ['role:none']);
          return stream.text().includes('token seen-');
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    expect(stream.isOver()).toBe(false);
  });
});

describe('S32: nobody ends what is not theirs', () => {
  test('the session of another is not found', async () => {
    const cookie = await fixture.admin('Dora');
    const { json } = await fixture.worker.ask('/api/people');
    const { people } = json as {
      readonly people: readonly { readonly name: string; readonly sessions: readonly { readonly id: string }[] }[];
    }; // as the route says
    const session = people.find(({ name }) => name === 'Dora')?.sessions[0]?.id ?? '';
    const { token } = await fixture.token('nosy', ['role:none']);
    const [theirs, ghost] = [session, 'ghost'];
    const answers = await Promise.all(
      [theirs, ghost].map((id) => fixture.as(token, `/api/sessions/${id}`, { method: 'DELETE' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]?.text.replace(theirs, ghost)).toBe(answers[1]?.text);
    expect((await fixture.browse(cookie, '/api/me')).status).toBe(200);
    // One's own can always be ended.
    expect((await fixture.browse(cookie, `/api/sessions/${session}`, { method: 'DELETE' })).status).toBe(200);
  });
});

describe('S33: webhooks', () => {
  test('that are signed wrongly have to wait; a valid signature never does', async () => {
    const headers = { 'cf-connecting-ip': '203.0.113.9', 'x-plumbline-signature': 'sha256=00' };
    const statuses: number[] = [];
    for (let i = 0; i < 110; i++)
      statuses.push((await call(`${fixture.worker.url}/hooks`, { method: 'POST', headers, body: { repository: 'x' } })).status);
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    const made = (await fixture.worker.ask('/api/webhook', { method: 'POST', body: {} })).json as { readonly secret: string }; // as the route says
    const body = JSON.stringify({ repository: fixture.git.url('fleet'), ref: 'refs/heads/main', after: '0'.repeat(40) });
    const { createHmac } = await import('node:crypto');
    const signature = `sha256=${createHmac('sha256', made.secret).update(body).digest('hex')}`;
    const valid = { ...headers, 'x-plumbline-signature': signature, 'content-type': 'application/json' };
    expect((await call(`${fixture.worker.url}/hooks`, { method: 'POST', headers: valid, body })).status).toBe(202);
  });
});
