import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import type { Envelope, PollRequest, PollResponse } from '../../core/protocol/messages.ts';

/** Bundles up to this size travel with the snapshot; the rest is fetched one by one. */
const INLINE_BYTES = 4_000_000;

/** How an agent's state compares with the newest: order is (key list version, generation, expiry); and questions that it has not seen. */
export function hasNews(
  request: PollRequest,
  newest: { readonly keys: number; readonly generation: number; readonly expiresAt: number; readonly questions?: number },
): boolean {
  // An agent that names no number answers no questions: they are no news for it.
  if (request.questions !== undefined && (newest.questions ?? 0) > request.questions) return true;
  if (newest.keys !== request.keys) return newest.keys > request.keys;
  if (newest.generation !== request.generation) return newest.generation > request.generation;
  return newest.expiresAt > request.expiresAt;
}

/**
 * What an agent lacks: the key list when it has an older one, the newest snapshot, and the bundles that it names and the agent has not.
 * Level-triggered: nothing depends on what was sent before.
 */
export async function answerPoll(
  request: PollRequest,
  newest: { readonly envelope: Envelope; readonly digests: readonly Digest[] } | undefined,
  parts: {
    readonly keyList: { readonly version: number; readonly envelope: Envelope } | undefined;
    readonly bundle: (digest: Digest) => Promise<Bundle | undefined>;
  },
): Promise<PollResponse> {
  const keys = parts.keyList !== undefined && parts.keyList.version > request.keys ? { keys: parts.keyList.envelope } : {};
  if (newest === undefined) return { ...keys, bundles: {} };
  const had = new Set(request.bundles);
  const bundles: Record<Digest, Bundle> = {};
  let bytes = 0;
  for (const digest of newest.digests) {
    if (had.has(digest)) continue;
    if (bytes > INLINE_BYTES) break;
    const bundle = await parts.bundle(digest);
    if (bundle === undefined) continue;
    bundles[digest] = bundle;
    bytes += JSON.stringify(bundle).length;
  }
  return { ...keys, snapshot: newest.envelope, bundles };
}
