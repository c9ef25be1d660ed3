import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpStream } from '../platform/http.ts';
import { toApiFailure, toNetworkFailure } from './api-failure.ts';
import type { KindInfo, LiveObject, WatchEnd, WatchOptions } from './cluster-api.ts';
import type { Connection } from './connection.ts';

/**
 * One watch: JSON documents, one a line, over an answer that never ends.
 *
 * The server sends a bookmark about once a minute, so a stream that is silent for longer has stalled, however open it looks (threat F08);
 * it also ends every watch after some minutes by itself. Both only mean: watch again from the last resourceVersion. 410 means that
 * the server forgot that version: list again (threat F07).
 */
const STALLED_AFTER_MS = 150_000;
const SERVER_TIMEOUT_SECONDS = 540;
const HEADERS_TIMEOUT_MS = 30_000;
const MAX_LINE_BYTES = 16 * 1024 * 1024;

interface WatchTarget {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly path: string;
  readonly accept: string;
  readonly kind: KindInfo;
}

export async function watchKind(target: WatchTarget, options: WatchOptions): Promise<WatchEnd> {
  const { connection, clock, kind } = target;
  const context = { where: `watch of ${kind.plural}`, secret: kind.plural === 'secrets' };
  const version = encodeURIComponent(options.resourceVersion);
  const query = `?watch=1&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=${SERVER_TIMEOUT_SECONDS}${options.fieldSelector === undefined ? '' : `&fieldSelector=${encodeURIComponent(options.fieldSelector)}`}`;
  const opened = await connection.client.stream({
    method: 'GET',
    url: connection.server + target.path + query,
    headers: { ...(await connection.headers()), accept: target.accept },
    timeoutMs: HEADERS_TIMEOUT_MS,
    signal: options.signal,
  });
  if (!opened.ok) {
    if (opened.error.kind === 'aborted') return { reason: 'aborted' };
    // An idle agent makes no other requests that would find out that a certificate was rotated or the server has moved.
    await connection.reload();
    return { reason: 'failed', failure: toNetworkFailure(opened.error, context) };
  }
  const stream = opened.value;
  if (stream.status === 410) {
    stream.close();
    return { reason: 'expired' };
  }
  if (stream.status >= 300) {
    if (stream.status === 401) await connection.reload();
    const body = await firstBytes(stream);
    return { reason: 'failed', failure: toApiFailure({ status: stream.status, headers: stream.headers, body }, context) };
  }
  return readEvents(stream, { clock, options, kind });
}

interface Reading {
  readonly clock: Clock;
  readonly options: WatchOptions;
  readonly kind: KindInfo;
}

async function readEvents(stream: HttpStream, { clock, options, kind }: Reading): Promise<WatchEnd> {
  let stalled = false;
  let stopTimer = (): void => {};
  const expectMore = (): void => {
    stopTimer();
    stopTimer = clock.after(STALLED_AFTER_MS, () => {
      stalled = true;
      stream.close();
    });
  };
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  let rest: Buffer = NOTHING;
  expectMore();
  try {
    for await (const chunk of stream.chunks) {
      expectMore();
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = data.indexOf(10, from); end !== -1; end = data.indexOf(10, from)) {
        const over = deliver(data.subarray(from, end), apiVersion, kind, options);
        if (over !== undefined) return over;
        from = end + 1;
      }
      // Copied to memory of its own size: a view would keep the whole chunk, and a pooled copy the whole pool.
      rest = from === data.length ? NOTHING : copyOf(data.subarray(from));
      if (rest.length > MAX_LINE_BYTES) return { reason: 'expired' };
    }
    return { reason: options.signal.aborted ? 'aborted' : 'closed' };
  } catch {
    // The connection broke; what was seen stays true, so it goes on from the last resourceVersion.
    return { reason: options.signal.aborted ? 'aborted' : stalled ? 'stalled' : 'closed' };
  } finally {
    stopTimer();
    stream.close();
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Hands one line on; the end of the watch when the line says so. */
function deliver(line: Buffer, apiVersion: string, kind: KindInfo, options: WatchOptions): WatchEnd | undefined {
  if (line.length === 0) return undefined;
  let event: Json;
  try {
    event = JSON.parse(line.toString()) as Json;
  } catch {
    return { reason: 'closed' };
  }
  if (!isJsonObject(event) || !isJsonObject(event['object'])) return undefined;
  const live = toLiveObject({ ...event['object'], ...(event['type'] === 'ERROR' ? {} : { apiVersion, kind: kind.kind }) });
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
      options.onEvent({ type: 'changed', live });
      return undefined;
    case 'DELETED':
      options.onEvent({ type: 'deleted', live });
      return undefined;
    case 'BOOKMARK':
      options.onEvent({ type: 'bookmark', resourceVersion: live.resourceVersion });
      return undefined;
    default:
      // ERROR carries a Status: 410 Gone, or something that a new list clears up as well.
      return { reason: 'expired' };
  }
}

function toLiveObject(object: JsonObject): LiveObject {
  const metadata: JsonObject = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return { object, uid: String(metadata['uid'] ?? ''), resourceVersion: String(metadata['resourceVersion'] ?? '') };
}

async function firstBytes(stream: HttpStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream.chunks) {
      chunks.push(chunk);
      if (chunks.length >= 4) break;
    }
  } catch {
    // Whatever arrived is enough for a message.
  }
  stream.close();
  return Buffer.concat(chunks);
}
