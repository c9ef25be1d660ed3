import { sha256 } from '@noble/hashes/sha2.js';
import type { Digest } from '../bundle/bundle.ts';
import { fromBase64, fromUtf8, toBase64, toHex, toUtf8 } from '../json/bytes.ts';
import { canonicalJson } from '../json/canonical.ts';
import { isPlainJson } from '../json/plain.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { Envelope, PublicKey } from './messages.ts';
import { parseEnvelope } from './schemas.ts';
import { keyBytes, type Signer, type Verify } from './signing.ts';

/**
 * DSSE v1 envelopes: a signature covers PAE(type, payload) =
 *
 *   "DSSEv1" SP len(type) SP type SP len(payload) SP payload          (lengths in bytes, decimal)
 *
 * so a signature for one type is worth nothing for another (threat S42). What was verified is what is parsed: the same bytes,
 * decoded once.
 */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = toUtf8(payloadType);
  const head = toUtf8(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

/** Signs the canonical JSON of a value with one key. */
export async function signEnvelope(payloadType: string, value: unknown, signer: Signer): Promise<Envelope> {
  const payload = toUtf8(canonicalJson(value));
  const sig = toBase64(await signer.sign(pae(payloadType, payload)));
  return { payloadType, payload: toBase64(payload), signatures: [{ keyid: signer.publicKey.keyid, sig }] };
}

/** What a verified envelope holds: still `unknown`, to be parsed by the schema of its type. */
export interface Opened {
  readonly value: unknown;
  readonly keyid: string;
  /** `sha256:` of the payload's bytes. */
  readonly digest: Digest;
}

/**
 * Opens an envelope of one type signed by one of the given keys.
 * Fails with `protocol.refused`: P01 (not an envelope), P02 (another type), P03 (no signature by a listed key), P04 (payload is not plain JSON).
 */
export async function openEnvelope(
  envelope: unknown,
  trust: { readonly type: string; readonly keys: readonly PublicKey[]; readonly verify: Verify },
): Promise<Result<Opened, Problem>> {
  const parsed = parseEnvelope(envelope);
  if (!parsed.ok) return refuse('P01', `not a DSSE envelope: ${parsed.error}`);
  const { payloadType, payload, signatures } = parsed.value;
  if (payloadType !== trust.type) return refuse('P02', `payload type ${payloadType}, expected ${trust.type}`);
  const bytes = fromBase64(payload);
  if (bytes === undefined) return refuse('P01', 'the payload is not base64');
  const message = pae(payloadType, bytes);
  for (const { keyid, sig } of signatures) {
    const listed = trust.keys.find((key) => key.keyid === keyid);
    const key = listed === undefined ? undefined : keyBytes(listed);
    const signature = fromBase64(sig);
    if (key === undefined || signature?.length !== 64) continue;
    if (await trust.verify(key, signature, message)) return openPayload(bytes, keyid);
  }
  return refuse('P03', `no valid signature by a listed key (signed by ${signatures.map((s) => s.keyid).join(', ') || 'nobody'})`);
}

/** Far above what any message needs. */
const MAX_DEPTH = 32;

function openPayload(bytes: Uint8Array, keyid: string): Result<Opened, Problem> {
  const text = fromUtf8(bytes);
  if (text === undefined) return refuse('P04', 'the payload is not UTF-8');
  try {
    const value: unknown = JSON.parse(text);
    if (!isPlainJson(value, MAX_DEPTH)) return refuse('P04', 'the payload nests too deep or holds a number beyond all bounds');
    return ok({ value, keyid, digest: payloadDigest(bytes) });
  } catch {
    return refuse('P04', 'the payload is not JSON');
  }
}

/** `sha256:` of a payload's bytes: how snapshots name their predecessor and receipts their snapshot. */
function payloadDigest(payload: Uint8Array): Digest {
  return `sha256:${toHex(sha256(payload))}`;
}

/** A refusal under a numbered rule of PROTOCOL.md. */
export function refuse(rule: string, message: string): { readonly ok: false; readonly error: Problem } {
  return err(problem('protocol.refused', message, { rule }));
}
