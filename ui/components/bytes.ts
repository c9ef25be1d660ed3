const SMALLEST = ['kB', 1e3] as const;
const UNITS = [['GB', 1e9], ['MB', 1e6], SMALLEST] as const;

/** A size for people: `81 MB`, `1.4 GB`, `820 kB`. */
export function describeBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  const [unit, size] = UNITS.find(([, step]) => bytes >= step) ?? SMALLEST;
  const value = bytes / size;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
