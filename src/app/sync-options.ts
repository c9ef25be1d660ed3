import { type Notes, unsupported, warn } from './shape.ts';

/** What an Application's syncOptions come to. */
export interface SyncOptions {
  readonly createNamespace: boolean;
  /** False when an option keeps objects that left Git. */
  readonly prune: boolean;
  /** False when an option keeps the objects of a deleted App. */
  readonly deleteObjects: boolean;
}

export type SyncOptionEffect =
  | { readonly kind: 'set'; readonly set: Partial<SyncOptions>; readonly warning?: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'ignored'; readonly why: string };

const set = (options: Partial<SyncOptions>, warning?: string): SyncOptionEffect => ({
  kind: 'set',
  set: options,
  ...(warning === undefined ? {} : { warning }),
});
const silent: SyncOptionEffect = { kind: 'silent' };
const ignored = (why: string): SyncOptionEffect => ({ kind: 'ignored', why });

/** Every sync option of Argo CD, in its spelling. Options that would protect something are honoured or become stricter, never weaker. */
export const SYNC_OPTION_EFFECTS: { readonly [option: string]: SyncOptionEffect } = {
  'CreateNamespace=true': set({ createNamespace: true }),
  'CreateNamespace=false': silent,
  'Prune=true': silent,
  'Prune=false': set({ prune: false }),
  'Prune=confirm': set({ prune: false }, 'nothing is pruned, as confirmations are not supported yet'),
  'Delete=true': silent,
  'Delete=false': set({ deleteObjects: false }),
  'Delete=confirm': set(
    { deleteObjects: false },
    'the objects stay when the App is deleted, as confirmations are not supported yet',
  ),
  'PrunePropagationPolicy=foreground': ignored('the propagation policy is not configurable yet'),
  'PrunePropagationPolicy=background': silent,
  'PrunePropagationPolicy=orphan': set({ prune: false }, 'nothing is pruned, as orphaning is not supported yet'),
  'ServerSideApply=true': silent,
  'ServerSideApply=false': ignored('objects are always applied server-side'),
  'ClientSideApplyMigration=true': ignored('fields owned by kubectl are taken over only where Git has them'),
  'ClientSideApplyMigration=false': silent,
  'ApplyOutOfSyncOnly=true': silent,
  'ApplyOutOfSyncOnly=false': silent,
  'SkipDryRunOnMissingResource=true': silent,
  'SkipDryRunOnMissingResource=false': silent,
  'FailOnSharedResource=true': silent,
  'FailOnSharedResource=false': ignored('an object that another App owns is never taken over'),
  'Validate=true': silent,
  'Validate=false': ignored('the API server always validates'),
  'PruneLast=true': ignored('deletions come after everything is applied, but do not wait for health yet'),
  'PruneLast=false': silent,
  'Replace=true': ignored('objects are applied, not replaced'),
  'Replace=false': silent,
  'Force=true': ignored('objects are never deleted in order to recreate them'),
  'Force=false': silent,
  'RespectIgnoreDifferences=true': ignored('ignoreDifferences is not used yet'),
  'RespectIgnoreDifferences=false': silent,
};

/** Reads `spec.syncPolicy.syncOptions`; what has no effect or is unknown becomes a warning that names it. */
export function readSyncOptions(options: readonly string[], notes: Notes): SyncOptions {
  let result: SyncOptions = { createNamespace: false, prune: true, deleteObjects: true };
  for (const option of options) {
    const path = `spec.syncPolicy.syncOptions ${option.trim().slice(0, 80)}`;
    const effect = Object.hasOwn(SYNC_OPTION_EFFECTS, option.trim()) ? SYNC_OPTION_EFFECTS[option.trim()] : undefined;
    if (effect === undefined) noteUnknown(option.trim(), { path, notes });
    else if (effect.kind === 'ignored') warn(notes, path, effect.why);
    else if (effect.kind === 'set') {
      if (effect.warning !== undefined) warn(notes, path, effect.warning);
      result = { ...result, ...effect.set };
    }
  }
  return result;
}

/** A misspelt value of an option that protects objects must not count as no protection. */
function noteUnknown(option: string, at: { readonly path: string; readonly notes: Notes }): void {
  if (/^(?:Prune|Delete)=/i.test(option)) unsupported(at.notes, at.path, 'is not a value that Plumbline knows');
  else warn(at.notes, at.path, 'is not an option that Plumbline knows; check the spelling');
}
