import type { BoardMessage } from '../../core/api/board.ts';

/**
 * What the Board tells to those who listen: a ring of the newest messages, and a place in it for each listener. Nothing is queued for anybody, so a
 * listener who is slow costs nothing; one who falls behind the ring is told to read the board again (`reset`).
 *
 * On the wire one message is one line of JSON, `{"id", "event", "data"}`; an empty line says that the stream is alive. `id` is
 * `<epoch>-<number>`: numbers mean something within the life of one object only, and an id of another life gives a `reset`.
 */
export interface Feed {
  /** The id of the newest message. */
  cursor(): string;
  publish(message: BoardMessage): void;
  /** Messages behind `after`; of now on when it is undefined. Ends when the listener cancels. */
  listen(after: string | undefined): ReadableStream<Uint8Array>;
}

/** How many messages a listener may be behind. */
const KEPT_MESSAGES = 2_000;
/** Proxies close what is silent for long. */
const ALIVE_MS = 15_000;

/** Streams of what changes, to any number of listeners; `epoch` sets their event ids apart from those of an earlier life. */
export function createFeed(parts: {
  readonly epoch: string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}): Feed {
  const encoder = new TextEncoder();
  const ring: string[] = [];
  /** The number of the newest message; the ring ends with it. */
  let newest = 0;
  const waiting = new Set<AbortController>();
  const idOf = (n: number) => `${parts.epoch}-${n}`;

  const placeOf = (after: string): number | undefined => {
    const [, epoch, number] = /^([0-9a-z]+)-(\d{1,15})$/.exec(after) ?? [];
    const n = Number(number);
    return epoch === parts.epoch && n <= newest && n >= newest - ring.length ? n : undefined;
  };

  const next = async (): Promise<void> => {
    const woken = new AbortController();
    waiting.add(woken);
    await parts.sleep(ALIVE_MS, woken.signal);
    waiting.delete(woken);
  };

  return {
    cursor: () => idOf(newest),
    publish(message) {
      newest++;
      ring.push(JSON.stringify({ id: idOf(newest), ...message }));
      if (ring.length > KEPT_MESSAGES) ring.shift();
      for (const woken of waiting) woken.abort();
    },
    listen(after) {
      let place = after === undefined ? newest : placeOf(after);
      let isFirst = true;
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const say = (line: string) => controller.enqueue(encoder.encode(`${line}\n`));
            // Said at once: the headers of an answer travel with its first bytes.
            if (isFirst) say('');
            isFirst = false;
            if (place === newest) await next();
            if (place === undefined || place < newest - ring.length) {
              place = newest;
              say(JSON.stringify({ id: idOf(newest), event: 'reset', data: {} } satisfies BoardMessage & { id: string }));
              return;
            }
            const lines = ring.slice(ring.length - (newest - place));
            place = newest;
            say(lines.join('\n'));
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}
