import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toRequest } from '../../cli/connection/api-call.ts';
import { createEventParser } from '../../cli/connection/event-stream.ts';
import { writeSettingsFile } from '../../cli/connection/write-settings.ts';

describe('a route of the table', () => {
  it('is filled in: parameters cannot leave their place, what is undefined is left out', () => {
    const params = { cluster: 'eu-1', app: '../x?y' };
    expect(toRequest('GET /apps/:cluster/:app/history', { params, query: { limit: '5' } })).toEqual({
      method: 'GET',
      path: '/apps/eu-1/..%2Fx%3Fy/history?limit=5',
      body: undefined,
    });
    expect(toRequest('GET /activity', { query: { app: 'a&b', kind: undefined } }).path).toBe('/activity?app=a%26b');
    expect(toRequest('POST /clusters', { body: { name: 'eu-1' } })).toEqual({
      method: 'POST',
      path: '/clusters',
      body: { name: 'eu-1' },
    });
  });
});

describe('server-sent events', () => {
  const all = (...chunks: readonly string[]) => {
    const parser = createEventParser();
    return chunks.flatMap((chunk) => parser.push(chunk));
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

  it('are read wherever the network cuts them', () => {
    const text = 'event: activity\r\nid: 7\r\ndata: {"a":1}\r\n\r\ndata: x\r\ndata: y\r\n\r\n: end\n';
    expect(all(...text)).toEqual(TWO);
    for (let cut = 1; cut < text.length; cut++) expect(all(text.slice(0, cut), text.slice(cut))).toEqual(TWO);
  });

  it('without data are none, and what is not complete is not told', () =>
    expect(all('event: activity\n\nid: 3\n\ndata: never ended\n')).toEqual([]));

  it('that never end are refused', () => expect(() => all('data: ', 'x'.repeat(20 * 1024 * 1024))).toThrow('too long'));
});

describe('a settings file', () => {
  it('is written for its owner alone, in place of the one before, and nothing else is left', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'plumb-settings-')), 'new', 'plumbline');
    const path = join(folder, 'config.json');
    await writeSettingsFile(path, { url: 'https://a.example', token: 'one' });
    await writeSettingsFile(path, { url: 'https://b.example', token: 'two' });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ url: 'https://b.example', token: 'two' });
    expect([(await stat(path)).mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(await readdir(folder)).toEqual(['config.json']);
  });
});
