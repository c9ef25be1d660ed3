import type { AppPolicy, SyncPolicy } from '../../core/app/policy.ts';
import { type Notes, unsupported, warn } from './shape.ts';

/** What an Application's syncOptions come to. */
export interface SyncOptions {
  readonly createNamespace: boolean;
  readonly onDelete: AppPolicy['onDelete'];
  readonly sync: SyncPolicy;
}

export type SyncOptionEffect =
  | { readonly kind: 'set'; readonly sync?: SyncPolicy; readonly createNamespace?: boolean; readonly onDelete?: 'orphan' }
  /** What Plumbline, and Argo CD, do without it. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'ignored'; readonly why: string };

const set = (sync: SyncPolicy): SyncOptionEffect => ({ kind: 'set', sync });
const silent: SyncOptionEffect = { kind: 'silent' };
const ignored = (why: string): SyncOptionEffect => ({ kind: 'ignored', why });

/** Every sync option of Argo CD, in its spelling. */
export const SYNC_OPTION_EFFECTS: { readonly [option: string]: SyncOptionEffect } = {
  'CreateNamespace=true': { kind: 'set', createNamespace: true },
  'CreateNamespace=false': silent,
  'Prune=true': silent,
  'Prune=false': set({ neverPrune: true }),
  'Prune=confirm': set({ confirmPrune: true }),
  'Delete=true': silent,
  'Delete=false': { kind: 'set', onDelete: 'orphan' },
  'Delete=confirm': set({ confirmDelete: true }),
  'PrunePropagationPolicy=foreground': set({ prunePropagation: 'foreground' }),
  'PrunePropagationPolicy=background': set({ prunePropagation: 'background' }),
  'PrunePropagationPolicy=orphan': set({ prunePropagation: 'orphan' }),
  'ServerSideApply=true': set({ serverSideApply: true }),
  'ServerSideApply=false': ignored('objects are always applied server-side'),
  'ClientSideApplyMigration=true': set({ migrateClientSideApply: true }),
  'ClientSideApplyMigration=false': set({ migrateClientSideApply: false }),
  'ApplyOutOfSyncOnly=true': set({ applyOutOfSyncOnly: true }),
  'ApplyOutOfSyncOnly=false': silent,
  'SkipDryRunOnMissingResource=true': set({ skipDryRunOnMissingResource: true }),
  'SkipDryRunOnMissingResource=false': silent,
  'FailOnSharedResource=true': set({ failOnSharedResource: true }),
  'FailOnSharedResource=false': silent,
  'Validate=true': silent,
  'Validate=false': set({ validate: false }),
  'PruneLast=true': set({ pruneLast: true }),
  'PruneLast=false': silent,
  'Replace=true': set({ replace: true }),
  'Replace=false': silent,
  'Force=true': ignored('Argo CD reads it on objects only: annotate those that may be recreated'),
  'Force=false': silent,
  'RespectIgnoreDifferences=true': set({ respectIgnoreDifferences: true }),
  'RespectIgnoreDifferences=false': silent,
};

/** Argo CD's own default: https://github.com/argoproj/argo-cd/blob/v3.5.7/controller/sync.go#L218 */
const DEFAULTS: SyncPolicy = { prunePropagation: 'foreground' };

/** Reads `spec.syncPolicy.syncOptions`; what has no effect or is unknown becomes a warning that names it. */
export function readSyncOptions(options: readonly string[], notes: Notes): SyncOptions {
  let result: SyncOptions = { createNamespace: false, onDelete: 'prune', sync: DEFAULTS };
  for (const text of options.slice(0, MAX_OPTIONS)) {
    const option = text.trim();
    const path = `spec.syncPolicy.syncOptions ${option.slice(0, 80)}`;
    const effect = Object.hasOwn(SYNC_OPTION_EFFECTS, option) ? SYNC_OPTION_EFFECTS[option] : undefined;
    if (effect === undefined) noteUnknown(option, { path, notes });
    else if (effect.kind === 'ignored') warn(notes, path, effect.why);
    else if (effect.kind === 'set')
      result = {
        createNamespace: effect.createNamespace ?? result.createNamespace,
        onDelete: effect.onDelete ?? result.onDelete,
        sync: { ...result.sync, ...effect.sync },
      };
  }
  if (options.length > MAX_OPTIONS) unsupported(notes, 'spec.syncPolicy.syncOptions', `has more than ${MAX_OPTIONS} entries`);
  return result;
}

const MAX_OPTIONS = 100;

/** A misspelt value of an option that protects objects must not count as no protection. */
function noteUnknown(option: string, at: { readonly path: string; readonly notes: Notes }): void {
  if (/^(?:Prune|Delete)\s*=/i.test(option)) unsupported(at.notes, at.path, 'is not a value that Plumbline knows');
  else warn(at.notes, at.path, 'is not an option that Plumbline knows; check the spelling');
}
