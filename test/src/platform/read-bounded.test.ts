import { expect, test } from 'vitest';
import { readBounded } from '../../../src/platform/read-bounded.ts';

/** A body that never ends, and counts what was asked of it. */
function endless(chunk: number) {
  const state = { given: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      state.given += chunk;
      controller.enqueue(new Uint8Array(chunk));
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { state, body };
}

async function outcome(result: ReturnType<typeof readBounded>): Promise<string | number> {
  const read = await result;
  return read.ok ? read.value.byteLength : read.error.code;
}

test('a body within the limit is returned whole, from one chunk or several', async () => {
  const bytes = new TextEncoder().encode('hello');
  expect(await outcome(readBounded(new Response(bytes), 5))).toBe(5);
  const chunked = new Response(
    new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    }),
  );
  const read = await readBounded(chunked, 5);
  expect(read.ok && new TextDecoder().decode(read.value)).toBe('hello');
});

test('no body is an empty one', async () => {
  expect(await outcome(readBounded(new Response(null), 5))).toBe(0);
});

test('S24: a declared length over the limit is refused before anything is read', async () => {
  const { state, body } = endless(1000);
  const headers = new Headers({ 'content-length': '50000000' });
  const before = state.given;
  expect(await outcome(readBounded({ headers, body }, 1000))).toBe('api.too_large');
  expect(state).toEqual({ given: before, cancelled: true });
});

test('S24: an endless body is refused once it exceeds the limit, whatever length it declares', async () => {
  for (const declared of [undefined, '10', 'nonsense', '-1']) {
    const { state, body } = endless(1000);
    const headers = new Headers(declared === undefined ? {} : { 'content-length': declared });
    expect(await outcome(readBounded({ headers, body }, 10_000))).toBe('api.too_large');
    expect(state.cancelled).toBe(true);
    expect(state.given).toBeLessThanOrEqual(13_000);
  }
});

test('a sender that goes away is a problem, not an exception', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('reset'));
    },
  });
  expect(await outcome(readBounded({ headers: new Headers(), body }, 10))).toBe('api.invalid');
});
