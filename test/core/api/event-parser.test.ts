import { describe, expect, it } from 'vitest';
import { createEventParser } from '../../../core/api/event-parser.ts';

describe('server-sent events', () => {
  const all = (...pieces: readonly string[]) => {
    const parse = createEventParser();
    return pieces.flatMap((piece) => parse(piece));
  };
  const TWO = [
    { event: 'activity', data: '{"a":1}', id: '7' },
    { event: 'message', data: 'x\ny', id: '7' },
  ];

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('are read whatever ends their lines: %s', (_, end) => {
    const lines = [': alive', 'event: activity', 'id: 7', 'data: {"a":1}', '', 'data: x', 'data:y', 'retry: 5', '', ''];
    expect(all(`${lines.join(end)}${end}`)).toEqual(TWO);
  });

  it('are read with mixed line ends; an id holds until the next', () =>
    expect(all('data: first\n\nid: 7\ndata: x\r\n\r\nevent: none\n\nid:8\rdata:y\r\r:end\n')).toEqual([
      { event: 'message', data: 'first' },
      { event: 'message', data: 'x', id: '7' },
      { event: 'message', data: 'y', id: '8' },
    ]));

  it('are read wherever the network cuts them', () => {
    const text = 'event: activity\r\nid: 7\r\ndata: {"a":1}\r\n\r\ndata: x\r\ndata: y\r\n\r\n: end\n';
    expect(all(...text)).toEqual(TWO);
    for (let cut = 1; cut < text.length; cut++) expect(all(text.slice(0, cut), text.slice(cut))).toEqual(TWO);
  });

  it('without data are none, and what is not complete is not told', () =>
    expect(all('event: activity\n\nid: 3\n\ndata: never ended\n')).toEqual([]));

  it('that never end are refused', () => expect(() => all('data: ', 'x'.repeat(20 * 1024 * 1024))).toThrow('too long'));
});
