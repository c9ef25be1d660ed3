import { describe, expect, test } from 'vitest';
import { parseAnsi, stripAnsi } from '../../../ui/app/logs/ansi.ts';
import { addLines, EMPTY_LOG, findLines, toLogText } from '../../../ui/app/logs/log-buffer.ts';

describe('the colours of a log line', () => {
  test('become names of styles', () => {
    expect(parseAnsi('a\u001b[1;31mb\u001b[0mc\u001b[94md')).toEqual([
      { text: 'a', styles: [] },
      { text: 'b', styles: ['fg1', 'bold'] },
      { text: 'c', styles: [] },
      { text: 'd', styles: ['fg12'] },
    ]);
  });

  test('of 256 and of millions are read over', () => {
    expect(parseAnsi('\u001b[38;5;9ma\u001b[38;2;1;2;3;4mb\u001b[48;5;200mc')).toEqual([
      { text: 'a', styles: ['fg9'] },
      { text: 'b', styles: ['fg9', 'underline'] },
      { text: 'c', styles: ['fg9', 'underline'] },
    ]);
  });

  test.each([
    ['a cursor move', 'a\u001b[2J\u001b[10;10Hb', 'ab'],
    ['a title', 'a\u001b]0;title\u0007b', 'ab'],
    ['a link', '\u001b]8;;javascript:alert(1)\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['a link without an end', 'a\u001b]8;;https://example.com', 'a'],
    ['an escape at the end', 'a\u001b', 'a'],
    ['an unfinished colour', 'a\u001b[31', 'a'],
    ['control characters', 'a\u0000\u0008\r\u009bb', 'ab'],
    ['a turn of the writing direction', 'a\u202etxt.exe', 'a\ufffdtxt.exe'],
  ])('and %s leave only text (S27)', (_, line, text) => expect(stripAnsi(line)).toBe(text));

  test('and markup stay text (S27)', () => {
    expect(parseAnsi('<script>alert(1)</script>')).toEqual([{ text: '<script>alert(1)</script>', styles: [] }]);
  });

  test('name no style that is not on the list, whatever the numbers say (S27)', () => {
    const names = parseAnsi('\u001b[1;2;3;4;7;30;99999;NaN;38;5;77777mx').flatMap(({ styles }) => styles);
    for (const name of names) expect(name).toMatch(/^(fg([0-9]|1[0-5])|bold|dim|italic|underline)$/);
  });
});

describe('the lines of a log', () => {
  test('are the newest, and keep their numbers', () => {
    const buffer = addLines(addLines(EMPTY_LOG, ['a', 'b', 'c'], 3), ['d', 'e'], 3);
    expect(buffer).toEqual({
      lines: [
        { number: 3, text: 'c' },
        { number: 4, text: 'd' },
        { number: 5, text: 'e' },
      ],
      dropped: 2,
    });
  });

  test('are found without regard to case and colours, and written as plain text', () => {
    const { lines } = addLines(EMPTY_LOG, ['\u001b[31mER\u001b[0mROR one', 'fine']);
    expect(findLines(lines, 'error').map(({ number }) => number)).toEqual([1]);
    expect(toLogText(lines)).toBe('ERROR one\nfine\n');
  });
});
