import type { AppPolicy, ReleaseAction, ReleasePolicy } from '../../core/app/policy.ts';
import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import type { ReleaseSpec } from './flux-policy.ts';
import { isNamespace } from './names.ts';
import { readInterval } from './read-git-repository.ts';
import { invalid, type Notes, warn } from './shape.ts';

/**
 * How a HelmRelease is installed, upgraded and rolled back, with helm-controller's defaults:
 * https://github.com/fluxcd/helm-controller/blob/api/v1.6.4/api/v2/helmrelease_types.go
 */
const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_RETRY_SECONDS = 300;

/** Helm's limit of a release name. */
const MAX_RELEASE_NAME = 53;
const HASH_LENGTH = 12;

interface At {
  readonly path: string;
  readonly notes: Notes;
}

/** Reads the actions; durations are in seconds. */
export function readRelease(
  spec: ReleaseSpec,
  app: { readonly name: string; readonly namespace: string; readonly notes: Notes },
): {
  readonly release: ReleasePolicy;
  readonly timeoutSeconds: number;
  readonly deletePropagation: NonNullable<AppPolicy['deletePropagation']>;
} {
  const { notes } = app;
  const timeoutSeconds = readTimeout(spec.timeout, DEFAULT_TIMEOUT_SECONDS, { path: 'spec.timeout', notes });
  const { install = {}, upgrade = {}, rollback = {}, uninstall = {}, test } = spec;
  const read = (name: string, action: Action) => readAction(action, { path: `spec.${name}`, notes, timeoutSeconds });
  const retries = upgrade.remediation?.retries ?? 0;
  const release: ReleasePolicy = {
    name: releaseName(spec, app),
    namespace: spec.targetNamespace || app.namespace,
    install: {
      ...read('install', install),
      crds: install.skipCRDs === true ? 'Skip' : readCrds(install.crds, 'Create', { path: 'spec.install.crds', notes }),
      remediateLast: install.remediation?.remediateLastFailure ?? false,
    },
    upgrade: {
      ...read('upgrade', upgrade),
      crds: readCrds(upgrade.crds, 'Skip', { path: 'spec.upgrade.crds', notes }),
      remediateLast: upgrade.remediation?.remediateLastFailure ?? retries > 0,
      remediation: readRemediation(upgrade.remediation?.strategy, { path: 'spec.upgrade.remediation.strategy', notes }),
    },
    rollback: read('rollback', rollback),
    uninstall: withoutRetries(read('uninstall', uninstall)),
    ...(test?.enable === true
      ? {
          test: {
            ignoreFailures: test.ignoreFailures === true,
            timeoutSeconds: Math.ceil(readTimeout(test.timeout, timeoutSeconds, { path: 'spec.test.timeout', notes })),
          },
        }
      : {}),
    driftDetection: readDriftMode(spec.driftDetection?.mode, notes),
  };
  const name = release.name;
  if (!/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > MAX_RELEASE_NAME)
    invalid(notes, 'spec.releaseName', 'is not a name of a Helm release: lower-case letters, digits and dashes, at most 53');
  if (!isNamespace(release.namespace)) invalid(notes, 'spec.targetNamespace', 'is not a name of a namespace');
  warnOfApplyMethod(spec, notes);
  return { release, timeoutSeconds, deletePropagation: readPropagation(uninstall.deletionPropagation, notes) };
}

/** `[<targetNamespace>-]<name>`, shortened with a hash where Helm would refuse it: helm-controller's internal/release/name.go. */
export function releaseName(spec: ReleaseSpec, app: { readonly name: string }): string {
  if (spec.releaseName !== undefined && spec.releaseName !== '') return spec.releaseName;
  const full = spec.targetNamespace ? `${spec.targetNamespace}-${app.name}` : app.name;
  if (full.length <= MAX_RELEASE_NAME) return full;
  const kept = full.slice(0, MAX_RELEASE_NAME - HASH_LENGTH - 1);
  return `${kept}-${sha256Hex(full).slice(0, HASH_LENGTH)}`;
}

