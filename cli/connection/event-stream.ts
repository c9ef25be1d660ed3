import { createEventParser, type ServerEvent } from '../../core/api/event-parser.ts';

/** The events of a body, until it ends. Throws when the connection breaks, or an event is longer than any of ours. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const parse = createEventParser();
  const decoder = new TextDecoder();
  for await (const chunk of body) yield* parse(decoder.decode(chunk, { stream: true }));
}
