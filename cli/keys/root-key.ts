import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { PublicKey } from '../../core/protocol/messages.ts';
import { keyBytes, type Signer, toPublicKey, type Verify } from '../../core/protocol/signing.ts';
import { ok, type Result } from '../../core/result.ts';
import { configHome } from '../connection/settings-file.ts';
import { type Failure, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/**
 * The root key of a fleet: an Ed25519 private key as PKCS #8 PEM, on the operator's machine and nowhere else. It signs the list of the keys that
 * may sign snapshots; agents pin it when they are installed. Losing it means installing every agent anew, so it is never overwritten.
 */
export interface RootKey {
  readonly path: string;
  readonly signer: Signer;
}

/** DER head of an Ed25519 public key (RFC 8410): the 32 bytes follow. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** Where the key is: --key, or root-key.pem beside the person's settings. */
export function rootKeyPath(flag: string | undefined, terminal: Terminal): string {
  return flag === undefined ? join(configHome(terminal), 'root-key.pem') : resolve(terminal.cwd, flag);
}

/** Reads a root key; undefined when there is no such file. Fails (usage) for anything that is not an Ed25519 private key. */
export async function readRootKey(path: string): Promise<Result<RootKey | undefined, Failure>> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? ok(undefined) : usage(`the root key ${path} cannot be read`);
  }
  const key = parsePem(pem);
  if (key?.asymmetricKeyType !== 'ed25519')
    return usage(`${path} is not an Ed25519 private key in PEM`, 'Name the root key of this fleet with --key.');
  return ok({ path, signer: signerOf(key) });
}

function parsePem(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined; // not a key, or one with a passphrase
  }
}

/** Makes a root key that only its owner can read. Throws when the file exists: nothing is ever overwritten. */
export async function createRootKey(path: string): Promise<RootKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  return { path, signer: signerOf(privateKey) };
}

function signerOf(key: KeyObject): Signer {
  const bytes = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
  return { publicKey: toPublicKey(new Uint8Array(bytes)), sign: async (message) => sign(null, message, key) };
}

/** Checks Ed25519 signatures. */
export const verifyEd25519: Verify = async (publicKey, signature, bytes) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
};

/** The SHA-256 of the key's 32 bytes in hex: what people compare. Its first 16 digits are the key id. */
export function fingerprint(key: PublicKey): string {
  const bytes = keyBytes(key);
  return bytes === undefined ? 'invalid' : createHash('sha256').update(bytes).digest('hex');
}
