import { describe, expect, it } from 'vitest';
import { safeLink } from '../../../ui/components/safe-link.ts';

describe('an address from outside (S27)', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    '\tjavascript:alert(1)',
    'java\nscript:alert(1)',
    'title|javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://example.org/1',
    '//example.org',
    'https:example.org',
    'https:\\\\example.org',
    'https://user:password@example.org/',
    'https://',
    'https://exa mple.org',
    'http://[::1',
    '',
    undefined,
  ])('%j is no link', (address) => expect(safeLink(address)).toBeUndefined());

  it.each(['https://example.org/a?b=c#d', 'http://127.0.0.1:8080/', 'HTTPS://EXAMPLE.ORG/'])('%s is one', (address) =>
    expect(safeLink(address)).toBe(new URL(address).href),
  );
});
