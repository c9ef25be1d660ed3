/** Mail from workerd over real sockets, through the same limited network as everything else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../core/objects/object.ts';
import { waitFor } from '../../journey/support/wait-for.ts';
import { MAIL_AUTHORITY, type MailHost, startMailHost } from './support/mail-host.ts';
import { notice, subscribed } from './support/notices.ts';
import { type NotifierWorker, startNotifierWorker } from './support/notifier-worker.ts';

let dir: string;
let made: NotifierWorker;
let services = 0;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plumbline-mail-'));
  made = await startNotifierWorker({ dataDir: dir, trusted: [MAIL_AUTHORITY] });
});
afterAll(async () => {
  await made?.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function mailHost(...options: Parameters<typeof startMailHost>): Promise<MailHost> {
  const host = await startMailHost(...options);
  stops.push(() => host.close());
  return host;
}
/** A mail service of a name of its own, with everything going to one recipient. */
async function use(settings: JsonObject, secret: { readonly [name: string]: string } = {}): Promise<string> {
  services += 1;
  const name = `mail-${services}`;
  const whole = { host: '127.0.0.1', from: 'Plumbline <plumb@example.com>', ...settings };
  expect(await made.call('putService', name, { kind: 'smtp', settings: whole, secret })).toMatchObject({ ok: true });
  await made.call('putGit', 'fleet', subscribed(`${name}:ana@example.com`));
  return name;
}
const LOGIN = { username: 'plumb', password: 'right' };

test.each([
  ['STARTTLS', 'starttls', false],
  ['TLS from the first byte', 'implicit', true],
])('a mail goes by %s, in text and in HTML, with the same id for every attempt', async (_how, tls, secure) => {
  const host = await mailHost({ secure });
  const name = await use({ port: host.port, tls }, LOGIN);
  const text = 'Größe: 5 <b>\n.\nend\r\nX-Evil: 1';
  await made.call('take', [notice('sync-failed', { app: name, text, reason: 'weil ✓' })]);
  await waitFor('the mail', () => host.mails.length > 0, { timeout: 10_000 });
  const [mail] = host.mails;
  expect(mail).toMatchObject({ secure: true, from: 'plumb@example.com', to: ['ana@example.com'], user: 'plumb' });
  expect(mail?.email).toMatchObject({
    from: { name: 'Plumbline', address: 'plumb@example.com' },
    subject: `${name} could not be deployed (eu-1)`,
  });
  expect(mail?.email.messageId).toMatch(/^<[0-9a-f]{32}@example\.com>$/);
  // S27: what is written stays text: no header of its own, no end of the mail, no markup.
  expect(mail?.email.headers.map(({ key }) => key)).not.toContain('x-evil');
  expect(mail?.email.text).toContain('Größe: 5 <b>\n.\nend\nX-Evil: 1');
  expect(mail?.email.html).toContain('Größe: 5 &#60;b&#62;');
  expect(await made.call('view')).toMatchObject({ deliveries: [{ state: 'sent' }, ...(services > 1 ? [{}] : [])] });
});

test('a wrong password is shown and never repeated (S09)', async () => {
  const host = await mailHost();
  const name = await use({ port: host.port }, { ...LOGIN, password: 'wrong-canary' });
  expect(await made.call('test', name, 'ana@example.com')).toMatchObject({ ok: false, problem: expect.stringContaining('535') });
  expect(JSON.stringify(await made.call('view'))).not.toContain('canary');
});

test('a recipient that is refused is shown with the reason of the server', async () => {
  const onRcptTo = (_address: unknown, _session: unknown, done: (error?: Error | null) => void) =>
    done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
  const host = await mailHost({ onRcptTo });
  const name = await use({ port: host.port }, LOGIN);
  expect(await made.call('test', name, 'ana@example.com')).toMatchObject({
    ok: false,
    problem: expect.stringContaining('no such mailbox'),
  });
});

test('S36: a server without STARTTLS gets neither the password nor the mail', async () => {
  const host = await mailHost({ disabledCommands: ['STARTTLS'] });
  const name = await use({ port: host.port }, LOGIN);
  expect(await made.call('test', name, 'ana@example.com')).toMatchObject({
    ok: false,
    problem: expect.stringContaining('STARTTLS'),
  });
  expect(host.mails).toEqual([]);
});

test('S36: a server that answers STARTTLS with words of its own gets nothing', async () => {
  const heard: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.write('220 hello\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heard.push(data.toString());
      if (data.toString().startsWith('EHLO')) socket.write('250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n');
      else if (data.toString().startsWith('STARTTLS')) socket.write('220 go on\r\n250 injected\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const name = await use({ port: typeof address === 'object' && address !== null ? address.port : 0 }, LOGIN);
  expect(await made.call('test', name, 'ana@example.com')).toMatchObject({ ok: false });
  expect(heard.join('')).not.toMatch(/AUTH|MAIL/);
});

test('S36: a certificate of an unknown authority is refused', async () => {
  const other = await mkdtemp(join(tmpdir(), 'plumbline-mail-'));
  const strict = await startNotifierWorker({ dataDir: other });
  stops.push(async () => {
    await strict.stop();
    await rm(other, { recursive: true, force: true, maxRetries: 3 });
  });
  for (const [tls, secure] of [
    ['starttls', false],
    ['implicit', true],
  ] as const) {
    const host = await mailHost({ secure });
    const settings = { host: '127.0.0.1', from: 'plumb@example.com', port: host.port, tls };
    await strict.call('putService', tls, { kind: 'smtp', settings, secret: LOGIN });
    expect(await strict.call('test', tls, 'ana@example.com')).toMatchObject({ ok: false });
    expect(host.mails).toEqual([]);
  }
});

test('S07: a mail server in a network that is not allowed is not reached', async () => {
  const name = await use({ host: '10.1.2.3', port: 587 });
  expect(await made.call('test', name, 'ana@example.com')).toMatchObject({
    ok: false,
    problem: expect.stringContaining('10.1.2.3'),
  });
});

test.each(['ana@example.com>\r\nRCPT TO:<eve@example.com', 'ana', 'a b@example.com', ''])(
  '%j is no recipient',
  async (recipient) => {
    const name = await use({ port: 587 });
    expect(await made.call('test', name, recipient)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('no mail address'),
    });
  },
);
