import { isJsonObject } from '../../../core/objects/json-object.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { type ObjectTools, policyOf } from './object-tools.ts';

/** What people ask for by annotating the live object instead of its manifest; both upstream tools look there as well. */
export interface LiveWishes {
  /** Flux: `reconcile: disabled` or `ssa: Ignore`. It is neither written nor deleted. */
  readonly leaveAlone: boolean;
  /** Argo CD: `Replace=true`. */
  readonly replace: boolean;
  /** Argo CD: `Force=true`; Flux: `force: Enabled`. */
  readonly recreate: boolean;
}

const NONE: LiveWishes = { leaveAlone: false, replace: false, recreate: false };

/** Reads the wishes of the App's dialect from a live object, or from what a dry-run makes of it. */
export function liveWishes(tools: ObjectTools, live: JsonObject): LiveWishes {
  const metadata = live['metadata'];
  if (!isJsonObject(metadata)) return NONE;
  const { annotations, labels } = metadata;
  if (policyOf(tools).dialect === 'argo') {
    const options = textOf(annotations, 'argocd.argoproj.io/sync-options')
      .split(',')
      .map((option) => option.trim());
    return { leaveAlone: false, replace: options.includes('Replace=true'), recreate: options.includes('Force=true') };
  }
  const says = (name: string, wanted: string): boolean =>
    [annotations, labels].some((values) => textOf(values, `kustomize.toolkit.fluxcd.io/${name}`).toLowerCase() === wanted);
  return {
    leaveAlone: says('reconcile', 'disabled') || says('ssa', 'ignore'),
    replace: false,
    recreate: says('force', 'enabled'),
  };
}

function textOf(values: JsonObject[string], key: string): string {
  const value = isJsonObject(values) ? values[key] : undefined;
  return typeof value === 'string' ? value : '';
}
