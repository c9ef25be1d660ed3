import type { RetryPolicy } from '../app/policy.ts';

/** Exponential backoff in milliseconds: `base · factor^attempt`, at most `max`, each time between half and all of it by `chance` (0…1). */
export function backoffMs(
  attempt: number,
  options: { readonly base: number; readonly factor: number; readonly max: number; readonly chance: number },
): number {
  const full = Math.min(options.base * options.factor ** Math.min(attempt, 32), options.max);
  return full / 2 + (full / 2) * options.chance;
}

/** When a failed sync is tried again (ms), by the App's policy; undefined when its attempts are used up. `attempt` counts from 0. */
export function retryDelayMs(attempt: number, policy: RetryPolicy): number | undefined {
  if (policy.limit >= 0 && attempt >= policy.limit) return undefined;
  return Math.min(policy.durationSeconds * policy.factor ** attempt, policy.maxDurationSeconds) * 1000;
}

/** How often an object was healed lately. */
export interface HealHistory {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly last: number;
}

const FREE_HEALS = 3;
const HEAL_BASE_MS = 2_000;
const HEAL_MAX_MS = 300_000;

/**
 * How long to wait before an object is healed (again). The first few heals are immediate; somebody who keeps writing against us is
 * answered ever more slowly (Argo CD's self-heal backoff: 2 s, factor 3, at most 300 s), until the object was quiet for twice the wait.
 */
export function healDelayMs(history: HealHistory | undefined, now: number): number {
  if (history === undefined || history.count < FREE_HEALS) return 0;
  const wait = healWait(history.count);
  return Math.max(0, history.last + wait - now);
}

/** True when an object was healed so often that the next heal has to wait. */
export function isFight(history: HealHistory | undefined): boolean {
  return history !== undefined && history.count >= FREE_HEALS;
}

/** The history after one more heal. */
export function afterHeal(history: HealHistory | undefined, now: number): HealHistory {
  const quiet = history === undefined || now - history.last > 2 * healWait(Math.max(history.count, FREE_HEALS));
  return { count: quiet ? 1 : history.count + 1, last: now };
}

function healWait(count: number): number {
  return Math.min(HEAL_BASE_MS * 3 ** (count - FREE_HEALS), HEAL_MAX_MS);
}
