import { DurableObject } from 'cloudflare:workers';
import type { Problem } from '../../core/problem/problem.ts';
import type { PollRequest } from '../../core/protocol/messages.ts';
import type { RequestClaim } from '../../core/protocol/request-signature.ts';
import type { Result } from '../../core/result.ts';
import { createParking, type Parking } from '../deliver/parking.ts';
import { sleep, systemClock } from '../platform/clock.ts';
import { verifyEd25519 } from '../platform/ed25519.ts';
import { clusterOf, type Env } from '../platform/env.ts';
import type { ClusterFacts, LobbyPort } from '../platform/ports.ts';

/** Parks the polls of up to 500 clusters, so that an idle fleet keeps one object awake instead of one per cluster. */
export class Lobby extends DurableObject<Env> implements LobbyPort {
  readonly #parking: Parking = createParking({
    load: (clusterName) => clusterOf(this.env, clusterName).facts(),
    now: systemClock,
    sleep,
    verify: verifyEd25519,
  });

  poll(
    clusterName: string,
    claim: RequestClaim,
    body: Uint8Array,
    path: string,
  ): Promise<Result<{ readonly news: boolean; readonly request: PollRequest }, Problem>> {
    return this.#parking.poll(clusterName, { claim, body, path });
  }

  async wake(facts: ClusterFacts): Promise<void> {
    this.#parking.wake(facts);
  }

  async heard(): Promise<{ readonly since: number; readonly at: { readonly [uid: string]: number } }> {
    return this.#parking.heard();
  }

  async forget(uid: string): Promise<void> {
    this.#parking.forget(uid);
  }
}
