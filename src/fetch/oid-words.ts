/**
 * Object ids in typed arrays: five 32-bit words, written from `at` on. By hand, because this runs for every name of
 * every new tree.
 */
export function toWords(oid: string, words: Uint32Array, at: number): void {
  for (let i = 0; i < 5; i++) {
    let word = 0;
    for (let digit = i * 8; digit < i * 8 + 8; digit++) {
      const code = oid.charCodeAt(digit);
      word = (word << 4) | (code < 0x40 ? code - 0x30 : code - 0x57);
    }
    words[at + i] = word;
  }
}

/** The object id that five words stand for. */
export function fromWords(words: Uint32Array, at: number): string {
  let oid = '';
  for (let i = 0; i < 5; i++) oid += (words[at + i] ?? 0).toString(16).padStart(8, '0');
  return oid;
}
