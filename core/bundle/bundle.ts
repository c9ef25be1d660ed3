import type { Manifest } from '../objects/object.ts';

/**
 * The rendered objects of one App at one revision, as delivered to the agent.
 * Its name is `sha256:` + the SHA-256 of the canonical JSON of its digest form (bundle-digest.ts), in which Secret values
 * are replaced by their HMAC under `salt`: the digest may stand beside a masked ledger without being an oracle for guesses.
 */
export interface Bundle {
  readonly format: 1;
  /** 64 hex digits; travels only inside the bundle. */
  readonly salt: string;
  /** In the order in which the engine gave them. */
  readonly objects: readonly Manifest[];
}

/** `sha256:` and 64 hex digits. */
export type Digest = string;
