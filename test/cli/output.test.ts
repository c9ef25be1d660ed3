import { describe, expect, it } from 'vitest';
import { formatAge, formatTime } from '../../cli/output/age.ts';
import { createWriter } from '../../cli/output/output-format.ts';
import { cut, printable, printableLine } from '../../cli/output/printable.ts';
import { formatTable } from '../../cli/output/table.ts';
import { createTestTerminal } from './test-terminal.ts';

describe('what comes from outside', () => {
  it('cannot drive the terminal', () => {
    expect(printable('a\u001b[2Jb\u009b1mc\r\u202ed')).toBe('a\ufffd[2Jb\ufffd1mc\ufffd\ufffdd');
    expect(printable('two\n\tlines')).toBe('two\n\tlines');
  });
  it('stays on its line where it must', () => expect(printableLine(' two\n\tlines\u0007 ')).toBe('two lines\ufffd'));
  it('is cut with a mark', () => expect([cut('abcdef', 6), cut('abcdefg', 6)]).toEqual(['abcdef', 'abcde…']));
});

describe('a table', () => {
  const rows = [
    ['web', { text: 'Synced', colour: 'green' as const }, `a long message ${'x'.repeat(100)}`],
    ['a-longer-name', 'Unknown', ''],
  ];

  it('has aligned columns, no lines and nothing cut in a pipe', async () => {
    const lines = (await formatTable(['App', 'Sync', 'Message'], rows, await createTestTerminal())).split('\n');
    expect(lines[0]).toBe('App            Sync     Message');
    expect(lines[1]).toBe(`web            Synced   a long message ${'x'.repeat(100)}`);
    expect(lines[2]).toBe('a-longer-name  Unknown');
    expect(lines).toHaveLength(4);
  });

  it('keeps a row on its line of a terminal', async () => {
    const table = await formatTable(['App', 'Sync', 'Message'], rows, await createTestTerminal({}, 60));
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

describe('data', () => {
  it('is written as indented JSON, or as YAML whose words stay texts', async () => {
    const data = { name: 'web', on: 'yes', list: [1, null] };
    const terminal = await createTestTerminal();
    await createWriter('json', terminal).result(data, () => '');
    await createWriter('yaml', terminal).result(data, () => '');
    await createWriter('table', terminal).result(data, () => 'for people\n');
    expect(terminal.written).toEqual([
      '{\n  "name": "web",\n  "on": "yes",\n  "list": [\n    1,\n    null\n  ]\n}\n',
      'name: web\n"on": "yes"\nlist:\n  - 1\n  - null\n',
      'for people\n',
    ]);
  });

  it('of a stream is one line of JSON, or one document of YAML, each', async () => {
    const terminal = await createTestTerminal();
    await createWriter('json', terminal).item({ seq: 1 }, () => '');
    await createWriter('yaml', terminal).item({ seq: 1 }, () => '');
    expect(terminal.written).toEqual(['{"seq":1}\n', '---\nseq: 1\n']);
  });
});

it('times are short, and ages have one unit', () => {
  const minute = 60_000;
  expect([5_000, 3 * minute, 130 * minute, 50 * 60 * minute].map((age) => formatAge(0, age))).toEqual(['5s', '3m', '2h', '2d']);
  expect(formatTime(1_700_000_000_000)).toBe('2023-11-14 22:13:20Z');
});
