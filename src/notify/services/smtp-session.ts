import type { OpenSocket, PlainSocket } from '../../platform/socket.ts';
import { base64 } from './base64.ts';
import { composeMail, type MailMessage } from './mime.ts';

/** The server said no: `passes` when it may say yes later (4xx). */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
  readonly passes: boolean;
  constructor(reason: string, passes: boolean) {
    super(reason);
    this.passes = passes;
  }
}

interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  readonly login?: { readonly username: string; readonly password: string };
  readonly openSocket: OpenSocket;
  readonly deadline: AbortSignal;
}

const MAX_REPLY = 20_000;

/**
 * One mail by SMTP (RFC 5321): greeting, EHLO, STARTTLS (RFC 3207) unless the connection is encrypted from the start, EHLO again, AUTH (RFC 4954), the
 * mail, QUIT. Nothing that is secret is written before the connection is encrypted. Throws MailRefused for what the server refuses.
 */
export async function sendBySmtp(server: MailServer, message: MailMessage): Promise<void> {
  const socket = server.openSocket({ hostname: server.host, port: server.port }, server.tls === 'implicit' ? 'on' : 'starttls');
  const open: { line: Line } = { line: createLine(socket) };
  const stop = abortOf(server.deadline);
  try {
    await Promise.race([converse(server, message, open), stop.promise]);
  } finally {
    stop.forget();
    // Nobody waits for the end of a connection.
    void open.line.close().catch(() => undefined);
  }
}

async function converse(server: MailServer, message: MailMessage, open: { line: Line }): Promise<void> {
  await open.line.opened;
  await expect(open.line, 2);
  let offers = await hello(open.line);
  if (server.tls === 'starttls') {
    if (!offers.has('STARTTLS')) throw new MailRefused('does not offer STARTTLS, and nothing is sent without encryption', false);
    await say(open.line, 'STARTTLS', 2);
    // Bytes that came before the encryption may be somebody else's (CVE-2011-0411).
    if (open.line.hasMore()) throw new MailRefused('sent something between STARTTLS and the encryption', false);
    open.line = createLine(open.line.startTls());
    await open.line.opened;
    offers = await hello(open.line);
  }
  if (server.login !== undefined) await logIn(open.line, offers, server.login);
  await say(open.line, `MAIL FROM:<${message.from}>`, 2);
  await say(open.line, `RCPT TO:<${message.to}>`, 2);
  await say(open.line, 'DATA', 3);
  // A line that is a dot alone would end the mail.
  await say(open.line, `${composeMail(message).replace(/^\./gm, '..')}\r\n.`, 2);
  await open.line.write('QUIT\r\n').catch(() => undefined);
}

async function hello(line: Line): Promise<ReadonlyMap<string, string>> {
  const lines = await say(line, 'EHLO plumbline.invalid', 2);
  return new Map(
    lines.slice(1).map((offer) => {
      const [word = '', ...rest] = offer.trim().toUpperCase().split(/[ =]+/);
      return [word, rest.join(' ')];
    }),
  );
}

async function logIn(
  line: Line,
  offers: ReadonlyMap<string, string>,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  const ways = (offers.get('AUTH') ?? '').split(' ');
  if (ways.includes('PLAIN')) await say(line, `AUTH PLAIN ${base64(`\u0000${username}\u0000${password}`)}`, 2);
  else if (ways.includes('LOGIN')) {
    await say(line, 'AUTH LOGIN', 3);
    await say(line, base64(username), 3);
    await say(line, base64(password), 2);
  } else throw new MailRefused('offers no way to log in that is known here (PLAIN, LOGIN)', false);
}

/** Writes a command and reads its reply. */
async function say(line: Line, command: string, expected: 2 | 3): Promise<readonly string[]> {
  await line.write(`${command}\r\n`);
  return expect(line, expected);
}

/** Reads a reply, which may have several lines (`250-…`, `250 …`); throws MailRefused when its code is another one. */
async function expect(line: Line, expected: 2 | 3): Promise<readonly string[]> {
  const lines: string[] = [];
  for (;;) {
    const text = await line.read();
    const match = /^(\d)\d\d([ -]?)(.*)$/.exec(text);
    if (match === null) throw new MailRefused('does not speak SMTP', false);
    lines.push(match[3] ?? '');
    if (match[2] === '-') continue;
    if (match[1] === String(expected)) return lines;
    throw new MailRefused(`${text.slice(0, 3)} ${lines.join(' ')}`, match[1] === '4');
  }
}

interface Line {
  readonly opened: Promise<unknown>;
  write(text: string): Promise<void>;
  /** The next line, without its end. */
  read(): Promise<string>;
  /** True when something was read that nobody asked for yet. */
  hasMore(): boolean;
  startTls(): PlainSocket;
  close(): Promise<void>;
}

function createLine(socket: PlainSocket): Line {
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  const decoder = new TextDecoder();
  let buffer = '';
  return {
    opened: socket.opened,
    write: (text) => writer.write(new TextEncoder().encode(text)),
    async read() {
      for (;;) {
        const end = buffer.indexOf('\n');
        if (end !== -1) {
          const line = buffer.slice(0, end).replace(/\r$/, '');
          buffer = buffer.slice(end + 1);
          return line;
        }
        if (buffer.length > MAX_REPLY) throw new MailRefused('sends lines without end', false);
        const { done, value } = await reader.read();
        if (done || value === undefined) throw new MailRefused('ended the connection', true);
        buffer += decoder.decode(value, { stream: true });
      }
    },
    hasMore: () => buffer !== '',
    startTls() {
      reader.releaseLock();
      writer.releaseLock();
      return socket.startTls();
    },
    close: () => socket.close(),
  };
}

/** A promise that fails when the signal fires. */
function abortOf(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  let forget = () => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const fire = () => reject(signal.reason as Error); // AbortSignal.timeout gives a DOMException
    if (signal.aborted) fire();
    signal.addEventListener('abort', fire);
    forget = () => signal.removeEventListener('abort', fire);
  });
  return { promise, forget: () => forget() };
}