type Action = {
  readonly timeout?: string;
  readonly disableHooks?: boolean;
  readonly disableWait?: boolean;
  readonly remediation?: { readonly retries?: number; readonly ignoreTestFailures?: boolean };
  readonly strategy?: { readonly name?: string; readonly retryInterval?: string };
};

function readAction(action: Action, at: At & { readonly timeoutSeconds: number }): ReleaseAction {
  const { notes, path } = at;
  const { remediation, strategy } = action;
  const name = strategy?.name ?? 'RemediateOnFailure';
  if (name !== 'RemediateOnFailure' && name !== 'RetryOnFailure')
    invalid(notes, `${path}.strategy.name`, 'must be RemediateOnFailure or RetryOnFailure');
  const interval = readTimeout(strategy?.retryInterval, DEFAULT_RETRY_SECONDS, { path: `${path}.strategy.retryInterval`, notes });
  return {
    disableHooks: action.disableHooks === true,
    disableWait: action.disableWait === true,
    timeoutSeconds: Math.ceil(readTimeout(action.timeout, at.timeoutSeconds, { path: `${path}.timeout`, notes })),
    retries: Math.max(remediation?.retries ?? 0, -1),
    ...(remediation?.ignoreTestFailures === undefined ? {} : { ignoreTestFailures: remediation.ignoreTestFailures }),
    ...(name === 'RetryOnFailure' ? { retryIntervalSeconds: Math.ceil(interval) } : {}),
  };
}

function withoutRetries({ retries: _retries, ...action }: ReleaseAction): ReleasePolicy['uninstall'] {
  return action;
}

function readTimeout(text: string | undefined, fallback: number, at: At): number {
  return text === undefined ? fallback : (readInterval(text, at) ?? fallback);
}

function readCrds(text: string | undefined, fallback: 'Skip' | 'Create', at: At): NonNullable<ReleaseAction['crds']> {
  if (text === undefined || text === '') return fallback;
  if (text === 'Skip' || text === 'Create' || text === 'CreateReplace') return text;
  invalid(at.notes, at.path, 'must be Skip, Create or CreateReplace');
  return 'Skip';
}

function readRemediation(text: string | undefined, at: At): 'rollback' | 'uninstall' {
  if (text === undefined || text === 'rollback' || text === 'uninstall') return text ?? 'rollback';
  invalid(at.notes, at.path, 'must be rollback or uninstall');
  return 'rollback';
}

function readDriftMode(text: string | undefined, notes: Notes): ReleasePolicy['driftDetection'] {
  if (text === undefined || text === '') return 'disabled';
  if (text === 'enabled' || text === 'warn' || text === 'disabled') return text;
  invalid(notes, 'spec.driftDetection.mode', 'must be enabled, warn or disabled');
  return 'disabled';
}

function readPropagation(text: string | undefined, notes: Notes): NonNullable<AppPolicy['deletePropagation']> {
  if (text === undefined || text === '') return 'background';
  if (text === 'background' || text === 'foreground' || text === 'orphan') return text;
  invalid(notes, 'spec.uninstall.deletionPropagation', 'must be background, foreground or orphan');
  return 'background';
}

/** Objects are always applied server-side; who asks for something else should know. */
function warnOfApplyMethod({ install, upgrade, rollback }: ReleaseSpec, notes: Notes): void {
  const why = 'objects are always applied server-side';
  if (install?.serverSideApply === false) warn(notes, 'spec.install.serverSideApply', why);
  for (const [name, action] of Object.entries({ upgrade, rollback })) {
    const value = action?.serverSideApply ?? 'auto';
    const path = `spec.${name}.serverSideApply`;
    if (value === 'disabled') warn(notes, path, why);
    else if (value !== 'enabled' && value !== 'auto') invalid(notes, path, 'must be enabled, disabled or auto');
  }
}
