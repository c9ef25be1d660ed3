import type { Bundle, Digest } from '../core/bundle/bundle.ts';
import { backoffMs } from '../core/plan/backoff.ts';
import type { Problem } from '../core/problem/problem.ts';
import { acceptBundle } from '../core/protocol/accept-bundle.ts';
import type { Envelope, KeyList, PollResponse, SnapshotApp } from '../core/protocol/messages.ts';
import type { AcceptedSnapshot } from '../core/protocol/snapshot-rules.ts';
import { ok, type Result } from '../core/result.ts';
import type { ApplyContext } from './apply/apply-context.ts';
import type { Fleet } from './apply/fleet.ts';
import { heldBundles, missingBundles, neededBundles } from './apply/needed-bundles.ts';
import { verifyEd25519 } from './platform/crypto.ts';
import type { WorkerClient } from './poll/worker-client.ts';
import type { SnapshotStore } from './verify/snapshot-store.ts';
import { acceptOffer, NO_TRUST, type Offer, type Trusted } from './verify/trust.ts';

/**
 * The agent's journey, once round:
 *
 *   poll ─► verify ─► fleet.accept (plan, apply) ─► store ─► poll …
 *
 * Applying, observing and reporting go on by themselves; the loop never waits for them, so that a newer snapshot always gets through.
 */
export interface LoopParts {
  readonly context: ApplyContext;
  readonly fleet: Fleet;
  readonly worker: WorkerClient;
  readonly store: SnapshotStore;
  readonly agentVersion: string;
  /** Answers what people want to look at; without it, nothing of that is asked. */
  readonly questions?: LoopQuestions;
  /** Does what people ask to be done to objects. */
  readonly actions?: { readonly accept: (accepted: AcceptedSnapshot) => void };
  readonly signal: AbortSignal;
  /** Called whenever the loop comes round: the agent is alive. */
  readonly onTurn: () => void;
}

export interface LoopQuestions {
  /** Number of the newest list that was seen. */
  readonly seen: () => number;
  /** Judges a list and begins to answer it; false when it was refused. */
  readonly receive: (envelope: Envelope, keyList: KeyList) => Promise<boolean>;
}

const STORE_AFTER_MS = 1_000;
const FETCHES_AT_ONCE = 8;
/** The longest wait for a Worker that does not answer, and for one whose snapshots are refused: its next one may be right. */
const MAX_PAUSE_MS = 15_000;
const MAX_REFUSAL_PAUSE_MS = 4_000;

export class AgentLoop {
  readonly #parts: LoopParts;
  #trusted: Trusted = NO_TRUST;
  /** Bundles that were verified and are not stored yet. */
  readonly #fresh = new Map<Digest, Bundle>();
  #storing = false;
  #fetching = false;
  #failures = 0;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  /** The generation and key list that the agent goes by. */
  standing(): { readonly keys: number; readonly generation: number; readonly expiresAt: number } {
    const { keyList, accepted } = this.#trusted;
    return {
      keys: keyList?.version ?? 0,
      generation: accepted?.snapshot.generation ?? 0,
      expiresAt: accepted?.snapshot.expiresAt ?? 0,
    };
  }

