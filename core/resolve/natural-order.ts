/** The order of keys in YAML that Go's yaml.v2 writes: https://github.com/yaml/go-yaml/blob/v2.4.0/sorter.go */

/** Digits by their number, letters behind everything else; as yaml.v2 sorts keys. */
export function compareNatural(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x === y) continue;
    const xIsLetter = /\p{L}/u.test(x);
    const yIsLetter = /\p{L}/u.test(y);
    if (xIsLetter && yIsLetter) return codeOf(x) - codeOf(y);
    if (xIsLetter || yIsLetter) return yIsLetter ? -1 : 1;
    return compareDigits(a, b, i);
  }
  return a.length - b.length;
}

function compareDigits(a: readonly string[], b: readonly string[], at: number): number {
  let x = 0n;
  let y = 0n;
  // `100` and `10`: a zero that follows a digit other than zero counts.
  if (a[at] === '0' || b[at] === '0') {
    for (let j = at - 1; j >= 0 && isDigit(a[j]); j--) {
      if (a[j] === '0') continue;
      x = 1n;
      y = 1n;
      break;
    }
  }
  let i = at;
  let j = at;
  for (; i < a.length && isDigit(a[i]); i++) x = BigInt.asIntN(64, x * 10n + BigInt(codeOf(a[i] ?? '') - 48));
  for (; j < b.length && isDigit(b[j]); j++) y = BigInt.asIntN(64, y * 10n + BigInt(codeOf(b[j] ?? '') - 48));
  if (x !== y) return x < y ? -1 : 1;
  if (i !== j) return i - j;
  return codeOf(a[at] ?? '') - codeOf(b[at] ?? '');
}

function isDigit(letter: string | undefined): boolean {
  return letter !== undefined && /\p{Nd}/u.test(letter);
}

function codeOf(letter: string): number {
  return letter.codePointAt(0) ?? 0;
}
