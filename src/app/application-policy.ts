import type { AppPolicy, RetryPolicy } from '../../core/app/policy.ts';
import type { Manifest } from '../../core/objects/object.ts';
import type { APPLICATION_SHAPE } from './application-shape.ts';
import { parseArgoDuration } from './duration.ts';
import { readIgnoreDifferences } from './ignore-rules.ts';
import { APPLICATION_KEYS, noteKeys } from './known-annotations.ts';
import type { OwnAnnotations } from './plumbline-annotations.ts';
import { invalid, type Notes, type Shaped, unsupported, warn } from './shape.ts';
import { readSyncOptions } from './sync-options.ts';

type Spec = NonNullable<Shaped<typeof APPLICATION_SHAPE>['spec']>;
type Sync = NonNullable<Spec['syncPolicy']>;

/** https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/application_defaults.go, limit: appcontroller.go#L2470 */
const ARGO_RETRY: RetryPolicy = { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 };
/** Argo CD has no deadline; a Deployment gives up after ten minutes by default. */
const ARGO_TIMEOUT_SECONDS = 600;

/** Reads what the agent may do for an Application; what is wrong goes to the notes. */
export function readPolicy(
  spec: Spec,
  app: {
    readonly name: string;
    readonly namespace: string;
    readonly manifest: Manifest;
    readonly budget: AppPolicy['budget'];
    readonly own: OwnAnnotations;
    readonly notes: Notes;
  },
): AppPolicy {
  const { notes, own, manifest } = app;
  const automated = spec.syncPolicy?.automated;
  const autoSync = automated !== undefined && automated.enabled !== false;
  const options = readSyncOptions(spec.syncPolicy?.syncOptions ?? [], notes);
  const annotations = readAnnotations(manifest, notes);
  const deletion = readFinalizers(manifest, notes);
  const targetNamespace = spec.destination?.namespace ?? '';
  const ignore = readIgnoreDifferences(spec.ignoreDifferences, notes);
  const sync = { ...options.sync, ...annotations.sync };
  const namespaceMetadata = spec.syncPolicy?.managedNamespaceMetadata;
  if (options.createNamespace && targetNamespace === '')
    warn(notes, 'spec.syncPolicy.syncOptions CreateNamespace=true', 'has no effect without spec.destination.namespace');
  if (namespaceMetadata !== undefined && !options.createNamespace)
    warn(notes, 'spec.syncPolicy.managedNamespaceMetadata', 'has no effect without CreateNamespace=true');
  return {
    dialect: 'argo',
    name: app.name,
    namespace: app.namespace,
    autoSync,
    prune: autoSync && automated.prune === true,
    selfHeal: autoSync && automated.selfHeal === true,
    ...(own.drift === undefined ? {} : { drift: own.drift }),
    allowEmpty: autoSync && automated.allowEmpty === true,
    ...(targetNamespace === '' ? {} : { targetNamespace }),
    createNamespace: options.createNamespace && targetNamespace !== '',
    ...(namespaceMetadata === undefined || !options.createNamespace ? {} : { namespaceMetadata }),
    suspended: annotations.suspended,
    retry: readRetry(spec.syncPolicy?.retry, notes),
    timeoutSeconds: own.timeoutSeconds ?? ARGO_TIMEOUT_SECONDS,
    ...deletion,
    onDelete: options.onDelete === 'prune' && annotations.onDelete === 'prune' ? deletion.onDelete : 'orphan',
    budget: own.budget ?? app.budget,
    sync,
    ...(ignore.length === 0 ? {} : { ignore }),
    ...(annotations.deletionApproved === undefined ? {} : { deletionApproved: annotations.deletionApproved }),
    ...(own.dependsOn === undefined ? {} : { dependsOn: own.dependsOn }),
  };
}

const ARGO = 'argocd.argoproj.io/';

/** What the annotations of the Application say; those without effect are named in warnings. */
function readAnnotations(manifest: Manifest, notes: Notes) {
  noteKeys(manifest, APPLICATION_KEYS, notes);
  const annotation = (key: string) => manifest.metadata.annotations?.[ARGO + key];
  const skip = annotation('skip-reconcile');
  if (skip !== undefined && skip !== 'true' && skip !== 'false')
    invalid(notes, at('skip-reconcile'), 'must be "true" or "false"');
  const manager = annotation('client-side-apply-migration-manager');
  if (manager !== undefined && !/^[\x21-\x7e]{1,128}$/.test(manager))
    invalid(notes, at('client-side-apply-migration-manager'), 'is not the name of a field manager');
  const includeMutations = readCompareOptions(annotation('compare-options'), notes);
  const deletionApproved = annotation('deletion-approved');
  const approved = deletionApproved === undefined ? undefined : readApproval(deletionApproved, notes);
  return {
    suspended: skip === 'true',
    sync: {
      ...(manager === undefined ? {} : { migrationManager: manager }),
      ...(includeMutations ? { includeMutations } : {}),
    },
    onDelete: readChildOptions(annotation('sync-options'), notes),
    deletionApproved: approved,
  } as const;
}

