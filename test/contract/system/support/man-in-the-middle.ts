import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PollRequest, PollResponse, Report } from '../../../../core/protocol/messages.ts';

/** Somebody between an agent and its Worker, who may read everything and change every answer. */
export interface ManInTheMiddle {
  readonly url: string;
  /** The next poll is answered with this instead, at once; a text is sent as it is. The poll after that has no news. */
  offer(answer: unknown): void;
  /** Bundles on their way are changed by this until it is taken back. */
  swapBundles(swap: ((bundle: unknown) => unknown) | undefined): void;
  /** What the agent asked with last. */
  lastPoll(): PollRequest | undefined;
  /** The last answer of the Worker that held a snapshot. */
  lastAnswer(): PollResponse | undefined;
  readonly reports: readonly Report[];
  stop(): Promise<void>;
}

/** Starts one in front of a Worker that may not be there yet. */
export async function startManInTheMiddle(upstream: string): Promise<ManInTheMiddle> {
  const reports: Report[] = [];
  const offers: (string | undefined)[] = [];
  let lastPoll: PollRequest | undefined;
  let lastAnswer: PollResponse | undefined;
  let swap: ((bundle: unknown) => unknown) | undefined;
  let interrupt = () => {};

  const changed = (body: Buffer, path: string): Buffer => {
    if (body.length === 0) return body;
    if (path.startsWith('/agent/bundles/')) return swap === undefined ? body : Buffer.from(JSON.stringify(swap(parse(body))));
    const answer = parse(body) as PollResponse; // of our own Worker
    if (answer.snapshot !== undefined) lastAnswer = answer;
    if (swap === undefined) return body;
    const bundles = Object.fromEntries(Object.entries(answer.bundles).map(([digest, bundle]) => [digest, swap?.(bundle)]));
    return Buffer.from(JSON.stringify({ ...answer, bundles }));
  };

  /** Answers with the next offer if there is one; the undefined behind each offer says that there is no news. */
  const answerOffer = (response: ServerResponse): boolean => {
    if (offers.length === 0) return false;
    const offered = offers.shift();
    if (offered === undefined) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(offered);
    return true;
  };

  const server = createServer(async (incoming, response) => {
    const path = incoming.url ?? '/';
    const body = await readAll(incoming);
    const isPoll = path === '/agent/poll';
    if (isPoll) lastPoll = parse(body) as PollRequest; // of our own agent
    if (path === '/agent/report') reports.push(parse(body) as Report);
    if (isPoll && answerOffer(response)) return;
    const forwarded = send(upstream + path, { method: incoming.method, headers: incoming.headers }, async (answer) => {
      const received = await readAll(answer).catch(() => undefined);
      if (response.headersSent || received === undefined) return;
      const isJudged = answer.statusCode === 200 && (isPoll || path.startsWith('/agent/bundles/'));
      const out = isJudged ? changed(received, path) : received;
      const { 'content-length': _, 'transfer-encoding': __, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, headers).end(out);
    });
    forwarded.on('error', () => {
      if (!response.headersSent) response.writeHead(502).end();
    });
    if (isPoll)
      interrupt = () => {
        if (response.headersSent || !answerOffer(response)) return;
        forwarded.destroy();
      };
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a listening TCP server has one
    offer(answer) {
      offers.push(typeof answer === 'string' ? answer : JSON.stringify(answer), undefined);
      interrupt();
    },
    swapBundles(next) {
      swap = next;
    },
    lastPoll: () => lastPoll,
    lastAnswer: () => lastAnswer,
    reports,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString());
}
