import type { ReleasePolicy } from '../app/policy.ts';
import type { Digest } from '../bundle/bundle.ts';
import type { Problem } from '../problem/problem.ts';
import type { ReleaseState } from './release-state.ts';

/** What decisions about a release look at, besides its state. */
export interface ReleaseContext {
  readonly policy: ReleasePolicy;
  /** `attempt` names everything that makes a new attempt: the bundle and the policy. */
  readonly wanted: { readonly bundle: Digest; readonly attempt: string };
  /** Ids of requests; one that was not handled yet is carried out now. */
  readonly requests?: { readonly force?: string; readonly reset?: string };
  /** Objects of this release are in the cluster, though nothing is known of it: Helm's or Flux' own. */
  readonly adopts?: boolean;
  /** Whether a bundle can be had, to go back to. */
  readonly isAvailable: (bundle: Digest) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type ReleaseEffect =
  /** `resumed`: it was begun before, and goes on. */
  | {
      readonly do: 'install' | 'upgrade' | 'rollback';
      readonly bundle: Digest;
      readonly revision: number;
      readonly resumed: boolean;
    }
  | { readonly do: 'test'; readonly bundle: Digest }
  /** `remediation`: because it failed. `moved`: because the release is called something else now; `target` is what it was called. */
  | {
      readonly do: 'uninstall';
      readonly why: 'remediation' | 'moved';
      readonly target: { readonly name: string; readonly namespace: string };
    }
  /** Look again at that time; before it, only when something changes. */
  | { readonly do: 'wait'; readonly until: number; readonly problem: Problem }
  /** Look again soon, each time later (the App's own backoff). */
  | { readonly do: 'retry' }
  /** Nothing until something changes or a person asks. */
  | { readonly do: 'stall'; readonly problem: Problem }
  /** It is as it should be. */
  | { readonly do: 'nothing' };

export interface ReleaseTurn {
  readonly state: ReleaseState;
  readonly effect: ReleaseEffect;
}
