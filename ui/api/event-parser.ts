/** One server-sent event: `id` is undefined where the event has none. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

/**
 * Reads server-sent events (HTML standard, 9.2.6) from text that arrives in pieces: fields end with LF, CR or CRLF, an empty line ends an event,
 * lines that begin with a colon are comments. Gives the events that became whole with this piece.
 */
export function createEventParser(): (piece: string) => readonly ServerEvent[] {
  let rest = '';
  let event = '';
  let id: string | undefined;
  let data: string[] = [];
  return (piece) => {
    const found: ServerEvent[] = [];
    const text = rest + piece;
    // A CR at the very end may be half of a CRLF.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? '') + text.slice(end);
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0)
          found.push({ event: event || 'message', data: data.join('\n'), ...(id === undefined ? {} : { id }) });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const name = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'event') event = value;
      else if (name === 'data') data.push(value);
      else if (name === 'id') id = value;
    }
    return found;
  };
}
