import type { Dialect } from '../app/policy.ts';
import type { Health } from '../app/status.ts';
import type { Seen } from './sync-state.ts';

/**
 * Whether an object that is waited for lets the next step begin.
 *
 *   Argo CD   Healthy does; Degraded fails the step; everything else (Suspended too) is waited for
 *             https://github.com/argoproj/argo-cd/blob/c9c369efcc5b/gitops-engine/pkg/sync/sync_context.go#L545
 *   Flux      kstatus Current does, Failed fails the step
 */
export function judge(health: Health, dialect: Dialect): 'ready' | 'waiting' | 'failed' {
  switch (health.status) {
    case 'Healthy':
      return 'ready';
    case 'Degraded':
      return 'failed';
    case 'Suspended':
      return dialect === 'argo' ? 'waiting' : 'ready';
    default:
      return 'waiting';
  }
}

/** Argo CD gives up when an object that it waits for is not there any more; Flux waits for it to come. */
export function isMissingFatal(dialect: Dialect): boolean {
  return dialect === 'argo';
}

/** How a hook is, by its health: gone while it ran, Degraded and Unknown are failures, as in Argo CD. */
export function judgeHook(seen: Seen): 'running' | 'succeeded' | 'failed' {
  if (seen === 'missing') return 'failed';
  switch (seen.status) {
    case 'Healthy':
      return 'succeeded';
    case 'Degraded':
    case 'Unknown':
      return 'failed';
    default:
      return 'running';
  }
}
