/**
 * Server-sent events as the Worker writes them: lines `event:`, `data:` and `id:`, an empty line behind each event, lines that begin with a
 * colon to keep the connection alive. Line ends are LF, CR or CRLF. An event without data is none; `retry:` and unknown fields are ignored.
 */
export interface ServerEvent {
  readonly event: string;
  /** JSON, in all streams of this API. */
  readonly data: string;
  /** The newest id that was named up to here, empty before the first. */
  readonly id: string;
}

/** Longer than this is no event of ours, but somebody who fills the memory. */
const MAX_EVENT = 16 * 1024 * 1024;

export interface EventParser {
  /** Takes the next characters; gives the events that are complete with them. */
  push(text: string): readonly ServerEvent[];
}

/** A parser with its place in the stream. Throws when an event is longer than any of ours. */
export function createEventParser(): EventParser {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let size = 0;
  let id = '';
  const take = (line: string, found: ServerEvent[]): void => {
    if (line === '') {
      if (data.length > 0) found.push({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
      [event, data, size] = ['', [], 0];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'data') {
      data.push(value);
      size += value.length;
    }
  };
  return {
    push(text) {
      const found: ServerEvent[] = [];
      rest += text;
      for (;;) {
        const match = /\r\n|\n|\r/.exec(rest);
        // A CR at the end may be half of a CRLF.
        if (match === null || (match[0] === '\r' && match.index === rest.length - 1)) break;
        take(rest.slice(0, match.index), found);
        rest = rest.slice(match.index + match[0].length);
      }
      if (rest.length + size > MAX_EVENT) throw new Error('the Worker sends an event that is too long');
      return found;
    },
  };
}

/** The events of a body, until it ends. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const parser = createEventParser();
  const decoder = new TextDecoder();
  for await (const chunk of body) yield* parser.push(decoder.decode(chunk, { stream: true }));
}
