import { expect, test } from 'vitest';
import { parsePeriod } from '../../../core/time/parse-period.ts';

test.each([
  ['45s', 45],
  ['30m', 1_800],
  ['15 min', 900],
  ['2 h', 7_200],
  ['1H30M', 5_400],
  ['7d', 604_800],
  ['0s', 0],
  ['', undefined],
  ['m', undefined],
  ['30', undefined],
  ['1x', undefined],
  ['-1h', undefined],
  ['1.5h', undefined],
  ['1e9h', undefined],
  [`${'9'.repeat(10)}s`, undefined],
])('the time %j is %s seconds', (text, seconds) => expect(parsePeriod(text)).toBe(seconds));
