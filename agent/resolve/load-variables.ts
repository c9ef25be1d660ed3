import type { AppPolicy, SubstitutePolicy } from '../../core/app/policy.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { Variable, Variables } from '../../core/resolve/expand-variables.ts';
import type { ResolveInput } from '../../core/resolve/resolve-input.ts';
import { findBadName, toVariable } from '../../core/resolve/substitute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readInput } from './read-input.ts';
import type { ResolveTools } from './resolve-bundle.ts';

export interface LoadedVariables {
  readonly variables: Variables;
  readonly inputs: readonly ResolveInput[];
}

/**
 * The variables of an App: its sources in their order, later ones over earlier ones, the App's own values over all.
 * Fails with `substitute.missing` when a source is not there and not optional, with `substitute.invalid` when a name is no variable's.
 */
export async function loadVariables(
  substitute: SubstitutePolicy,
  policy: AppPolicy,
  tools: ResolveTools,
): Promise<Result<LoadedVariables, Problem>> {
  const variables = new Map<string, Variable>();
  const inputs: ResolveInput[] = [];
  for (const { kind, name, optional } of substitute.from) {
    const read = await readInput({ kind, namespace: policy.namespace, name }, tools);
    if (!read.ok) return read;
    const { input, data } = read.value;
    inputs.push(input);
    if (data === undefined && !optional)
      return err(
        problem('substitute.missing', `variables come from a ${kind} that is not there`, {
          where: `${kind} ${policy.namespace}/${name}`,
        }),
      );
    for (const [key, value] of data ?? []) variables.set(key, toVariable(value.toString(), kind === 'Secret'));
  }
  for (const [name, value] of Object.entries(substitute.values)) variables.set(name, toVariable(value, false));
  const bad = findBadName(variables);
  if (bad !== undefined)
    return err(problem('substitute.invalid', `${JSON.stringify(bad)} is no name for a variable: letters, digits and _ only`));
  return ok({ variables, inputs });
}
