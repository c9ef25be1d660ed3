/**
 * A live object holds much that Git never said: defaults, status, identity. Narrowed to what Git sets it can be compared line by line. Maps keep the
 * keys that Git has, in Git's order; lists of named maps (containers, ports, env) are matched by name as Kubernetes merges them, items that only the
 * cluster has stay, since somebody may have added them; other lists and values stay as they live.
 */
export function narrowLive(desired: unknown, live: unknown): unknown {
  if (Array.isArray(desired) && Array.isArray(live)) return narrowList(desired, live);
  if (!isMap(desired) || !isMap(live)) return live;
  const kept = Object.keys(desired).filter((key) => Object.hasOwn(live, key));
  return Object.fromEntries(kept.map((key) => [key, narrowLive(desired[key], live[key])]));
}

type JsonMap = { readonly [key: string]: unknown };

function narrowList(desired: readonly unknown[], live: readonly unknown[]): readonly unknown[] {
  const name = nameOf(desired, live);
  if (name === undefined) return live.map((item, index) => (index < desired.length ? narrowLive(desired[index], item) : item));
  const wanted = new Map(desired.filter(isMap).map((item) => [item[name], item]));
  const lives = live.filter(isMap);
  const found = new Map(lives.map((item) => [item[name], item]));
  const known = [...wanted].flatMap(([key, item]) => (found.has(key) ? [narrowLive(item, found.get(key))] : []));
  return [...known, ...lives.filter((item) => !wanted.has(item[name]))];
}

/** The key by which both lists name their items, when every item is a map with a name of its own. */
function nameOf(desired: readonly unknown[], live: readonly unknown[]): string | undefined {
  return ['name', 'containerPort', 'port', 'mountPath', 'ip', 'type', 'key'].find((name) =>
    [desired, live].every((list) => {
      const names = list.map((item) => (isMap(item) ? item[name] : undefined));
      return names.every((one) => one !== undefined) && new Set(names).size === names.length;
    }),
  );
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
