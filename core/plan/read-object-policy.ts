import type { AppPolicy } from '../app/policy.ts';
import { describeRef, type Manifest, refOf } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { definitionWrite } from '../release/chart-definitions.ts';
import { CHART_DEFINITION } from '../render/chart-definition.ts';
import { ARGO_KEYS, FLUX_KEYS, isGuardedKey } from './object-keys.ts';
import { defaultObjectPolicy, type Hook, type HookDeletePolicy, type HookPhase, type ObjectPolicy } from './object-policy.ts';

/**
 * What an object's annotations (in Flux, its labels too) say about how it is treated. Read in this order:
 *
 *   1. defaults of the App                                         core/plan/object-policy.ts
 *   2. `helm.sh/…`: hooks as Argo CD maps them, or, for a Flux HelmRelease, as Helm runs them; `resource-policy: keep` for both dialects
 *   3. the dialect's own keys, which win
 *
 * A value that is not understood leaves the default and gives `object.annotation_invalid` with what would be accepted; a key of these
 * families that nobody knows gives `object.annotation_unknown`. Keys of the other dialect mean nothing, as upstream.
 * Borrowed rules: https://github.com/argoproj/argo-cd/blob/c9c369efcc5b/gitops-engine/pkg/sync/hook/hook.go (an Argo CD hook hides a Helm
 * hook; a hook without a known phase is not applied) and syncwaves/waves.go (a Helm weight is a wave where there is no wave).
 */
export function readObjectPolicy(
  manifest: Manifest,
  policy: AppPolicy,
): { readonly policy: ObjectPolicy; readonly warnings: readonly Problem[] } {
  const { annotations, labels } = manifest.metadata;
  const fallback = defaultObjectPolicy(policy);
  if (annotations === undefined && labels === undefined) return { policy: fallback, warnings: [] };
  const reader = new Reader(manifest);
  reader.noteUnknownKeys();
  const read =
    policy.dialect === 'argo'
      ? readArgo(reader, fallback)
      : {
          ...readFlux(reader, policy.release === undefined ? 'flux' : 'helm', fallback),
          ...readDefinition(reader, policy.release),
        };
  return { policy: read, warnings: reader.warnings };
}

/** Looks keys up and takes note of what it does not understand. */
class Reader {
  readonly warnings: Problem[] = [];
  readonly #manifest: Manifest;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  annotation(key: string): string | undefined {
    return own(this.#manifest.metadata.annotations, key);
  }

