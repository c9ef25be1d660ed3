/** jq's functions of numbers: of the input (`/0`), or of their arguments. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, (...n: readonly number[]) => number | readonly number[]>> = {
  ...Object.fromEntries(
    (
      [
        'sin',
        'cos',
        'tan',
        'asin',
        'acos',
        'atan',
        'sinh',
        'cosh',
        'tanh',
        'asinh',
        'acosh',
        'atanh',
        'floor',
        'ceil',
        'trunc',
        'sqrt',
        'cbrt',
        'exp',
        'expm1',
        'log',
        'log10',
        'log1p',
        'log2',
      ] as const
    ).map((name) => [`${name}/0`, (x = 0) => Math[name](x)]),
  ),
  'round/0': (x = 0) => Math.sign(x) * Math.round(Math.abs(x)),
  'rint/0': (x = 0) => roundToEven(x),
  'nearbyint/0': (x = 0) => roundToEven(x),
  'fabs/0': (x = 0) => Math.abs(x),
  'exp10/0': (x = 0) => 10 ** x,
  'exp2/0': (x = 0) => 2 ** x,
  'significand/0': (x = 0) => (x === 0 || !Number.isFinite(x) ? x : x / 2 ** exponentOf(x)),
  'logb/0': (x = 0) => (x === 0 ? Number.NEGATIVE_INFINITY : Number.isFinite(x) ? exponentOf(x) : Math.abs(x)),
  'frexp/0': (x = 0) => {
    if (x === 0 || !Number.isFinite(x)) return [x, 0];
    const exponent = exponentOf(x) + 1;
    return [x / 2 ** exponent, exponent];
  },
  'modf/0': (x = 0) => (Number.isFinite(x) ? [x % 1, Math.trunc(x)] : [0, x]),
  'atan2/2': (x = 0, y = 0) => Math.atan2(x, y),
  'copysign/2': (x = 0, y = 0) => (Object.is(Math.sign(y), -0) || y < 0 ? -Math.abs(x) : Math.abs(x)),
  'fdim/2': (x = 0, y = 0) => Math.max(0, x - y),
  'fmax/2': (x = 0, y = 0) => Math.max(x, y),
  'fmin/2': (x = 0, y = 0) => Math.min(x, y),
  'fmod/2': (x = 0, y = 0) => x % y,
  'hypot/2': (x = 0, y = 0) => Math.hypot(x, y),
  'ldexp/2': (x = 0, y = 0) => x * 2 ** Math.trunc(y),
  'scalb/2': (x = 0, y = 0) => x * 2 ** Math.trunc(y),
  'scalbln/2': (x = 0, y = 0) => x * 2 ** Math.trunc(y),
  'pow/2': (x = 0, y = 0) => x ** y,
  'fma/3': (x = 0, y = 0, z = 0) => x * y + z,
};

function exponentOf(x: number): number {
  let exponent = Math.floor(Math.log2(Math.abs(x)));
  if (Math.abs(x) / 2 ** exponent >= 2) exponent += 1;
  if (Math.abs(x) / 2 ** exponent < 1) exponent -= 1;
  return exponent;
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
