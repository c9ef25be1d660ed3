import type { BoardMessage } from '../../core/api/board.ts';

/**
 * Turns the Board's lines (src/board/feed.ts) into server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `id`, `event` and
 * one line of JSON as `data`. JSON has no line breaks of its own, so nothing that it says can end its field (S40). What `see` hides is left out; a
 * comment stands for it, so that an id never lags behind far.
 */
export function toEventStream(see: (message: BoardMessage) => BoardMessage | undefined): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) controller.enqueue(encoder.encode(toEvent(line, see)));
    },
  });
}

function toEvent(line: string, see: (message: BoardMessage) => BoardMessage | undefined): string {
  if (line === '') return ':\n\n';
  const message = JSON.parse(line) as BoardMessage & { readonly id: string }; // the feed wrote it
  const seen = see(message);
  return seen === undefined ? `:\n\n` : `id: ${message.id}\nevent: ${seen.event}\ndata: ${JSON.stringify(seen.data)}\n\n`;
}
