/** 256 bits of a cryptographic random source as base64url: sessions, tokens, codes that nobody can guess (S37). */
export function randomSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** A code that people type: eight letters that are not taken for others, without vowels so that no word comes out. `BCDF-GHJK`, 34 bits. */
export function randomUserCode(): string {
  const letters = 'BCDFGHJKLMNPQRSTVWXZ';
  const code: string[] = [];
  while (code.length < 8) {
    // 240 is the largest multiple of 20 below 256: beyond it some letters would be likelier than others.
    for (const byte of crypto.getRandomValues(new Uint8Array(16)))
      if (byte < 240 && code.length < 8) code.push(letters.charAt(byte % letters.length));
  }
  return `${code.slice(0, 4).join('')}-${code.slice(4).join('')}`;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
