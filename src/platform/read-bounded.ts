import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';

/**
 * Reads the body of a request (or response) of at most `limit` bytes. A declared length over the limit is refused before anything is read,
 * an undeclared or false one as soon as the bytes exceed it: never is more than the limit and one chunk held (S24).
 * Fails with api.too_large, or api.invalid when the sender went away.
 */
export async function readBounded(
  message: { readonly headers: { get(name: string): string | null }; readonly body: ReadableStream<Uint8Array> | null },
  limit: number,
): Promise<Result<Uint8Array, Problem>> {
  const tooLarge = err(problem('api.too_large', `the body is larger than ${limit} bytes`));
  const declared = message.headers.get('content-length');
  if (declared !== null && Number(declared) > limit) {
    await message.body?.cancel().catch(() => {});
    return tooLarge;
  }
  if (message.body === null) return ok(new Uint8Array(0));
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = message.body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.byteLength;
      if (length > limit) {
        await reader.cancel().catch(() => {});
        return tooLarge;
      }
      chunks.push(next.value);
    }
  } catch {
    // A stream fails only when its sender does.
    return err(problem('api.invalid', 'the body did not arrive completely'));
  }
  return ok(concatenate(chunks, length));
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
