import type { PreparedObject } from '../../../core/plan/prepare.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import type { Result } from '../../../core/result.ts';
import type { TakeoverPolicy } from '../../../core/takeover/managers.ts';
import type { ClusterApi, LiveObject } from '../../cluster/cluster-api.ts';
import type { Clock } from '../../platform/clock.ts';
import type { IgnoreRules } from '../drift/ignore.ts';

/** What comparing and writing one object needs. */
export interface ObjectTools {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** Equal when nothing has changed that counts; fields that the object's rules ignore do not. */
  readonly fingerprint: (live: LiveObject, object?: PreparedObject) => string;
  /** A number from 0 to 1, for jitter. */
  readonly chance: () => number;
  /** Asked before a write on another basis than the caller's: an agent that slept must find out that another one has gone on (threat F34). */
  readonly mayStillWrite?: () => Promise<Result<true, Problem>>;
  /** The rules of the App whose objects these are; Argo CD's defaults where absent. */
  readonly policy?: TakeoverPolicy;
  /** Differences that do not count; all count where absent. */
  readonly ignore?: Pick<IgnoreRules, 'differences' | 'needsLive'>;
}

/** The policy of the tools' App. */
export function policyOf(tools: ObjectTools): TakeoverPolicy {
  return tools.policy ?? ARGO;
}

const ARGO: TakeoverPolicy = { dialect: 'argo' };
