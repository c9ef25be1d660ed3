import type { Figures } from '../../core/api/board.ts';

export interface Bar {
  readonly day: string;
  readonly x: number;
  readonly size: number;
  /** Heights; the failed part stands below. */
  readonly good: number;
  readonly failed: number;
}

const SIZE = 10;
const GAP = 3;

/** Where the bars stand: the highest day takes the whole height. */
export function layOutBars(series: Figures['series'], height: number): { readonly bars: readonly Bar[]; readonly width: number } {
  const most = Math.max(1, ...series.map(({ deployments }) => deployments));
  const bars = series.map(({ day, deployments, failed }, index) => ({
    day,
    x: index * (SIZE + GAP),
    size: SIZE,
    good: ((deployments - failed) / most) * height,
    failed: (failed / most) * height,
  }));
  return { bars, width: Math.max(1, series.length * (SIZE + GAP) - GAP) };
}
