import { describe, expect, it } from 'vitest';
import { describeAge, describeDuration } from '../../../ui/components/age.ts';
import { describeBytes } from '../../../ui/components/bytes.ts';

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [42, '42 ms'],
    [450, '0.5 s'],
    [9_000, '9 s'],
    [61_000, '1 min 1 s'],
    [600_000, '10 min'],
    [3_660_000, '1 h 1 min'],
    [90_000_000, '1 d 1 h'],
    [Number.NaN, '–'],
  ])('%d ms is %s', (ms, words) => expect(describeDuration(ms)).toBe(words));
});

describe('times', () => {
  it.each([
    [0, 'now'],
    [4_000, 'now'],
    [65_000, '1 min ago'],
    [7_200_000, '2 h ago'],
    [-7_200_000, 'in 2 h'],
    [172_800_000, '2 d ago'],
  ])('%d ms ago is %s', (ms, words) => expect(describeAge(1_000_000_000 - ms, 1_000_000_000)).toBe(words));
});

it.each([
  [12, '12 B'],
  [1_500, '1.5 kB'],
  [81_200_000, '81 MB'],
  [1_400_000_000, '1.4 GB'],
  [-1, '–'],
])('%d bytes are %s', (bytes, words) => expect(describeBytes(bytes)).toBe(words));
