import { readFileSync } from 'node:fs';
import type { Bundle, Digest } from '../../../core/bundle/bundle.ts';
import type { ObjectDigest } from '../../../core/bundle/bundle-digest.ts';
import type { Envelope, KeyList, PublicKey, Receipt, Snapshot } from '../../../core/protocol/messages.ts';

/** The keys that the vectors were made with. */
export type Party = 'root' | 'online' | 'retired' | 'stranger' | 'agent' | 'rfc8032-1';

function read<T>(name: string): T {
  // The files are frozen and ours; the tests that use them would fail on another form.
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** Private seeds in hex: for tests only. */
export const keys = read<{ keys: Readonly<Record<Party, PublicKey & { readonly seed: string }>> }>('keys').keys;

export const canonicalCases = read<{ cases: readonly { readonly json: string; readonly canonical: string }[] }>(
  'canonical-json',
).cases;

export const envelopes = read<{
  readonly pae: { readonly payloadType: string; readonly payload: string; readonly text: string };
  readonly keyList: { readonly value: KeyList; readonly envelope: Envelope };
  readonly snapshot: { readonly value: Snapshot; readonly digest: Digest; readonly envelope: Envelope };
  readonly receipt: { readonly value: Receipt; readonly envelope: Envelope };
}>('envelopes');

export const bundles = read<{ readonly bundle: Bundle; readonly objects: readonly ObjectDigest[]; readonly digest: Digest }>(
  'bundle-digest',
);

export const requests = read<{
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly body: string;
    readonly time: number;
    readonly nonce: string;
  };
  readonly cluster: string;
  readonly signed: string;
  readonly headers: Readonly<Record<string, string>>;
}>('request-signature');
