/** Longer than anything that stock Git sends: it ends each round of negotiation at 16,384 haves of 50 bytes. */
const MAX_BODY = 2 * 1024 * 1024;

/**
 * Reads a request's body, decompressed when it says that it is gzip (Git does that above 1 kB). Never holds more than the limit, whatever the
 * sender declares. Gives `too_large`, or `broken` for what is not gzip although it says so.
 */
export async function readBody(request: Request): Promise<Uint8Array | 'too_large' | 'broken'> {
  if (request.body === null) return new Uint8Array(0);
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding === 'identity') return readBounded(request.body);
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return 'broken';
  return readBounded(request.body.pipeThrough(new DecompressionStream('gzip')));
}

async function readBounded(stream: ReadableStream<Uint8Array>): Promise<Uint8Array | 'too_large' | 'broken'> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MAX_BODY) {
        // The rest is nobody's business any more; a failure to cancel changes nothing.
        reader.cancel().catch(() => undefined);
        return 'too_large';
      }
      pieces.push(value);
    }
  } catch {
    return 'broken';
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
