import type { Context } from 'hono';
import { sleep } from '../platform/clock.ts';
import type { ApiEnv } from './api-env.ts';
import { authoriseAgain } from './authorise.ts';

/** How often the Access object may fail to answer before a stream ends: nobody keeps what cannot be checked. */
const MAX_FAILURES = 3;
const PAUSE_MS = 1_000;

/**
 * Answers with server-sent events for as long as the caller may have them (S32): the Access object is asked all the time, its answer comes at once when a
 * session, token, role or policy changes. The stream then ends with `event: end` and `{"reason": "revoked"}`; `c.get('may')` follows the policy meanwhile.
 */
export function liveResponse(c: Context<ApiEnv>, stream: ReadableStream<Uint8Array>): Response {
  const reader = stream.getReader();
  const revoked = untilRevoked(c);
  let isOver = false;
  const live = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await Promise.race([reader.read(), revoked.promise]);
        if (next === 'revoked') {
          isOver = true;
          controller.enqueue(new TextEncoder().encode('event: end\ndata: {"reason":"revoked"}\n\n'));
          controller.close();
          await reader.cancel().catch(() => undefined);
        } else if (next.done) {
          isOver = true;
          revoked.stop();
          controller.close();
        } else {
          controller.enqueue(next.value);
        }
      },
      async cancel(reason) {
        isOver = true;
        revoked.stop();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  void revoked.watch(() => isOver);
  return new Response(live, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}

function untilRevoked(c: Context<ApiEnv>) {
  const { promise, resolve } = Promise.withResolvers<'revoked'>();
  let isStopped = false;
  return {
    promise,
    stop: () => {
      isStopped = true;
    },
    async watch(isOver: () => boolean): Promise<void> {
      const access = c.get('access');
      for (let failures = 0; !isStopped && !isOver(); ) {
        try {
          if (!(await access.follow()) || !(await authoriseAgain(c, access))) return resolve('revoked');
          failures = 0;
        } catch {
          if (++failures >= MAX_FAILURES) return resolve('revoked');
          await sleep(PAUSE_MS);
        }
      }
    },
  };
}
