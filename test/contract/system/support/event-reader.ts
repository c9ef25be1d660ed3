/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Reads an event stream as a browser would. */
export interface EventReader {
  readonly seen: ServerEvent[];
  readonly status: number;
  /** The next event, or one seen before, that fits; fails after `ms`. */
  until(holds: (event: ServerEvent) => boolean, ms?: number): Promise<ServerEvent>;
  /** Resolves when the other side has ended the stream. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export async function readEvents(url: string, token: string): Promise<EventReader> {
  const stop = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
  const seen: ServerEvent[] = [];
  let wake = (): void => {};
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (event !== undefined && data !== undefined) seen.push({ event, data: JSON.parse(data) });
      }
      wake();
    }
  };
  const ended = read().catch(() => undefined);
  return {
    seen,
    status: response.status,
    ended,
    async until(holds, ms = 20_000) {
      const deadline = Date.now() + ms;
      for (;;) {
        const found = seen.find(holds);
        if (found !== undefined) return found;
        if (Date.now() > deadline)
          throw new Error(`no such event in ${ms} ms (status ${response.status}): ${JSON.stringify(seen).slice(-2000)}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 200);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    async close() {
      stop.abort();
      await ended;
    },
  };
}
