import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toRequest } from '../../cli/connection/api-call.ts';
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
