import type { Dependency } from '../app/policy.ts';

const MAX_NAMED = 10;

/**
 * Apps that wait for each other, and so for ever: for each App on a cycle that was found, the cycle in words (`a → b → a`). What others
 * than the built-in rule decide (`readyExpr`) may end a cycle, so such dependencies close none; those in other clusters are not seen here.
 *
 * A depth-first walk in the order given, without recursion, for a fleet may be deep. Of several cycles through one App the first is told;
 * when it is broken, the next appears.
 */
export function findCycles(dependencies: ReadonlyMap<string, readonly Dependency[]>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const done = new Set<string>();
  for (const root of dependencies.keys()) {
    if (done.has(root)) continue;
    const path = [root];
    const left = [targetsOf(root, dependencies)];
    const onPath = new Set(path);
    while (path.length > 0) {
      const next = left.at(-1)?.pop();
      if (next === undefined) {
        left.pop();
        const ended = path.pop() ?? root;
        onPath.delete(ended);
        done.add(ended);
      } else if (onPath.has(next)) {
        const cycle = path.slice(path.indexOf(next));
        for (const [index, app] of cycle.entries()) if (!found.has(app)) found.set(app, nameCycle(cycle, index));
      } else if (!done.has(next)) {
        path.push(next);
        left.push(targetsOf(next, dependencies));
        onPath.add(next);
      }
    }
  }
  return found;
}

/** Last first, as they are taken from the end. */
function targetsOf(app: string, dependencies: ReadonlyMap<string, readonly Dependency[]>): string[] {
  const own = dependencies.get(app) ?? [];
  return own
    .filter((dependency) => dependency.cluster === undefined && dependency.readyExpr === undefined)
    .map((dependency) => dependency.app)
    .reverse();
}

/** Begins and ends with the App that is told; a long one is cut in the middle. */
function nameCycle(cycle: readonly string[], from: number): string {
  const names = Array.from({ length: Math.min(cycle.length, MAX_NAMED) }, (_, step) => cycle[(from + step) % cycle.length] ?? '');
  return [...names, ...(cycle.length > MAX_NAMED ? ['…'] : []), cycle[from] ?? ''].join(' → ');
}
