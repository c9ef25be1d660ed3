/**
 * Server-sent events (HTML standard, 9.2.6) as the streams of the API write them: lines `event:`, `data:` and `id:`, an empty line behind each event, lines
 * that begin with a colon to keep the connection alive. Line ends are LF, CR or CRLF. An event without data is none; `retry:` and unknown fields are ignored.
 */
export interface ServerEvent {
  readonly event: string;
  /** JSON, in all streams of this API. */
  readonly data: string;
  /** The newest id that was named up to here, absent before the first. */
  readonly id?: string;
}

/** Longer than this is no event of ours, but somebody who fills the memory. */
const MAX_EVENT = 16 * 1024 * 1024;

/**
 * Gives a reader of one stream, which keeps its place: it takes the next characters and gives the events that became whole with them. It throws when an event
 * is longer than any of ours: whoever reads closes the connection, as for any other that broke.
 */
export function createEventParser(): (piece: string) => readonly ServerEvent[] {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let size = 0;
  let id: string | undefined;
  const take = (line: string, found: ServerEvent[]): void => {
    if (line === '') {
      if (data.length > 0) found.push({ event: event || 'message', data: data.join('\n'), ...(id === undefined ? {} : { id }) });
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
  return (piece) => {
    const found: ServerEvent[] = [];
    const text = rest + piece;
    // A CR at the very end may be half of a CRLF.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? '') + text.slice(end);
    for (const line of lines) take(line, found);
    if (rest.length + size > MAX_EVENT) throw new Error('the Worker sends an event that is too long');
    return found;
  };
}