  label(key: string): string | undefined {
    return own(this.#manifest.metadata.labels, key);
  }

  /** Flux looks everything up in labels and annotations, whatever the case of the value. */
  either(key: string): string | undefined {
    return (own(this.#manifest.metadata.annotations, key) ?? own(this.#manifest.metadata.labels, key))?.toLowerCase();
  }

  /** The parts of a comma-separated annotation, trimmed, each once. */
  list(key: string): readonly string[] {
    const parts = (this.annotation(key) ?? '').split(',').map((part) => part.trim());
    return [...new Set(parts.filter((part) => part !== ''))];
  }

  integer(key: string): number | undefined {
    const text = this.annotation(key);
    if (text === undefined) return undefined;
    if (/^[+-]?[0-9]{1,9}$/.test(text)) return Number(text);
    this.refuse(key, text, 'an integer such as "-1", "0" or "5"');
    return undefined;
  }

  /** One of these values of a Flux key; undefined when absent or not understood. */
  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const found = this.either(key);
    if (found === undefined) return undefined;
    const match = choices.find((choice) => choice.toLowerCase() === found);
    if (match === undefined) this.refuse(key, found, choices.join(', '));
    return match;
  }

  refuse(key: string, value: string, accepted: string): void {
    const shown = value.length > 64 ? `${value.slice(0, 64)}…` : value;
    this.warnings.push(problem('object.annotation_invalid', `${key}: "${shown}" is not ${accepted}`, { where: this.#where() }));
  }

  noteUnknownKeys(): void {
    const { annotations, labels } = this.#manifest.metadata;
    for (const map of [annotations, labels])
      for (const key of Object.keys(map ?? {}))
        if (isGuardedKey(key) && !ARGO_KEYS.has(key) && !FLUX_KEYS.has(key))
          this.warnings.push(problem('object.annotation_unknown', `${key} is not known`, { where: this.#where() }));
  }

  #where(): string {
    return describeRef(refOf(this.#manifest));
  }
}

function own(map: { readonly [key: string]: string } | undefined, key: string): string | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';
const COMPARE_OPTIONS = 'argocd.argoproj.io/compare-options';
const ARGO_HOOK = 'argocd.argoproj.io/hook';
const ARGO_DELETE_POLICY = 'argocd.argoproj.io/hook-delete-policy';
const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';
const IGNORE_HEALTH = 'argocd.argoproj.io/ignore-healthcheck';

function readArgo(reader: Reader, fallback: ObjectPolicy): ObjectPolicy {
  const read = { ...fallback, ...keepByHelm(reader), ...readHook(reader, 'argo') };
  const options = readSyncOptions(reader, read);
  const compare = reader.list(COMPARE_OPTIONS);
  for (const option of compare)
    if (!COMPARE_VALUES.has(option)) reader.refuse(COMPARE_OPTIONS, option, [...COMPARE_VALUES].join(', '));
  return {
    ...read,
    ...options,
    wave: reader.integer(SYNC_WAVE) ?? reader.integer('helm.sh/hook-weight') ?? 0,
    countsWhenExtra: !compare.includes('IgnoreExtraneous'),
    healthCounts: !readFlag(reader, IGNORE_HEALTH),
  };
}

const COMPARE_VALUES: ReadonlySet<string> = new Set([
  'IgnoreExtraneous',
  'ServerSideDiff=true',
  'ServerSideDiff=false',
  'IncludeMutationWebhook=true',
]);

function readFlag(reader: Reader, key: string): boolean {
  const text = reader.annotation(key);
  if (text !== undefined && text !== 'true' && text !== 'false') reader.refuse(key, text, '"true" or "false"');
  return text === 'true';
}

/** Each option that an object may carry, and what it changes; `ServerSideApply` changes nothing, because nothing else is done. */
const OPTIONS: ReadonlyMap<string, Partial<ObjectPolicy>> = new Map<string, Partial<ObjectPolicy>>([
  ['Prune=true', { prune: 'yes' }],
  ['Prune=false', { prune: 'no' }],
  ['Prune=confirm', { prune: 'confirm' }],
  ['Delete=true', { delete: 'yes' }],
  ['Delete=false', { delete: 'no' }],
  ['Delete=confirm', { delete: 'confirm' }],
  ['Validate=true', { validate: true }],
  ['Validate=false', { validate: false }],
  ['SkipDryRunOnMissingResource=true', { skipDryRunOnMissingResource: true }],
  ['SkipDryRunOnMissingResource=false', {}],
  ['Replace=true', { write: 'replace' }],
  ['Replace=false', { write: 'apply' }],
  ['Force=true', { recreate: true }],
  ['Force=false', { recreate: false }],
  ['PruneLast=true', { pruneLast: true }],
  ['PruneLast=false', {}],
  ['ServerSideApply=true', {}],
  ['ServerSideApply=false', {}],
]);

function readSyncOptions(reader: Reader, before: ObjectPolicy): Partial<ObjectPolicy> {
  let changes: Partial<ObjectPolicy> = { prune: before.prune, delete: before.delete };
  for (const option of reader.list(SYNC_OPTIONS)) {
    const change = OPTIONS.get(option);
    if (change === undefined) reader.refuse(SYNC_OPTIONS, option, `one of ${[...OPTIONS.keys()].join(', ')}`);
    else changes = { ...changes, ...change };
  }
  return changes;
}

/** Helm keeps the object when its release goes; it is kept when Git loses it, too. */
function keepByHelm(reader: Reader): Partial<ObjectPolicy> {
  const value = reader.annotation('helm.sh/resource-policy');
  if (value === undefined) return {};
  if (value.trim().toLowerCase() === 'keep') return { prune: 'no', delete: 'no' };
  reader.refuse('helm.sh/resource-policy', value, '"keep"');
  return {};
}

const ARGO_PHASES: readonly HookPhase[] = ['PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreDelete', 'PostDelete'];
const ARGO_DELETE_POLICIES: readonly HookDeletePolicy[] = ['HookSucceeded', 'HookFailed', 'BeforeHookCreation'];

/** Helm's hook types: the phase in an Argo CD App, and phase and occasion in a release. An empty entry is known and does nothing. */
const HELM_HOOKS: ReadonlyMap<
  string,
  { readonly argo?: HookPhase; readonly helm?: HookPhase; readonly only?: 'install' | 'upgrade' | 'rollback' }
> = new Map([
  ['pre-install', { argo: 'PreSync', helm: 'PreSync', only: 'install' }],
  ['pre-upgrade', { argo: 'PreSync', helm: 'PreSync', only: 'upgrade' }],
  ['post-install', { argo: 'PostSync', helm: 'PostSync', only: 'install' }],
  ['post-upgrade', { argo: 'PostSync', helm: 'PostSync', only: 'upgrade' }],
  ['pre-delete', { argo: 'PreDelete', helm: 'PreDelete' }],
  ['post-delete', { argo: 'PostDelete', helm: 'PostDelete' }],
  ['pre-rollback', { helm: 'PreSync', only: 'rollback' }],
  ['post-rollback', { helm: 'PostSync', only: 'rollback' }],
  ['test', { helm: 'Test' }],
  ['test-success', { helm: 'Test' }],
  ['test-failure', {}],
]);

const HELM_DELETE_POLICIES: ReadonlyMap<string, HookDeletePolicy> = new Map([
  ['before-hook-creation', 'BeforeHookCreation'],
  ['hook-succeeded', 'HookSucceeded'],
  ['hook-failed', 'HookFailed'],
]);

function readHook(reader: Reader, as: 'argo' | 'helm'): Partial<ObjectPolicy> {
  const asked = as === 'argo' ? reader.list(ARGO_HOOK) : [];
  const isArgo = as === 'argo' && reader.annotation(ARGO_HOOK) !== undefined;
  // Helm itself does not mind the case; Argo CD does.
  const helm = reader.list('helm.sh/hook').map((text) => (as === 'helm' ? text.toLowerCase() : text));
  const isHelm = helm.length > 0 && !(as === 'argo' && helm.length === 1 && helm[0] === 'crd-install');
  if (!isArgo && !isHelm) return {};
  const phases = new Set<HookPhase>();
  const only = new Set<'install' | 'upgrade' | 'rollback'>();
  let always = as === 'argo';
  for (const text of asked) {
    const phase = ARGO_PHASES.find((known) => known === text);
    if (phase !== undefined) phases.add(phase);
    else if (text !== 'Skip') reader.refuse(ARGO_HOOK, text, `one of ${ARGO_PHASES.join(', ')}, Skip`);
  }
  if (phases.size === 0 && !asked.includes('Skip'))
    for (const text of helm) {
      const known = HELM_HOOKS.get(text);
      if (known === undefined) reader.refuse('helm.sh/hook', text, `one of ${[...HELM_HOOKS.keys()].join(', ')}`);
      const phase = as === 'argo' ? known?.argo : known?.helm;
      if (phase === undefined) continue;
      phases.add(phase);
      if (known?.only === undefined) always = true;
      else only.add(known.only);
    }
  // For Helm, one type that it does not know makes the whole object no hook that ever runs.
  const isUnknown = as === 'helm' && helm.some((text) => !HELM_HOOKS.has(text));
  if (phases.size === 0 || isUnknown) return { skip: true };
  const hook: Hook = {
    phases: [...phases],
    deletePolicies: readDeletePolicies(reader, as),
    ...(always || only.size === 0 ? {} : { only: [...only] }),
  };
  return { hook };
}

function readDeletePolicies(reader: Reader, as: 'argo' | 'helm'): readonly HookDeletePolicy[] {
  const found = new Set<HookDeletePolicy>();
  for (const text of as === 'argo' ? reader.list(ARGO_DELETE_POLICY) : []) {
    const known = ARGO_DELETE_POLICIES.find((policy) => policy === text);
    if (known === undefined) reader.refuse(ARGO_DELETE_POLICY, text, `one of ${ARGO_DELETE_POLICIES.join(', ')}`);
    else found.add(known);
  }
  for (const text of reader.list('helm.sh/hook-delete-policy')) {
    const known = HELM_DELETE_POLICIES.get(as === 'helm' ? text.toLowerCase() : text);
    if (known === undefined)
      reader.refuse('helm.sh/hook-delete-policy', text, `one of ${[...HELM_DELETE_POLICIES.keys()].join(', ')}`);
    else found.add(known);
  }
  return found.size === 0 ? ['BeforeHookCreation'] : [...found];
}

/** Read by the stage that resolves the bundle, as strictly as Flux reads them: what has no effect there is told here. */
function checkResolveKeys(reader: Reader): void {
  const substitute = reader.annotation(`${FLUX}substitute`) ?? reader.label(`${FLUX}substitute`);
  if (substitute !== undefined && substitute !== 'disabled' && substitute !== 'enabled')
    reader.refuse(`${FLUX}substitute`, substitute, '"disabled" (in lower case)');
  const decrypt = reader.label(`${FLUX}decrypt`);
  if (decrypt !== undefined) reader.refuse(`${FLUX}decrypt`, decrypt, 'read from labels: use an annotation');
  else reader.choice(`${FLUX}decrypt`, ['Enabled', 'Disabled']);
}

const FLUX = 'kustomize.toolkit.fluxcd.io/';
/**
 * A definition of a chart's `crds/` folder is no part of the release: it is never deleted, and left alone once it is there unless upgrades replace it
 * (core/release/chart-definitions.ts). One that a newer chart brings is made although upgrades skip definitions: the objects beside it need it.
 */
function readDefinition(reader: Reader, release: AppPolicy['release']): Partial<ObjectPolicy> {
  if (release === undefined || reader.annotation(CHART_DEFINITION) !== 'true') return {};
  const [install, upgrade] = [definitionWrite(release, 'install'), definitionWrite(release, 'upgrade')];
  const isSkipped = install === 'skip' && upgrade === 'skip';
  return { write: upgrade === 'apply' ? 'apply' : isSkipped ? 'ignore' : 'create', prune: 'no', delete: 'no' };
}

const FLUX_WRITES = { Override: 'apply', Merge: 'merge', IfNotPresent: 'create', Ignore: 'ignore' } as const;

function readFlux(reader: Reader, kind: 'flux' | 'helm', fallback: ObjectPolicy): ObjectPolicy {
  const hook = kind === 'helm' ? readHook(reader, 'helm') : {};
  const write = reader.choice(`${FLUX}ssa`, ['Override', 'Merge', 'IfNotPresent', 'Ignore']);
  const force = reader.choice(`${FLUX}force`, ['Enabled', 'Disabled']);
  const prune = reader.choice(`${FLUX}prune`, ['Enabled', 'Disabled']);
  const reconcile = reader.choice(`${FLUX}reconcile`, ['Enabled', 'Disabled']);
  const drift = reader.choice('helm.toolkit.fluxcd.io/driftDetection', ['enabled', 'disabled']);
  checkResolveKeys(reader);
  const keep = prune === 'Disabled' ? ({ prune: 'no', delete: 'no' } as const) : {};
  const alone = reconcile === 'Disabled' ? ({ write: 'ignore', prune: 'no', delete: 'no' } as const) : {};
  return {
    ...fallback,
    ...keepByHelm(reader),
    ...hook,
    ...(hook.hook === undefined ? {} : { wave: reader.integer('helm.sh/hook-weight') ?? 0 }),
    ...(write === undefined ? {} : { write: FLUX_WRITES[write] }),
    ...(force === 'Enabled' ? { recreate: true } : {}),
    ...keep,
    ...alone,
    ...(drift === 'disabled' ? { drift: 'ignore' as const } : {}),
  };
}
