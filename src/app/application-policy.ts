import type { AppPolicy, RetryPolicy } from '../../core/app/policy.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { APPLICATION_SHAPE } from './application-shape.ts';
import { parseArgoDuration } from './duration.ts';
import { invalid, type Notes, type Shaped, warn } from './shape.ts';
import { readSyncOptions } from './sync-options.ts';

type Spec = NonNullable<Shaped<typeof APPLICATION_SHAPE>['spec']>;
type SyncPolicy = NonNullable<Spec['syncPolicy']>;

/** https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/application_defaults.go, limit: appcontroller.go#L2470 */
const ARGO_RETRY: RetryPolicy = { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 };
/** Argo CD has no deadline; a Deployment gives up after ten minutes by default. */
const ARGO_TIMEOUT_SECONDS = 600;

const CASCADE = /^resources-finalizer\.argocd\.argoproj\.io(?:\/(?:foreground|background))?$/;

/** Reads what the agent may do for an Application; what is wrong goes to the notes. */
export function readPolicy(
  spec: Spec,
  app: {
    readonly name: string;
    readonly namespace: string;
    readonly metadata: JsonObject;
    readonly budget: AppPolicy['budget'];
    readonly notes: Notes;
  },
): AppPolicy {
  const { notes } = app;
  const automated = spec.syncPolicy?.automated;
  const autoSync = automated !== undefined && automated.enabled !== false;
  const options = readSyncOptions(spec.syncPolicy?.syncOptions ?? [], notes);
  const targetNamespace = spec.destination?.namespace ?? '';
  if (options.createNamespace && targetNamespace === '')
    warn(notes, 'spec.syncPolicy.syncOptions CreateNamespace=true', 'has no effect without spec.destination.namespace');
  return {
    dialect: 'argo',
    name: app.name,
    namespace: app.namespace,
    autoSync,
    prune: autoSync && automated.prune === true && options.prune,
    selfHeal: autoSync && automated.selfHeal === true,
    allowEmpty: autoSync && automated.allowEmpty === true,
    ...(targetNamespace === '' ? {} : { targetNamespace }),
    createNamespace: options.createNamespace && targetNamespace !== '',
    suspended: annotationOf(app.metadata, 'argocd.argoproj.io/skip-reconcile') === 'true',
    retry: readRetry(spec.syncPolicy?.retry, notes),
    timeoutSeconds: ARGO_TIMEOUT_SECONDS,
    onDelete: options.deleteObjects && readFinalizers(app.metadata, notes) ? 'prune' : 'orphan',
    budget: app.budget,
  };
}

function annotationOf(metadata: JsonObject, key: string): unknown {
  // toManifest checked that annotations, where present, are a map of texts.
  return (metadata['annotations'] as { readonly [key: string]: string } | undefined)?.[key];
}

/** True when the Application carries Argo CD's cascading finalizer, whose propagation makes no difference here. */
function readFinalizers(metadata: JsonObject, notes: Notes): boolean {
  const finalizers = metadata['finalizers'];
  if (!Array.isArray(finalizers)) return false;
  let cascades = false;
  for (const finalizer of finalizers) {
    if (typeof finalizer === 'string' && CASCADE.test(finalizer)) cascades = true;
    else if (typeof finalizer === 'string' && /^(?:pre|post)-delete-finalizer\.argocd\.argoproj\.io/.test(finalizer))
      warn(notes, `metadata.finalizers ${finalizer.slice(0, 80)}`, 'deletion hooks are not run yet');
  }
  return cascades;
}

function readRetry(retry: SyncPolicy['retry'], notes: Notes): RetryPolicy {
  if (retry === undefined) return ARGO_RETRY;
  const at = 'spec.syncPolicy.retry';
  const { limit = 0, backoff } = retry;
  const factor = backoff?.factor ?? ARGO_RETRY.factor;
  if (factor < 1) invalid(notes, `${at}.backoff.factor`, 'must be at least 1');
  return {
    limit: Math.max(limit, -1),
    durationSeconds: seconds(backoff?.duration, { fallback: ARGO_RETRY.durationSeconds, path: `${at}.backoff.duration`, notes }),
    factor,
    maxDurationSeconds: seconds(backoff?.maxDuration, {
      fallback: ARGO_RETRY.maxDurationSeconds,
      path: `${at}.backoff.maxDuration`,
      notes,
    }),
  };
}

function seconds(
  text: string | undefined,
  at: { readonly fallback: number; readonly path: string; readonly notes: Notes },
): number {
  if (text === undefined || text === '') return at.fallback;
  const parsed = parseArgoDuration(text);
  if (parsed === undefined) invalid(at.notes, at.path, 'must be a duration above zero such as 30s or 3m');
  return parsed ?? at.fallback;
}
