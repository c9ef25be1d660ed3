import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64, toHex, toUtf8 } from '../json/bytes.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { PublicKey } from './messages.ts';
import { keyBytes, type Signer, type Verify } from './signing.ts';

/**
 * Every request of an agent is signed with its own key over
 *
 *   "plumbline-request-v1" LF METHOD LF path and query LF hex SHA-256 of the body LF time (ms) LF nonce
 *
 * and carries the five headers below. The Worker refuses times more than five minutes from its own clock (the agent then
 * corrects itself by the answer's Date header) and a nonce that it has seen.
 */
export const HEADERS = {
  cluster: 'plumbline-cluster',
  key: 'plumbline-key',
  time: 'plumbline-time',
  nonce: 'plumbline-nonce',
  signature: 'plumbline-signature',
} as const;

/** How far an agent's clock may be off, in milliseconds. */
export const MAX_SKEW_MS = 5 * 60_000;

export interface RequestParts {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly time: number;
  readonly nonce: string;
}

/** The bytes that a request's signature covers. */
export function requestBytes(parts: RequestParts): Uint8Array {
  const digest = toHex(sha256(parts.body));
  return toUtf8(`plumbline-request-v1\n${parts.method}\n${parts.path}\n${digest}\n${parts.time}\n${parts.nonce}`);
}

/** The headers to send with a request. */
export async function signRequest(parts: RequestParts, cluster: string, signer: Signer): Promise<Record<string, string>> {
  const signature = await signer.sign(requestBytes(parts));
  return {
    [HEADERS.cluster]: cluster,
    [HEADERS.key]: signer.publicKey.keyid,
    [HEADERS.time]: String(parts.time),
    [HEADERS.nonce]: parts.nonce,
    [HEADERS.signature]: toBase64(signature),
  };
}

/** What the headers claim, before anything is checked. */
export interface RequestClaim {
  readonly cluster: string;
  readonly keyid: string;
  readonly time: number;
  readonly nonce: string;
  readonly signature: Uint8Array;
}

/** Reads the headers; fails with `agent.signature` (P20) when one is missing or malformed. */
export function parseClaim(header: (name: string) => string | null | undefined): Result<RequestClaim, Problem> {
  const cluster = header(HEADERS.cluster) ?? '';
  const keyid = header(HEADERS.key) ?? '';
  const time = header(HEADERS.time) ?? '';
  const nonce = header(HEADERS.nonce) ?? '';
  const signature = fromBase64(header(HEADERS.signature) ?? '');
  const complete =
    /^[0-9a-zA-Z-]{1,128}$/.test(cluster) &&
    /^[0-9a-f]{16}$/.test(keyid) &&
    // One spelling of one time, since the signature covers the digits as the number writes them.
    /^[1-9][0-9]{0,14}$/.test(time) &&
    /^[0-9a-zA-Z_-]{16,64}$/.test(nonce);
  if (!complete || signature?.length !== 64) return refused('P20', 'a signature header is missing or malformed');
  return ok({ cluster, keyid, time: Number(time), nonce, signature });
}

/**
 * Checks a claim against the key that was enrolled for its cluster.
 * Fails with `agent.unknown` (P21: another key) or `agent.signature` (P22: clock too far off, P23: the signature does not cover this request).
 * Whether the nonce was seen before is the caller's to know (P24).
 */
export async function checkRequest(
  claim: RequestClaim,
  request: { readonly method: string; readonly path: string; readonly body: Uint8Array },
  trust: { readonly key: PublicKey; readonly now: number; readonly verify: Verify },
): Promise<Result<true, Problem>> {
  const key = keyBytes(trust.key);
  if (key === undefined || claim.keyid !== trust.key.keyid)
    return err(problem('agent.unknown', `key ${claim.keyid} is not enrolled for this cluster`, { rule: 'P21' }));
  if (Math.abs(claim.time - trust.now) > MAX_SKEW_MS)
    return refused('P22', `the clock is ${Math.round((claim.time - trust.now) / 1000)} s off`);
  const bytes = requestBytes({ ...request, time: claim.time, nonce: claim.nonce });
  return (await trust.verify(key, claim.signature, bytes))
    ? ok(true)
    : refused('P23', 'the signature does not cover this request');
}

function refused(rule: string, message: string): { readonly ok: false; readonly error: Problem } {
  return err(problem('agent.signature', message, { rule }));
}
