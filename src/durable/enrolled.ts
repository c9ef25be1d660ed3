import type { PublicKey } from '../../core/protocol/messages.ts';

/** The agent of a cluster: the fact `enrolled` of its object. */
export interface Enrolled {
  readonly name: string;
  readonly uid: string;
  readonly lobby: number;
  readonly agentKey: PublicKey;
}
