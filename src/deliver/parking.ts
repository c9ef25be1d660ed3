import { type Problem, problem } from '../../core/problem/problem.ts';
import type { PollRequest } from '../../core/protocol/messages.ts';
import { checkRequest, MAX_SKEW_MS, type RequestClaim } from '../../core/protocol/request-signature.ts';
import { parsePollRequest } from '../../core/protocol/schemas.ts';
import type { Verify } from '../../core/protocol/signing.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClusterFacts } from '../platform/ports.ts';
import { hasNews } from './answer-poll.ts';

/** How long a poll is held when there is no news: what Cloudflare documents about longer requests is contradictory. */
export const HOLD_MS = 25_000;
/** How long facts are believed without asking the Cluster object again: bounds what a lost wake-up can cost. */
const FACTS_MS = 5 * 60_000;

export interface ParkingParts {
  /** Asks the Cluster object; undefined when no agent is enrolled. */
  readonly load: (clusterName: string) => Promise<ClusterFacts | undefined>;
  readonly now: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly verify: Verify;
}

/** A poll as it came in: headers' claim, body, and the path that was signed. */
export interface ParkedRequest {
  readonly claim: RequestClaim;
  readonly body: Uint8Array;
  readonly path: string;
}

/** Holds the open polls of up to 500 clusters. */
export interface Parking {
  poll(
    clusterName: string,
    parked: ParkedRequest,
  ): Promise<Result<{ readonly news: boolean; readonly request: PollRequest }, Problem>>;
  wake(facts: ClusterFacts): void;
  /** When each agent polled last, by the UID of its cluster, and since when that is known. Milliseconds since the epoch. */
  heard(): { readonly since: number; readonly at: { readonly [uid: string]: number } };
  forget(uid: string): void;
}

/**
 * All state is in memory: when it is lost, agents poll again and facts are asked for again. Nothing is awaited between the last look at the facts
 * and the moment a poll is parked, so that no wake-up falls between the two. Of facts that were loaded and a wake-up that arrived meanwhile the newer
 * ones count; facts that were loaded alone replace whatever was believed before.
 */
export function createParking(parts: ParkingParts): Parking {
  const known = new Map<string, { readonly facts: ClusterFacts; readonly at: number }>();
  const waiting = new Map<string, Set<AbortController>>();
  const nonces = new Map<string, number>();
  const heard = new Map<string, number>();
  const since = parts.now();

  const learn = (facts: ClusterFacts): ClusterFacts => {
    known.set(facts.uid, { facts, at: parts.now() });
    return facts;
  };

  const factsOf = async (clusterName: string, uid: string): Promise<ClusterFacts | undefined> => {
    const had = known.get(uid);
    if (had !== undefined && parts.now() - had.at < FACTS_MS) return had.facts;
    const loaded = await parts.load(clusterName);
    const meanwhile = known.get(uid);
    if (meanwhile !== undefined && meanwhile !== had && (loaded === undefined || isNewer(meanwhile.facts, loaded)))
      return meanwhile.facts;
    return loaded === undefined || loaded.uid !== uid ? undefined : learn(loaded);
  };

  /** A nonce may be used once while its time is acceptable. */
  const isReplay = (claim: RequestClaim): boolean => {
    const now = parts.now();
    for (const [nonce, until] of nonces) {
      if (until > now) break; // insertion order is time order
      nonces.delete(nonce);
    }
    const key = `${claim.keyid}/${claim.nonce}`;
    if (nonces.has(key)) return true;
    nonces.set(key, now + 2 * MAX_SKEW_MS);
    return false;
  };

  const park = async (uid: string): Promise<void> => {
    const controller = new AbortController();
    const parked = waiting.get(uid) ?? new Set();
    waiting.set(uid, parked.add(controller));
    await parts.sleep(HOLD_MS, controller.signal);
    parked.delete(controller);
    if (parked.size === 0 && waiting.get(uid) === parked) waiting.delete(uid);
  };

  const release = (uid: string): void => {
    for (const controller of waiting.get(uid) ?? []) controller.abort();
  };

  return {
    async poll(clusterName, { claim, body, path }) {
      const facts = await factsOf(clusterName, claim.cluster);
      if (facts === undefined) return unknown(claim);
      const signed = await checkRequest(
        claim,
        { method: 'POST', path, body },
        { key: facts.agentKey, now: parts.now(), verify: parts.verify },
      );
      if (!signed.ok) return signed;
      if (isReplay(claim)) return err(problem('agent.signature', 'this request was seen before', { rule: 'P24' }));
      const request = parsePoll(body);
      if (!request.ok) return request;
      heard.set(claim.cluster, parts.now());
      // The signature took its time: a wake-up may have come since the facts were read.
      const current = known.get(claim.cluster)?.facts;
      if (current !== undefined && !hasNews(request.value, current)) await park(claim.cluster);
      const newest = known.get(claim.cluster)?.facts;
      // Removed, or enrolled again with another key: this one has no right to the answer any more.
      if (newest === undefined || newest.agentKey.keyid !== claim.keyid) return unknown(claim);
      return ok({ news: hasNews(request.value, newest), request: request.value });
    },
    wake(facts) {
      learn(facts);
      release(facts.uid);
    },
    heard: () => ({ since, at: Object.fromEntries(heard) }),
    forget(uid) {
      known.delete(uid);
      heard.delete(uid);
      release(uid);
    },
  };
}

function unknown(claim: RequestClaim): Result<never, Problem> {
  return err(problem('agent.unknown', `no agent is enrolled for cluster ${claim.cluster}`, { rule: 'P21' }));
}

function isNewer(a: ClusterFacts, b: ClusterFacts): boolean {
  return a.keys !== b.keys
    ? a.keys > b.keys
    : a.generation !== b.generation
      ? a.generation > b.generation
      : a.expiresAt > b.expiresAt;
}

function parsePoll(body: Uint8Array): Result<PollRequest, Problem> {
  try {
    const parsed = parsePollRequest(JSON.parse(new TextDecoder().decode(body)));
    return parsed.ok ? parsed : err(problem('api.invalid', parsed.error));
  } catch {
    return err(problem('api.invalid', 'the body is not JSON'));
  }
}
