import { expect, it } from 'vitest';
import { layOutBars } from '../../../ui/figures/bar-layout.ts';

it('the day with most deployments takes the whole height, failed ones stand below', () => {
  const { bars, width } = layOutBars(
    [
      { day: '2026-11-20', deployments: 2, failed: 0 },
      { day: '2026-11-21', deployments: 4, failed: 1 },
    ],
    100,
  );
  expect(bars.map(({ good, failed }) => [good, failed])).toEqual([
    [50, 0],
    [75, 25],
  ]);
  expect(width).toBe(23);
});

it('no deployment at all divides by nothing', () =>
  expect(layOutBars([{ day: '2026-11-21', deployments: 0, failed: 0 }], 100).bars[0]).toMatchObject({ good: 0, failed: 0 }));
