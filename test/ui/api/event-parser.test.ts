import { expect, it } from 'vitest';
import { createEventParser } from '../../../ui/api/event-parser.ts';

const TEXT = ': hello\n\nevent: apps\nid: 7\ndata: {"a":\ndata: 1}\n\ndata: x\r\n\r\nevent: none\n\nid:8\rdata:y\r\r:end\n';
const EVENTS = [
  { event: 'apps', data: '{"a":\n1}', id: '7' },
  { event: 'message', data: 'x', id: '7' },
  { event: 'message', data: 'y', id: '8' },
];

it('server-sent events are read with any line end, comments and empty events are none', () =>
  expect(createEventParser()(TEXT)).toEqual(EVENTS));

it('events are the same however they are cut', () => {
  for (let size = 1; size < 9; size++) {
    const parse = createEventParser();
    const pieces = TEXT.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
    expect(pieces.flatMap((piece) => parse(piece))).toEqual(EVENTS);
  }
});
