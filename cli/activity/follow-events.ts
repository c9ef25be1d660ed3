import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { ServerEvent } from '../../core/api/event-parser.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure } from '../failure.ts';

const RETRY_MS = 1_000;

/** What following tells: something that happened, or words about the connection. */
export type Followed = { readonly event: ActivityEvent } | { readonly note: string };

/** Opens the stream of everything that happens from now on; it comes back by itself when the connection breaks, where it was. */
export async function followEvents(api: ApiClient): Promise<Result<AsyncGenerator<Followed, Failure>, Failure>> {
  const first = await api.stream('GET /stream', { query: {} });
  return first.ok ? ok(follow(api, first.value)) : first;
}

/** Ends only when the Worker no longer lets the caller look: gives why. */
async function* follow(api: ApiClient, first: AsyncIterable<ServerEvent>): AsyncGenerator<Followed, Failure> {
  let stream = first;
  let after: string | undefined;
  for (;;) {
    try {
      for await (const { event, data, id } of stream) {
        after = id ?? after;
        if (event === 'activity')
          yield { event: JSON.parse(data) as ActivityEvent }; // the Worker writes it (core/api/board.ts)
        else if (event === 'reset') yield { note: 'some of what happened meanwhile may be missing: `plumb activity` has it' };
        else if (event === 'end') return ended(data);
      }
    } catch (error) {
      yield { note: `the connection broke (${error instanceof Error ? error.message : String(error)}); trying again` };
    }
    const again = yield* reopen(api, after);
    if (!again.ok) return again.error;
    stream = again.value;
  }
}

async function* reopen(
  api: ApiClient,
  after: string | undefined,
): AsyncGenerator<Followed, Result<AsyncIterable<ServerEvent>, Failure>> {
  for (let isFirst = true; ; isFirst = false) {
    await sleep(RETRY_MS);
    const stream = await api.stream('GET /stream', { query: { after } });
    // Who is refused now is refused for good; who cannot reach the Worker may in a moment.
    if (stream.ok || stream.error.code?.startsWith('api.') === true) return stream;
    if (isFirst) yield { note: `${stream.error.message}; trying again` };
  }
}

function ended(data: string): Failure {
  const { reason = 'ended' } = JSON.parse(data) as { readonly reason?: string }; // the Worker writes it (src/api/live-response.ts)
  const why = reason === 'revoked' ? 'your session or token was revoked' : reason;
  return err({ exit: EXIT.refused, code: 'api.unauthenticated', message: `the Worker ended the stream: ${why}` }).error;
}
