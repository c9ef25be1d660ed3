import { toUtf8 } from '../../../core/json/bytes.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import { pae, signEnvelope } from '../../../core/protocol/dsse.ts';
import { acceptKeyList } from '../../../core/protocol/keys.ts';
import { type Envelope, KEY_LIST_TYPE, type KeyList, SNAPSHOT_TYPE } from '../../../core/protocol/messages.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import { type AcceptedSnapshot, acceptSnapshot } from '../../../core/protocol/snapshot-rules.ts';
import type { Result } from '../../../core/result.ts';
import { openSigner, verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { envelopes, keys, type Party } from './frozen.ts';

/** The signer of one of the frozen key pairs. */
export async function signerOf(party: Party): Promise<Signer> {
  const { seed, key } = keys[party];
  return openSigner(Uint8Array.from(Buffer.from(seed, 'hex')), Uint8Array.from(Buffer.from(key, 'base64')));
}

/** The public half of one of the frozen key pairs. */
export const keyOf = (party: Party) => ({ keyid: keys[party].keyid, key: keys[party].key });

/** A time at which the frozen snapshot is valid. */
export const NOW = envelopes.snapshot.value.issuedAt + 60_000;

/** The frozen snapshot and key list with some fields changed. */
export const snapshotWith = (change: object = {}): object => ({ ...envelopes.snapshot.value, ...change });
export const keyListWith = (change: object = {}): object => ({ ...envelopes.keyList.value, ...change });

/** The frozen key list as an agent accepted it. */
export const KEY_LIST = envelopes.keyList.value;
export const SNAPSHOT = envelopes.snapshot.value;

/** Signs a snapshot, by the online key unless told otherwise. */
export async function sealSnapshot(value: object, by: Party = 'online'): Promise<Envelope> {
  return signEnvelope(SNAPSHOT_TYPE, value, await signerOf(by));
}

/** Signs a key list, by the root key unless told otherwise. */
export async function sealKeyList(value: object, by: Party = 'root'): Promise<Envelope> {
  return signEnvelope(KEY_LIST_TYPE, value, await signerOf(by));
}

/** Signs a payload of any bytes, however malformed. */
export async function sealBytes(payloadType: string, payload: Uint8Array | string, by: Party): Promise<Envelope> {
  const bytes = typeof payload === 'string' ? toUtf8(payload) : payload;
  const signer = await signerOf(by);
  const sig = Buffer.from(await signer.sign(pae(payloadType, bytes))).toString('base64');
  return { payloadType, payload: Buffer.from(bytes).toString('base64'), signatures: [{ keyid: signer.publicKey.keyid, sig }] };
}

/** What an agent that trusts the frozen key list makes of an envelope; any JSON may come. */
export function offerSnapshot(
  envelope: unknown,
  trust: { readonly accepted?: AcceptedSnapshot; readonly keyList?: KeyList; readonly now?: number } = {},
): Promise<Result<AcceptedSnapshot, Problem>> {
  // Whatever comes over the wire is handed in under the type that it claims.
  return acceptSnapshot(envelope as Envelope, {
    cluster: SNAPSHOT.cluster,
    keyList: trust.keyList ?? KEY_LIST,
    accepted: trust.accepted,
    now: trust.now ?? NOW,
    verify: verifyEd25519,
  });
}

/** What an agent that pinned the frozen root key makes of an envelope. */
export function offerKeyList(envelope: unknown, accepted?: KeyList): Promise<Result<KeyList, Problem>> {
  return acceptKeyList(envelope, { root: keyOf('root'), accepted, verify: verifyEd25519 });
}

/** Accepts a snapshot that must be acceptable: a state to start a test from. */
export async function accepted(
  value: object,
  trust: { readonly by?: Party; readonly keyList?: KeyList } = {},
): Promise<AcceptedSnapshot> {
  const result = await offerSnapshot(
    await sealSnapshot(value, trust.by),
    trust.keyList === undefined ? {} : { keyList: trust.keyList },
  );
  if (!result.ok) throw new Error(`the test's own snapshot was refused: ${result.error.rule} ${result.error.message}`);
  return result.value;
}

/** The rule under which something was refused; `accepted` when it was not. */
export function ruleOf(result: Result<unknown, Problem>): string | undefined {
  return result.ok ? 'accepted' : result.error.rule;
}
