import type { DeletionBudget } from '../../core/app/policy.ts';
import type { SettingsSource } from '../platform/ports.ts';

/** What the definitions of one fleet path are read against. */
export interface FleetContext {
  /** The cluster that `https://kubernetes.default.svc`, `in-cluster` and every Flux object mean. */
  readonly defaultCluster: string;
  readonly clusters: readonly { readonly name: string; readonly server?: string }[];
  /** The http(s) URL of the repository that holds the fleet path. */
  readonly fleetRepoURL: string;
  /** The fleet path in that repository: an App that deploys this very folder (Flux' own, an app of apps) is left out. */
  readonly fleetPath?: string;
  /** More repositories with http(s) URLs, for definitions that name them by ssh. */
  readonly repositories?: readonly string[];
  readonly budget?: DeletionBudget;
  /** The settings that were read last from this fleet path, for the case that they cannot be read now. */
  readonly lastSettings?: SettingsSource;
}

/** Fifty objects at once without a person; an App that turns empty is held in any case. */
export const DEFAULT_BUDGET: DeletionBudget = { count: 50, percent: 100 };

/** Every http(s) URL that an ssh URL may stand for. */
export function knownRepositories(context: FleetContext): readonly string[] {
  return [context.fleetRepoURL, ...(context.repositories ?? [])];
}
