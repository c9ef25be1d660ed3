/**
 * The OpenMetrics text format (https://prometheus.io/docs/specs/om/open_metrics_spec/, version 1.0.0):
 *
 *   exposition = { metric family } "# EOF" LF
 *   family     = "# TYPE" name type ["# UNIT" name unit] "# HELP" name text, then its samples, those of one label set together
 *   sample     = name+suffix ["{" label="value",… "}"] SP number LF
 *
 * Names of families have no suffix of a type; `_total`, `_bucket`, `_sum` and `_count` are written here. A family with a unit ends in it.
 */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Labels = { readonly [name: string]: string };

export interface Histogram {
  /** Upper bounds, ascending, without infinity. */
  readonly bounds: readonly number[];
  /** How many values fell into each, and last those above all. */
  readonly counts: readonly number[];
  readonly sum: number;
}

interface FamilyBase {
  readonly name: string;
  readonly help: string;
  readonly unit?: string;
}
export type MetricFamily =
  | (FamilyBase & { readonly type: 'counter' | 'gauge'; readonly samples: readonly (readonly [Labels, number])[] })
  | (FamilyBase & { readonly type: 'histogram'; readonly samples: readonly (readonly [Labels, Histogram])[] });

/** The text of an exposition. Families without samples are written too: their names are documentation. */
export function writeOpenMetrics(families: readonly MetricFamily[]): string {
  return `${families.map(writeFamily).join('')}# EOF\n`;
}

function writeFamily(family: MetricFamily): string {
  const { name, type, unit, help } = family;
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escapeHelp(help)}`,
  ];
  const lines =
    family.type === 'histogram'
      ? family.samples.flatMap(([labels, histogram]) => writeHistogram(name, labels, histogram))
      : family.samples.map(([labels, value]) => line(`${name}${type === 'counter' ? '_total' : ''}`, labels, value));
  return [...head, ...lines, ''].join('\n');
}

/** Buckets are cumulative, the last is +Inf; `le` is written as a number with a point, as the specification asks for. */
function writeHistogram(name: string, labels: Labels, { bounds, counts, sum }: Histogram): string[] {
  let below = 0;
  const buckets = counts.map((count, i) => {
    below += count;
    const bound = bounds[i];
    return line(`${name}_bucket`, { ...labels, le: bound === undefined ? '+Inf' : canonical(bound) }, below);
  });
  return [...buckets, line(`${name}_count`, labels, below), line(`${name}_sum`, labels, sum)];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'}`;
}

function canonical(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replace(/\r?\n/g, '\\n');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(/\r?\n/g, '\\n').replaceAll('"', '\\"');
}

/** A histogram of nothing. */
export function emptyHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: [...bounds.map(() => 0), 0], sum: 0 };
}

/** The histogram with one value more; one of other bounds begins anew. */
export function observe(histogram: Histogram, value: number): Histogram {
  const found = histogram.bounds.findIndex((bound) => value <= bound);
  const bucket = found === -1 ? histogram.bounds.length : found;
  return {
    bounds: histogram.bounds,
    counts: histogram.counts.map((count, i) => (i === bucket ? count + 1 : count)),
    sum: histogram.sum + value,
  };
}
