import type { Dependency } from '../app/policy.ts';
import type { JsonObject } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { toFluxObject } from './flux-object.ts';
import { type AppFacts, computeReadiness } from './readiness.ts';

/**
 * May an App begin a sync, as far as those are concerned on which it depends (`dependsOn`)? Flux asks in the order in which they are
 * named and stops at the first that is not ready; so does this. A `readyExpr` takes the place of the built-in rule, as in Flux without
 * its feature gate AdditiveCELDependencyCheck.
 *
 * It is asked before something new is begun. Removing an App, and keeping what it has applied as it is, wait for nobody: Flux stops
 * correcting an App whose dependency fails, which leaves it to drift for no gain.
 */
export type DependencyAnswer =
  | { readonly ready: true }
  | { readonly ready: false; readonly problem: Problem }
  /** Everything else is ready; these decide. */
  | { readonly ready: 'ask'; readonly questions: readonly ReadyQuestion[] };

/** An expression that must be true, and what it sees. */
export interface ReadyQuestion {
  readonly dependency: Dependency;
  readonly expression: string;
  readonly variables: { readonly self: JsonObject; readonly dep: JsonObject };
}

export interface DependencyQuestion {
  readonly self: AppFacts;
  /** The Apps of this cluster, by id. */
  readonly apps: ReadonlyMap<string, AppFacts>;
  /** Of `findCycles`, over all of them. */
  readonly cycles: ReadonlyMap<string, string>;
  /** What the Worker says of other clusters (`SnapshotApp.waitsFor`). */
  readonly waitsFor?: readonly string[];
}

/** Whether the dependencies of an App are ready; if not, `problem` says which one is waited for and why. */
export function checkDependencies({ self, apps, cycles, waitsFor = [] }: DependencyQuestion): DependencyAnswer {
  const { dependsOn = [] } = self.policy;
  const cycle = cycles.get(self.id);
  if (cycle !== undefined) return unready('apply.dependency_cycle', `Apps depend on each other: ${cycle}`);
  const questions: ReadyQuestion[] = [];
  for (const dependency of dependsOn) {
    if (dependency.cluster !== undefined) continue;
    const dep = apps.get(dependency.app);
    if (dep === undefined)
      return unready('apply.dependency_missing', `it depends on ${dependency.app}, and there is no such App in this cluster`);
    if (dependency.readyExpr !== undefined) {
      const variables = { self: toFluxObject(self), dep: toFluxObject(dep) };
      questions.push({ dependency, expression: dependency.readyExpr, variables });
      continue;
    }
    const readiness = computeReadiness(dep, self.wanted.revision);
    if (readiness.status !== 'True') return unready('apply.dependency', `waits for ${dep.id}: ${readiness.message}`);
  }
  const [elsewhere] = waitsFor;
  if (elsewhere !== undefined) return unready('apply.dependency', `waits for ${waitsFor.join(', ')}`);
  return questions.length === 0 ? { ready: true } : { ready: 'ask', questions };
}

/** What an expression's value means: undefined when it lets the sync begin. Whatever is not a boolean is refused, as in Flux. */
export function judgeReadyExpr(question: ReadyQuestion, value: unknown): Problem | undefined {
  const { app } = question.dependency;
  if (value === true) return undefined;
  if (value === false) return problem('apply.dependency', `waits for ${app}: its readyExpr is not true yet`);
  return problem('script.failed', 'a readyExpr must give true or false', { where: `dependsOn ${app}` });
}

function unready(
  code: 'apply.dependency' | 'apply.dependency_missing' | 'apply.dependency_cycle',
  message: string,
): DependencyAnswer {
  return { ready: false, problem: problem(code, message) };
}
