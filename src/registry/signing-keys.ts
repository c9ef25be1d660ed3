import type { Envelope, KeyList, PublicKey } from '../../core/protocol/messages.ts';
import { keyidOf, toPublicKey } from '../../core/protocol/signing.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type { FleetKeys, SigningMaterial } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

type KeyRow = { keyid: string; public: ArrayBuffer; sealed: ArrayBuffer };

/** The root-signed key list as it was accepted. */
export interface AcceptedKeys {
  readonly root: PublicKey;
  readonly envelope: Envelope;
  readonly list: KeyList;
}

export function acceptedKeys(sql: Sql): AcceptedKeys | undefined {
  return readFact<AcceptedKeys>(sql, 'keys');
}

export function putAcceptedKeys(sql: Sql, keys: AcceptedKeys): void {
  writeFact(sql, 'keys', keys);
}

/** Keeps a new online key; it signs nothing before the root key has listed it. */
export async function putSigningKey(
  sql: Sql,
  vault: Vault,
  pair: { readonly seed: Uint8Array; readonly publicKey: Uint8Array },
  now: number,
): Promise<PublicKey> {
  const keyid = keyidOf(pair.publicKey);
  const sealed = await vault.seal(pair.seed, `signing-key/${keyid}`);
  sql.run(
    'INSERT INTO signing_key (keyid, public, sealed, created) VALUES (?, ?, ?, ?)',
    keyid,
    pair.publicKey.slice().buffer,
    sealed.slice().buffer,
    now,
  );
  return toPublicKey(pair.publicKey);
}

export function fleetKeys(sql: Sql): FleetKeys {
  const accepted = acceptedKeys(sql);
  const online = sql
    .all<KeyRow>('SELECT * FROM signing_key ORDER BY created')
    .map((row) => toPublicKey(new Uint8Array(row.public)));
  return {
    ...(accepted === undefined ? {} : { root: accepted.root, envelope: accepted.envelope }),
    version: accepted?.list.version ?? 0,
    online,
    everSigned: online,
  };
}

/** The newest online key that the root key has listed; undefined before `plumb fleet init`. */
export async function signingMaterial(sql: Sql, vault: Vault): Promise<SigningMaterial | undefined> {
  const accepted = acceptedKeys(sql);
  if (accepted === undefined) return undefined;
  const listed = new Set(accepted.list.keys.map((key) => key.keyid));
  const row = sql.all<KeyRow>('SELECT * FROM signing_key ORDER BY created DESC').find((key) => listed.has(key.keyid));
  if (row === undefined) return undefined;
  const seed = await vault.open(new Uint8Array(row.sealed), `signing-key/${row.keyid}`);
  return { version: accepted.list.version, envelope: accepted.envelope, publicKey: new Uint8Array(row.public), seed };
}
