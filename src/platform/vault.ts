/**
 * Encryption at rest: everything that may hold a Secret value or a credential passes through here before it reaches SQLite or R2.
 * Sealed form: 12 random bytes (nonce) ‖ AES-256-GCM ciphertext and tag; `context` (what the bytes are and whose) is bound as additional data,
 * so a row copied to another place does not open.
 */
export interface Vault {
  seal(plain: Uint8Array, context: string): Promise<Uint8Array>;
  /** Throws VaultError when the bytes were altered, belong to another context, or another installation's secret sealed them. */
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>;
  /** 32 bytes derived from the installation's secret, for one purpose. */
  derive(purpose: string): Promise<Uint8Array>;
}

export class VaultError extends Error {
  override readonly name = 'VaultError';
}

const encoder = new TextEncoder();

/** Opens the vault of an installation from its secret (at least 32 characters of entropy, from the Worker's secrets). */
export async function openVault(secret: string): Promise<Vault> {
  if (secret.length < 32) throw new VaultError('PLUMBLINE_SECRET must be at least 32 characters long');
  const master = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits', 'deriveKey']);
  const hkdf = (purpose: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(0),
    info: encoder.encode(`plumbline/${purpose}`),
  });
  const key = await crypto.subtle.deriveKey(hkdf('storage'), master, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  return {
    async seal(plain, context) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: encoder.encode(context) }, key, plain);
      const sealed = new Uint8Array(12 + body.byteLength);
      sealed.set(iv);
      sealed.set(new Uint8Array(body), 12);
      return sealed;
    },
    async open(sealed, context) {
      try {
        const iv = sealed.subarray(0, 12);
        return new Uint8Array(
          await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: encoder.encode(context) }, key, sealed.subarray(12)),
        );
      } catch (cause) {
        throw new VaultError('stored data could not be opened: it was altered, or PLUMBLINE_SECRET has changed', { cause });
      }
    },
    async derive(purpose) {
      return new Uint8Array(await crypto.subtle.deriveBits(hkdf(`derive/${purpose}`), master, 256));
    },
  };
}
