import { describe, expect, test } from 'vitest';
import { describeError, logLine, redact } from '../../../src/platform/log.ts';

test('a line is one JSON object with level, event and time', () => {
  const line = logLine(
    'error',
    'journey_failed',
    { repo: 'git.example.org/fleet', tries: 2, gone: undefined },
    Date.UTC(2026, 10, 21),
  );
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    ...{ level: 'error', event: 'journey_failed', time: '2026-11-21T00:00:00.000Z' },
    ...{ repo: 'git.example.org/fleet', tries: 2 },
  });
});

test('no text can end its line, or begin another', () => {
  const line = logLine('info', 'x', { text: 'a\n{"level":"error"}\r\u2028' }, 0);
  expect(line.split('\n')).toHaveLength(1);
  expect(JSON.parse(line).text).toBe('a\n{"level":"error"}\r\u2028');
});

describe('S09: what looks like a credential is taken out', () => {
  test.each([
    'https://ada:canary-1234@git.example.org/x',
    'fetch https://x-access-token:ghs_canary12345678@github.com/a/b failed',
    'Authorization: Bearer canary.1234567890',
    'authorization: basic Y2FuYXJ5OmNhbmFyeQ==canary',
    'token ghp_canary1234567890abcd was refused',
    'glpat-canary_1234567890',
    'plumb_canary1234567890',
    'xoxb-canary-1234567890',
    'eyJjYW5hcnk0000.eyJjYW5hcnk0.canary',
    'https://s3.example.org/o?X=1&signature=canary12&sig=canary13',
    'GET /badge/eu/web.svg?token=canary14',
    '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\ncanary',
  ])('%s', (text) => {
    expect(redact(text).toLowerCase()).not.toContain('canary');
    expect(logLine('warn', 'x', { text }, 0).toLowerCase()).not.toContain('canary');
  });
});

test('a plain text stays as it is, and a long one is cut', () => {
  for (const text of [
    'the Git server answered 503 (https://git.example.org/fleet.git)',
    'token missing',
    'user@example.org wrote //',
  ])
    expect(redact(text)).toBe(text);
  expect(redact('x'.repeat(1_000_000))).toHaveLength(1_001);
});

test('S20: a hostile text is judged in linear time', () => {
  const hostile = ['//'.repeat(50_000), `//${'a'.repeat(100_000)}`, 'Bearer '.repeat(20_000), '-----BEGIN A'.repeat(10_000)];
  for (const text of hostile) expect(redact(text).length).toBeLessThanOrEqual(1_001);
});

test('of an exception while parsing only its class is told', () => {
  expect(describeError(new SyntaxError('Unexpected token canary'))).toBe('SyntaxError');
  expect(describeError(new TypeError('x is no function'))).toBe('TypeError: x is no function');
  expect(describeError('canary')).toBe('unknown');
});