  /** Takes up where the last run ended: verifies the stored snapshot again and heals to it, whether or not the Worker is there. */
  async restore(enrolled: Envelope | undefined): Promise<Result<true, Problem>> {
    const { context, store, fleet } = this.#parts;
    const fenced = await context.fence.load();
    if (!fenced.ok) return fenced;
    const stored = await store.load();
    if (!stored.ok) return stored;
    if (stored.value !== undefined) {
      // Expiry gates the acceptance, which was long ago: only the signature, the cluster and the order are checked again.
      await this.#verify({ keys: stored.value.keys, snapshot: stored.value.snapshot }, 0);
      await this.#verify({ keys: stored.value.latestKeys }, 0);
    }
    if (this.#trusted.keyList === undefined && enrolled !== undefined) await this.#verify({ keys: enrolled }, 0);
    const { accepted } = this.#trusted;
    if (accepted === undefined) return ok(true);
    const wanted = wantedBundles(accepted.snapshot.apps);
    const bundles = await store.loadBundles(wanted);
    if (!bundles.ok) return bundles;
    await fleet.accept(accepted, (digest) => bundles.value.get(digest));
    this.#fetchMissing();
    return ok(true);
  }

  /** Polls until the signal is aborted. */
  async run(): Promise<void> {
    const { worker, context, signal, fleet } = this.#parts;
    while (!signal.aborted) {
      this.#parts.onTurn();
      const polled = await worker.poll(
        {
          cluster: context.cluster,
          ...this.standing(),
          bundles: heldBundles(fleet.apps.values()),
          agentVersion: this.#parts.agentVersion,
          ...(this.#parts.questions === undefined ? {} : { questions: this.#parts.questions.seen() }),
        },
        signal,
      );
      if (signal.aborted) return;
      if (!polled.ok) {
        context.log(`poll: ${polled.error.message}`);
        await this.#pause(MAX_PAUSE_MS);
        continue;
      }
      if (polled.value === undefined) {
        this.#failures = 0;
        continue;
      }
      context.failpoints.pass('received');
      // A Worker that keeps offering what is refused must not be asked in a tight loop.
      const isNews = await this.receive(polled.value);
      if ((await this.#ask(polled.value)) || isNews) this.#failures = 0;
      else await this.#pause(MAX_REFUSAL_PAUSE_MS);
    }
  }

  /** Judges one answer and acts on it; true when it brought something that was accepted. */
  async receive(answer: PollResponse): Promise<boolean> {
    const { context, fleet, worker } = this.#parts;
    const before = this.#trusted;
    await this.#verify(answer, worker.now());
    if (this.#trusted === before) return false;
    context.failpoints.pass('verified');
    const { accepted } = this.#trusted;
    if (accepted !== undefined) {
      const wanted = wantedBundles(accepted.snapshot.apps);
      for (const [digest, value] of Object.entries(answer.bundles ?? {}))
        if (wanted.has(digest)) this.#acceptBundle(value, digest);
      await fleet.accept(accepted, (digest) => this.#fresh.get(digest));
      this.#parts.actions?.accept(accepted);
      this.#fetchMissing();
    }
    this.#storeSoon();
    return true;
  }

  /** True when the answer held questions that may be answered. */
  async #ask({ questions }: PollResponse): Promise<boolean> {
    const { keyList } = this.#trusted;
    if (questions === undefined || keyList === undefined) return false;
    return (await this.#parts.questions?.receive(questions, keyList)) === true;
  }

  async #verify(offer: Offer, now: number): Promise<void> {
    const { context } = this.#parts;
    const { trusted, problems } = await acceptOffer(offer, this.#trusted, {
      root: context.root,
      cluster: context.cluster,
      verify: verifyEd25519,
      now,
    });
    this.#trusted = trusted;
    for (const found of problems) {
      context.log(`refused: ${found.rule ?? ''} ${found.message}`);
      context.sink.problem(found);
    }
  }

  #acceptBundle(value: unknown, digest: Digest): boolean {
    const bundle = acceptBundle(value, digest);
    if (bundle.ok) this.#fresh.set(digest, bundle.value);
    else this.#parts.context.sink.problem(bundle.error);
    return bundle.ok;
  }

  /** Fetches bundles that the accepted snapshot names and that did not come with it; each App begins as soon as its own is there. */
  #fetchMissing(): void {
    if (this.#fetching) return;
    this.#fetching = true;
    void this.#fetchAll().finally(() => {
      this.#fetching = false;
    });
  }

  async #fetchAll(): Promise<void> {
    const { fleet, worker, context, signal } = this.#parts;
    await this.#takeStored();
    for (let attempt = 0; !signal.aborted; attempt++) {
      const missing = missingBundles(fleet.apps.values());
      if (missing.length === 0) return;
      for (let i = 0; i < missing.length; i += FETCHES_AT_ONCE) {
        const batch = missing.slice(i, i + FETCHES_AT_ONCE);
        const fetched = await Promise.all(batch.map(async (digest) => ({ digest, got: await worker.bundle(digest) })));
        for (const { digest, got } of fetched) if (got.ok) this.#acceptBundle(got.value, digest);
        const newest = this.#trusted.accepted;
        if (newest !== undefined) await fleet.accept(newest, (digest) => this.#fresh.get(digest));
      }
      this.#storeSoon();
      await context.clock.sleep(
        backoffMs(attempt, { base: 200, factor: 2, max: 30_000, chance: context.chance.fraction() }),
        signal,
      );
    }
  }

  /** An App whose policy has changed, or that goes back to what it was, needs a bundle that was stored before. */
  async #takeStored(): Promise<void> {
    const { fleet, store } = this.#parts;
    const wanted = new Set(missingBundles(fleet.apps.values()).filter(store.holds));
    const { accepted } = this.#trusted;
    if (wanted.size === 0 || accepted === undefined) return;
    const stored = await store.loadBundles(wanted);
    const newest = this.#trusted.accepted;
    if (stored.ok && newest !== undefined)
      await fleet.accept(newest, (digest) => this.#fresh.get(digest) ?? stored.value.get(digest));
  }

  /** Stores what was accepted, a moment later and one write at a time: applying goes first. */
  #storeSoon(): void {
    if (this.#storing) return;
    this.#storing = true;
    this.#parts.context.clock.after(STORE_AFTER_MS, () => {
      void this.#storeNow().then((again) => {
        this.#storing = false;
        if (again) this.#storeSoon();
      });
    });
  }

  /** True when it has to be done again. */
  async #storeNow(): Promise<boolean> {
    const { store, context, signal } = this.#parts;
    const trusted = this.#trusted;
    const { accepted, acceptedUnder, keysEnvelope } = trusted;
    if (accepted === undefined || acceptedUnder === undefined || keysEnvelope === undefined || signal.aborted) return false;
    // The keys that a replaced snapshot may have created have to be known before it is forgotten.
    const flushed = await context.inventory.flush();
    const bundles = new Map(this.#fresh);
    const stored = { keys: acceptedUnder, latestKeys: keysEnvelope, snapshot: accepted.envelope };
    const saved = flushed.ok
      ? await store.save({ stored, added: bundles, wanted: wantedBundles(accepted.snapshot.apps) })
      : flushed;
    if (!saved.ok) {
      context.log(`storing the snapshot: ${saved.error.message}`);
      return true;
    }
    for (const digest of bundles.keys()) this.#fresh.delete(digest);
    return this.#trusted !== trusted || this.#fresh.size > 0;
  }

  async #pause(max: number): Promise<void> {
    const { context, signal } = this.#parts;
    await context.clock.sleep(
      backoffMs(this.#failures++, { base: 300, factor: 2, max, chance: context.chance.fraction() }),
      signal,
    );
  }
}

/** The bundles that a snapshot needs. */
function wantedBundles(apps: readonly SnapshotApp[]): Set<Digest> {
  return new Set(apps.flatMap(neededBundles));
}
