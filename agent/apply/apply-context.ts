import type { AgentIdentity } from '../../core/plan/protected-object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { PublicKey, Receipt } from '../../core/protocol/messages.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';
import type { Chance } from '../platform/crypto.ts';
import type { Failpoints } from '../platform/failpoints.ts';
import type { Fence } from './fence.ts';
import type { InventoryStore } from './inventory-store.ts';
import type { Limiter } from './limiter.ts';
import type { ObjectTools } from './object-tools.ts';

/** Where what happens is told: the reporter in earnest, a list in tests. */
export interface ReportSink {
  /** A receipt; `acknowledged` is called once the Worker has it. */
  readonly receipt: (receipt: Receipt, acknowledged: () => void) => void;
  /** The App's status changed. */
  readonly touch: (app: string) => void;
  readonly problem: (problem: Problem) => void;
}

/** Everything that the agent's parts are made of; main.ts builds it once. */
export interface ApplyContext {
  readonly api: ClusterApi;
  readonly tools: ObjectTools;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly limiter: Limiter;
  readonly inventory: InventoryStore;
  readonly fence: Fence;
  readonly identity: AgentIdentity;
  readonly failpoints: Failpoints;
  readonly sink: ReportSink;
  readonly log: (message: string) => void;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly root: PublicKey;
}
