/**
 * True for what canonical JSON can write: numbers are finite and nothing nests deeper than `depth`.
 * JSON.parse reads 1e999 as Infinity and nests without limit, so what a peer sent is asked this before it is digested.
 */
export function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isPlainJson(item, depth - 1));
}
