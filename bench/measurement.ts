/** One figure of a benchmark: a line of `--json`. `ratio` is p50 to the floor measured in the same run; `target` is an upper bound in the same unit. */
export interface Measurement {
  readonly bench: string;
  readonly metric: string;
  readonly unit: 'ms' | 's' | 'MB' | 'kB' | 'B' | 'count' | 'per s';
  readonly n: number;
  readonly p50: number;
  readonly p90: number;
  readonly floor?: number;
  readonly ratio?: number;
  readonly target?: number;
}

/** What a benchmark has to say of a metric, before it is summed up. */
export interface Samples {
  readonly metric: string;
  readonly unit: Measurement['unit'];
  readonly values: readonly number[];
  readonly floor?: readonly number[];
  readonly target?: number;
}

/** The value below which a share of the samples lies (nearest rank). NaN without samples. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Sums samples up. */
export function summarise(bench: string, samples: Samples): Measurement {
  const { metric, unit, values, floor, target } = samples;
  const p50 = percentile(values, 0.5);
  const base = floor === undefined ? undefined : percentile(floor, 0.5);
  return {
    bench,
    metric,
    unit,
    n: values.length,
    p50: round(p50),
    p90: round(percentile(values, 0.9)),
    ...(base === undefined ? {} : { floor: round(base), ratio: round(p50 / base) }),
    ...(target === undefined ? {} : { target }),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(value >= 100 ? 4 : 3));
}
