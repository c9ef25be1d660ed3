import { describe, expect, it } from 'vitest';
import { makeEd25519, openSigner, verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { openVault, VaultError } from '../../../src/platform/vault.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

describe('the vault', () => {
  it('opens what it sealed, also after a restart', async () => {
    const sealed = await (await openVault('s'.repeat(32))).seal(bytes('canary'), 'app/eu/web');
    expect(text(await (await openVault('s'.repeat(32))).open(sealed, 'app/eu/web'))).toBe('canary');
  });

  it('never seals the same bytes to the same bytes, and shows nothing of them', async () => {
    const vault = await openVault('s'.repeat(32));
    const [a, b] = [await vault.seal(bytes('canary'), 'x'), await vault.seal(bytes('canary'), 'x')];
    expect(Buffer.from(a).equals(b)).toBe(false);
    expect(Buffer.from(a).includes('canary')).toBe(false);
  });

  it('refuses a row that was copied to another place, altered, cut, or sealed by another installation', async () => {
    const vault = await openVault('s'.repeat(32));
    const sealed = await vault.seal(bytes('canary'), 'app/eu/web');
    const altered = sealed.slice();
    altered[20] = (altered[20] ?? 0) ^ 1;
    await expect(vault.open(sealed, 'app/us/web')).rejects.toThrow(VaultError);
    await expect(vault.open(altered, 'app/eu/web')).rejects.toThrow(VaultError);
    await expect(vault.open(sealed.subarray(0, 8), 'app/eu/web')).rejects.toThrow(VaultError);
    await expect((await openVault('t'.repeat(32))).open(sealed, 'app/eu/web')).rejects.toThrow(VaultError);
  });

  it('derives another value for every purpose, and the same one every time', async () => {
    const vault = await openVault('s'.repeat(32));
    const hex = async (purpose: string) => Buffer.from(await vault.derive(purpose)).toString('hex');
    expect(await hex('webhook')).toBe(await hex('webhook'));
    expect(await hex('webhook')).not.toBe(await hex('salt/x'));
    expect(await hex('webhook')).toHaveLength(64);
  });

  it('refuses a short secret', async () => expect(openVault('s'.repeat(31))).rejects.toThrow(VaultError));
});

describe('Ed25519', () => {
  it('signs with a key that was made, kept as its seed, and opened again', async () => {
    const { seed, publicKey } = await makeEd25519();
    const signature = await (await openSigner(seed, publicKey)).sign(bytes('message'));
    expect(await verifyEd25519(publicKey, signature, bytes('message'))).toBe(true);
    expect(await verifyEd25519(publicKey, signature, bytes('massage'))).toBe(false);
  });

  it('is false for keys and signatures of a wrong length, never an exception (S43)', async () => {
    const { publicKey } = await makeEd25519();
    expect(await verifyEd25519(new Uint8Array(31), new Uint8Array(64), bytes(''))).toBe(false);
    expect(await verifyEd25519(publicKey, new Uint8Array(63), bytes(''))).toBe(false);
    expect(await verifyEd25519(new Uint8Array(0), new Uint8Array(0), bytes(''))).toBe(false);
  });
});