const at = (key: string) => `metadata.annotations ${ARGO}${key}`;

/** An approval is a point in time: whatever else stands there must not delete anything. */
function readApproval(value: string, notes: Notes): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.test(value) && !Number.isNaN(Date.parse(value)))
    return value;
  return void invalid(notes, at('deletion-approved'), 'must be a time such as 2026-01-31T12:00:00Z');
}

/** True when fields that only the API server would change count as differences; comparison is by server-side dry-run in any case. */
function readCompareOptions(value: string | undefined, notes: Notes): boolean {
  let includeMutations = false;
  for (const option of splitOptions(value)) {
    if (option === 'IncludeMutationWebhook=true') includeMutations = true;
    if (option === 'ServerSideDiff=true' || option === 'IncludeMutationWebhook=true') continue;
    if (option === 'ServerSideDiff=false')
      warn(notes, `${at('compare-options')} ${option}`, 'objects are always compared by server-side dry-run');
    else if (option === 'IgnoreExtraneous')
      warn(notes, `${at('compare-options')} ${option}`, 'is for objects; an App is not an object of another App here');
    else
      warn(notes, `${at('compare-options')} ${option.slice(0, 80)}`, 'is not an option that Plumbline knows; check the spelling');
  }
  return includeMutations;
}

/** Options of the Application as a child of another: those that keep it when it leaves Git keep its objects here. */
function readChildOptions(value: string | undefined, notes: Notes): AppPolicy['onDelete'] {
  let result: AppPolicy['onDelete'] = 'prune';
  for (const option of splitOptions(value)) {
    if (option === 'Prune=false' || option === 'Delete=false') result = 'orphan';
    else if (/^(?:Prune|Delete)=/.test(option) && !/=true$/.test(option))
      unsupported(
        notes,
        `${at('sync-options')} ${option.slice(0, 80)}`,
        'only false is understood on an App itself; set it in spec.syncPolicy',
      );
    else warn(notes, `${at('sync-options')} ${option.slice(0, 80)}`, 'has no effect on an App itself; set it in spec.syncPolicy');
  }
  return result;
}

function splitOptions(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '')
    .slice(0, 100);
}

const RESOURCES = 'resources-finalizer.argocd.argoproj.io';
const HOOKS = /^(?:pre|post)-delete-finalizer\.argocd\.argoproj\.io(?:\/cleanup)?$/;

/**
 * What happens when the Application is deleted. The cascading finalizer deletes in the foreground unless it says `/background`, and is only done when the
 * objects are gone. Argo CD sets the finalizers of deletion hooks itself when there are such hooks, so they are always run.
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/controller/appcontroller.go#L2072
 */
function readFinalizers(manifest: Manifest, notes: Notes) {
  const finalizers = manifest.metadata['finalizers'];
  const named = Array.isArray(finalizers) ? finalizers.filter((one): one is string => typeof one === 'string') : [];
  const cascade = named.filter((one) => [RESOURCES, `${RESOURCES}/foreground`, `${RESOURCES}/background`].includes(one));
  for (const other of named)
    if (!cascade.includes(other) && !HOOKS.test(other))
      warn(notes, `metadata.finalizers ${other.slice(0, 80)}`, 'is not a finalizer that Plumbline knows');
  const deleteHooks = ['PreDelete', 'PostDelete'] as const;
  if (cascade.length === 0) return { onDelete: 'orphan', deleteHooks } as const;
  const deletePropagation = cascade.includes(`${RESOURCES}/background`) ? 'background' : 'foreground';
  return { onDelete: 'prune', awaitDeletion: true, deletePropagation, deleteHooks } as const;
}

function readRetry(retry: Sync['retry'], notes: Notes): RetryPolicy {
  if (retry === undefined) return ARGO_RETRY;
  const path = 'spec.syncPolicy.retry';
  const { limit = 0, backoff } = retry;
  const factor = backoff?.factor ?? ARGO_RETRY.factor;
  if (factor < 1) invalid(notes, `${path}.backoff.factor`, 'must be at least 1');
  return {
    limit: Math.max(limit, -1),
    durationSeconds: seconds(backoff?.duration, {
      fallback: ARGO_RETRY.durationSeconds,
      path: `${path}.backoff.duration`,
      notes,
    }),
    factor,
    maxDurationSeconds: seconds(backoff?.maxDuration, {
      fallback: ARGO_RETRY.maxDurationSeconds,
      path: `${path}.backoff.maxDuration`,
      notes,
    }),
  };
}

function seconds(
  text: string | undefined,
  on: { readonly fallback: number; readonly path: string; readonly notes: Notes },
): number {
  if (text === undefined || text === '') return on.fallback;
  const parsed = parseArgoDuration(text);
  if (parsed === undefined) invalid(on.notes, on.path, 'must be a duration above zero such as 30s or 3m');
  return parsed ?? on.fallback;
}
