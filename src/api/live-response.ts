import type { Context } from 'hono';
import type { ApiEnv } from './api.ts';

/** Answers with server-sent events, for as long as the caller may have them. */
export function liveResponse(_c: Context<ApiEnv>, stream: ReadableStream<Uint8Array>): Response {
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}
