import type { Json } from '../objects/object.ts';

/** Suffixes of Kubernetes' quantities. */
const SUFFIXES: { readonly [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** True for two quantities of the same value: `1000m` and `1`, `1024Mi` and `1Gi`. */
export function isSameQuantity(a: Json | undefined, b: Json | undefined): boolean {
  const left = toQuantity(a);
  const right = toQuantity(b);
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-12;
}

function toQuantity(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  const found = typeof value === 'string' ? /^([+-]?\d{1,30}(?:\.\d{1,30})?)([numkMGTPE]|[KMGTPE]i)?$/.exec(value) : null;
  const factor = found === null ? undefined : SUFFIXES[found[2] ?? ''];
  return found === null || factor === undefined ? undefined : Number(found[1]) * factor;
}
