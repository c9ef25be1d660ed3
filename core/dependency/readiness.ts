import type { AppPolicy } from '../app/policy.ts';
import type { Health } from '../app/status.ts';
import type { Digest } from '../bundle/bundle.ts';

/**
 * What is known of one App when others ask whether they may build on it.
 *
 * In Flux an object is ready when its newest generation was applied and, where it waits (`wait`, `healthChecks`, a Helm release), what it
 * applied was healthy; a failure of what is newest makes it unready, whatever ran before:
 * https://github.com/fluxcd/kustomize-controller/blob/v1.10.1/internal/controller/kustomization_controller.go, `checkDependencies`.
 *
 *   nothing rendered, or not synced yet     not yet
 *   the wanted bundle is synced             ready, and if it waits: once it is healthy; Degraded is a failure
 *   the last sync of it failed              failed
 *   suspended                               as it was left: ready if it was ready, unless what it lacks came with the same commit
 *   being removed                           not ready
 *
 * An App of Argo CD always waits for its health: that is what the waves of an app-of-apps do. Deletions that are held for a person do not
 * count: whatever is needed is there.
 */
export interface AppFacts {
  readonly id: string;
  readonly state: 'present' | 'removed';
  readonly policy: AppPolicy;
  /** What the snapshot says; `generation` is that of the snapshot that said it first. */
  readonly wanted: { readonly bundle?: Digest; readonly revision: string; readonly generation: number };
  /** The last sync that ended well. */
  readonly applied?: { readonly bundle: Digest; readonly revision: string; readonly generation: number };
  /** The last sync that ended, or the one that runs. */
  readonly sync?: {
    readonly bundle: Digest;
    readonly outcome: 'running' | 'synced' | 'held' | 'failed';
    readonly message?: string;
  };
  /** Of the objects that count (those of `healthChecks`, where some are named). */
  readonly health: Health;
}

/** Flux' `Ready` condition: its status, its reason, and a clause for people (`its sync is running`). */
export interface Readiness {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** Whether an App is ready for those that depend on it; `forRevision` is the commit of the one who asks. */
export function computeReadiness(app: AppFacts, forRevision?: string): Readiness {
  const { state, wanted, applied, sync, policy } = app;
  if (state === 'removed') return { status: 'False', reason: 'Deleting', message: 'it is being removed' };
  if (policy.suspended) return suspendedReadiness(app, forRevision);
  if (wanted.bundle === undefined) return { status: 'False', reason: 'BuildFailed', message: 'it was not rendered yet' };
  if (sync?.outcome === 'failed' && sync.bundle === wanted.bundle)
    return {
      status: 'False',
      reason: 'ReconciliationFailed',
      message: `its sync failed${sync.message === undefined ? '' : `: ${sync.message}`}`,
    };
  if (applied?.bundle !== wanted.bundle || applied.generation < wanted.generation)
    return {
      status: 'Unknown',
      reason: 'Progressing',
      message: sync?.outcome === 'running' ? 'its sync is running' : 'it is not synced yet',
    };
  return healthReadiness(app);
}

function suspendedReadiness(app: AppFacts, forRevision: string | undefined): Readiness {
  const { wanted, applied } = app;
  if (applied === undefined) return { status: 'False', reason: 'Suspended', message: 'it is suspended and was never synced' };
  if (applied.bundle !== wanted.bundle && wanted.revision === forRevision)
    return { status: 'False', reason: 'Suspended', message: 'it is suspended at an older revision of the same source' };
  return healthReadiness(app);
}

function healthReadiness(app: AppFacts): Readiness {
  const { health, policy, applied } = app;
  const said = health.message === undefined ? '' : `: ${health.message}`;
  if (!waitsForHealth(policy) || health.status === 'Healthy')
    return { status: 'True', reason: 'ReconciliationSucceeded', message: `Applied revision: ${applied?.revision ?? ''}` };
  if (health.status === 'Degraded') return { status: 'False', reason: 'HealthCheckFailed', message: `it is Degraded${said}` };
  return { status: 'Unknown', reason: 'Progressing', message: `it is ${health.status}${said}` };
}

/** True for Apps that are ready only when what they applied is healthy. */
export function waitsForHealth(policy: AppPolicy): boolean {
  if (policy.dialect === 'argo') return true;
  if (policy.release !== undefined) return !policy.release.upgrade.disableWait;
  return policy.wait === true || (policy.healthChecks?.length ?? 0) > 0;
}
