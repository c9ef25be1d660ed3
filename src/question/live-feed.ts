/**
 * One listener's server-sent events, made in the Cluster object and handed through as they are:
 *
 *   retry: 2000                    first, at once: the headers of an answer travel with its first bytes
 *   event: <name> LF data: <JSON>  a message; JSON holds no line feed, so nothing in it can end a line (threat S40)
 *   : alive                        a comment every 15 s, as proxies close what is silent
 *
 * What the listener has not read yet waits here, up to a bound: one who is slower than that is let go, and its EventSource comes back for the whole.
 */
export interface LiveFeed {
  readonly stream: ReadableStream<Uint8Array>;
  readonly send: (event: string, data: unknown) => void;
  /** Nothing more will come; what waits is still read. */
  readonly end: () => void;
  readonly isOpen: () => boolean;
}

const ALIVE_MS = 15_000;
const MAX_WAITING_CHARACTERS = 4_000_000;

/** Opens the stream of one listener. */
export function createLiveFeed(parts: {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** The listener has gone, or was let go. */
  readonly onClose: () => void;
}): LiveFeed {
  const encoder = new TextEncoder();
  let waiting = 'retry: 2000\n\n';
  let isEnding = false;
  let isClosed = false;
  let woken = new AbortController();

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    waiting = '';
    woken.abort();
    parts.onClose();
  };

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (waiting === '' && !isEnding && !isClosed) {
          woken = new AbortController();
          await parts.sleep(ALIVE_MS, woken.signal);
        }
        if (waiting === '' && (isEnding || isClosed)) {
          close();
          controller.close();
          return;
        }
        const text = waiting === '' ? ': alive\n\n' : waiting;
        waiting = '';
        controller.enqueue(encoder.encode(text));
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );

  return {
    stream,
    send(event, data) {
      if (isEnding || isClosed) return;
      waiting += `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (waiting.length > MAX_WAITING_CHARACTERS) close();
      else woken.abort();
    },
    end() {
      isEnding = true;
      woken.abort();
    },
    isOpen: () => !isClosed,
  };
}
