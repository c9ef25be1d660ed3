import { readBounded } from '../platform/read-bounded.ts';

/** Longer than anything that stock Git sends: it ends each round of negotiation at 16,384 haves of 50 bytes. */
const MAX_BODY = 2 * 1024 * 1024;

/**
 * Reads a request's body, decompressed when it says that it is gzip (Git does that above 1 kB). Never holds more than the limit, whatever the
 * sender declares. Gives `too_large`, or `broken` for what is not gzip although it says so.
 */
export async function readBody(request: Request): Promise<Uint8Array | 'too_large' | 'broken'> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  const isGzip = encoding === 'gzip' || encoding === 'x-gzip';
  if (!isGzip && encoding !== 'identity') return 'broken';
  // What a compressed body declares is not the length that counts.
  const whole = isGzip ? new Response(request.body?.pipeThrough(new DecompressionStream('gzip')) ?? null) : request;
  const body = await readBounded(whole, MAX_BODY);
  if (body.ok) return body.value;
  return body.error.code === 'api.too_large' ? 'too_large' : 'broken';
}
