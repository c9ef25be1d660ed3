import type { ReleasePolicy } from '../app/policy.ts';

/**
 * CustomResourceDefinitions of a chart's `crds/` folder are no part of the release: they are written before it, as the action's policy says,
 * and never deleted, whether a newer chart leaves them out or the release goes
 * (https://github.com/fluxcd/helm-controller/blob/v1.6.3/internal/action/crds.go). Those in templates are objects like others.
 *
 *   Skip            neither made nor changed
 *   Create          made where it is missing          the default of an installation; of an upgrade it is Skip
 *   CreateReplace   made, or brought to what the chart says
 *
 * A rollback touches none: older definitions could lose what newer objects hold.
 */
export type DefinitionWrite = 'skip' | 'create' | 'apply';

/** How a definition of `crds/` is written by an action. */
export function definitionWrite(policy: ReleasePolicy, action: 'install' | 'upgrade' | 'rollback'): DefinitionWrite {
  if (action === 'rollback') return 'skip';
  const crds = policy[action].crds ?? (action === 'install' ? 'Create' : 'Skip');
  return crds === 'Skip' ? 'skip' : crds === 'Create' ? 'create' : 'apply';
}
