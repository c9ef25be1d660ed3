/** SHA-256 of a text as lower-case hex: what is stored of a secret of 256 bits. */
export async function digestOf(secret: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
