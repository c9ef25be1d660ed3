import type { AppPolicy } from '../../core/app/policy.ts';
import type { Health } from '../../core/app/status.ts';
import type { Bundle } from '../../core/bundle/bundle.ts';
import type { HealthRules } from '../../core/health/health-check.ts';
import type { Json, JsonObject, Manifest } from '../../core/objects/object.ts';
import type { AgentIdentity } from '../../core/plan/protected-object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { PublicKey, Receipt } from '../../core/protocol/messages.ts';
import type { ResolveInput } from '../../core/resolve/resolve-input.ts';
import type { Result } from '../../core/result.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';
import type { Chance } from '../platform/crypto.ts';
import type { Failpoints } from '../platform/failpoints.ts';
import type { IgnoreRules } from './drift/ignore.ts';
import type { Fence } from './fence.ts';
import type { InventoryStore } from './inventory-store.ts';
import type { Limiter } from './limiter.ts';
import type { ObjectTools } from './object/object-tools.ts';

/** Where what happens is told: the reporter in earnest, a list in tests. */
export interface ReportSink {
  /** A receipt; `acknowledged` is called once the Worker has it. */
  readonly receipt: (receipt: Receipt, acknowledged: () => void) => void;
  /** The App's status changed. */
  readonly touch: (app: string) => void;
  readonly problem: (problem: Problem) => void;
}

/** Finds health, at once or later. */
export interface HealthSource {
  readonly health: (live: JsonObject, rules: HealthRules) => Health | Promise<Health>;
}

/** What agent/resolve makes of a bundle; see there. */
export interface Resolved {
  readonly bundle: Bundle;
  readonly blocked: readonly { readonly manifest: Manifest; readonly problem: Problem }[];
  readonly secretObjects: ReadonlySet<Manifest>;
  readonly redact: (text: string) => string;
  readonly inputs: readonly ResolveInput[];
  readonly warnings: readonly Problem[];
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
  /** Differences that do not count. */
  readonly ignore: IgnoreRules;
  /** Health that needs users' programs; without it only what is built in. */
  readonly health?: HealthSource;
  /** Fills a bundle from the cluster where its policy says so; without it, bundles are taken as they are. */
  readonly resolve?: (bundle: Bundle, policy: AppPolicy) => Promise<Result<Resolved, Problem>>;
  /** The Worker's clock (ms), as far as it is known: what expires, expires by it. */
  readonly workerNow?: () => number;
  /** The API as a ServiceAccount sees it. */
  readonly actAs?: (account: { readonly namespace: string; readonly name: string }) => ClusterApi;
  /** Asks an expression in CEL. */
  readonly cel?: (expression: string, variables: JsonObject) => Promise<Result<Json, Problem>>;
  readonly sink: ReportSink;
  readonly log: (message: string) => void;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly root: PublicKey;
}
