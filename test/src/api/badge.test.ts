import { describe, expect, test } from 'vitest';
import { badgeSvg, badgeToken, isBadgeToken } from '../../../src/api/badge.ts';

const KEY = new Uint8Array(32).fill(7);

test.each([
  [{ sync: 'Synced', health: 'Healthy' }, 'web: Healthy', '#2a7d3f'],
  [{ sync: 'OutOfSync', health: 'Healthy' }, 'web: OutOfSync, Healthy', '#9a6700'],
  [{ sync: 'Synced', health: 'Progressing' }, 'web: Synced, Progressing', '#9a6700'],
  [{ sync: 'Synced', health: 'Degraded' }, 'web: Synced, Degraded', '#b3261e'],
  [{ sync: 'OutOfSync', health: 'Missing' }, 'web: OutOfSync, Missing', '#b3261e'],
  [{ sync: 'Unknown', health: 'Healthy' }, 'web: Unknown, Healthy', '#5f6368'],
  [undefined, 'web: unknown', '#5f6368'],
] as const)('%j is "%s"', (state, title, colour) => {
  const svg = badgeSvg('web', state);
  expect(svg).toContain(`<title>${title}</title>`);
  expect(svg).toContain(colour);
});

describe('S27: a name', () => {
  test.each(['<script>alert(1)</script>', '"onload="alert(1)', "'><img src=x>", '&lt;b&gt;', 'a\u0000b\ud800c\uffff', ']]>'])(
    '%j stays text',
    (name) => {
      const svg = badgeSvg(name, undefined);
      const texts = [...svg.matchAll(/<(\/?)([a-z]+)/g)].map((match) => match[2]);
      expect([...new Set(texts)].sort()).toEqual(['g', 'rect', 'svg', 'text', 'title']);
      // Only characters that XML 1.0 allows: anything else and no reader shows the image.
      expect(svg).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
      expect(svg.match(/aria-label="[^"<>]*"/)).not.toBeNull();
    },
  );

  test('is cut when it is long', () => {
    expect(badgeSvg('x'.repeat(10_000), undefined).length).toBeLessThan(1_500);
  });
});

describe('a token', () => {
  const token = badgeToken(KEY, 'eu-1', 'web');

  test('is of one badge of one installation', () => {
    expect(isBadgeToken(KEY, { cluster: 'eu-1', app: 'web', token })).toBe(true);
    expect(isBadgeToken(KEY, { cluster: 'eu-1', app: 'web2', token })).toBe(false);
    expect(isBadgeToken(KEY, { cluster: 'eu-2', app: 'web', token })).toBe(false);
    expect(isBadgeToken(new Uint8Array(32), { cluster: 'eu-1', app: 'web', token })).toBe(false);
  });

  test.each(['', token.slice(1), `${token}x`, token.toUpperCase(), 'undefined'])('S26: %j is none', (wrong) => {
    expect(isBadgeToken(KEY, { cluster: 'eu-1', app: 'web', token: wrong })).toBe(false);
  });

  test('fits into an address as it is', () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});
