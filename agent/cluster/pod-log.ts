import { err, ok, type Result } from '../../core/result.ts';
import { toApiFailure, toNetworkFailure } from './api-failure.ts';
import type { ApiFailure, LogOptions, LogStream } from './cluster-api.ts';
import type { Connection } from './connection.ts';

const HEADERS_TIMEOUT_MS = 20_000;
const MAX_REFUSAL_BYTES = 16_384;

/** Opens the log at a path (`/api/v1/namespaces/…/pods/…/log`). The caller closes it; an aborted signal does too. */
export async function readLog(connection: Connection, path: string, options: LogOptions): Promise<Result<LogStream, ApiFailure>> {
  const query = new URLSearchParams({ tailLines: String(options.tailLines) });
  if (options.container !== undefined) query.set('container', options.container);
  if (options.sinceSeconds !== undefined) query.set('sinceSeconds', String(options.sinceSeconds));
  if (options.previous) query.set('previous', 'true');
  if (options.follow) query.set('follow', 'true');
  const opened = await connection.client.stream({
    method: 'GET',
    url: `${connection.server}${path}?${query}`,
    headers: { ...(await connection.headers()), accept: '*/*' },
    timeoutMs: HEADERS_TIMEOUT_MS,
    signal: options.signal,
  });
  const context = { where: 'the log of a Pod', secret: false };
  if (!opened.ok) return err(toNetworkFailure(opened.error, context));
  const { status, headers, chunks, close } = opened.value;
  if (status < 300) return ok({ chunks, close });
  return err(toApiFailure({ status, headers, body: await firstBytes(opened.value) }, context));
}

async function firstBytes({ chunks, close }: LogStream): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      kept.push(chunk);
      size += chunk.length;
      if (size > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // Whatever arrived is enough for a message.
  }
  close();
  return Buffer.concat(kept);
}
