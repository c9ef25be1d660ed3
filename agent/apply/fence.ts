import type { Digest } from '../../core/bundle/bundle.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { StateSecrets } from '../cluster/state-secrets.ts';

/** Where a snapshot stands: by key list version, then by generation. */
export interface Order {
  readonly keys: number;
  readonly generation: number;
  readonly digest: Digest;
}

/**
 * The newest snapshot order that any agent of this cluster has begun to apply, in the Secret `plumbline-fence`, as JSON. It is raised before the
 * first write of a new snapshot and never lowered, so that
 *
 *   - after a kill at any moment nothing older is applied, even when the snapshot itself had not been stored yet (I3)
 *   - of two agents with one identity, the one that is behind finds out before it writes (threat F34)
 */
export interface Fence {
  /** Where this agent stands: the snapshot that it has accepted. */
  readonly stand: (order: Order) => void;
  /** Fails with `apply.conflict` when another agent is ahead, `apply.unavailable` when the API server cannot tell. */
  readonly raise: (order: Order) => Promise<Result<true, Problem>>;
  /** Nobody has got ahead of us; asked beside the comparison of a heal, so it costs no time. Callers at the same moment share one request. */
  readonly check: () => Promise<Result<true, Problem>>;
  readonly load: () => Promise<Result<Order | undefined, Problem>>;
}

const NAME = 'plumbline-fence';

/** The fence in the agent's namespace, for the fleet of one root key (its keyid): another fleet's counts for nothing. */
export function createFence(secrets: StateSecrets, root: string): Fence {
  let own: Order | undefined;
  let stored: Order | undefined;
  let version = 'absent';
  let checking: Promise<Result<true, Problem>> | undefined;

  const load = async (): Promise<Result<Order | undefined, Problem>> => {
    const got = await secrets.read(NAME);
    if (!got.ok) return err(got.error.problem);
    version = got.value?.resourceVersion ?? 'absent';
    const head = got.value?.data.get('head');
    stored = head === undefined ? undefined : parseOrder(head.toString(), root);
    return ok(stored);
  };

  const inFront = (order: Order | undefined): Result<true, Problem> =>
    order !== undefined && stored !== undefined && compareOrder(stored, order) > 0 ? err(behind(stored)) : ok(true);

  const compareWithStored = async (): Promise<Result<true, Problem>> => {
    const now = await secrets.version(NAME);
    if (!now.ok) return err(now.error.problem);
    if (now.value !== version && !(now.value === '' && version === 'absent')) {
      const loaded = await load();
      if (!loaded.ok) return loaded;
    }
    return inFront(own);
  };

  const check = (): Promise<Result<true, Problem>> => {
    checking ??= compareWithStored().finally(() => {
      checking = undefined;
    });
    return checking;
  };

  const raise = async (order: Order): Promise<Result<true, Problem>> => {
    for (;;) {
      if (stored !== undefined && compareOrder(stored, order) === 0) return ok(true);
      const ahead = inFront(order);
      if (!ahead.ok) return ahead;
      const written = await secrets.write(NAME, new Map([['head', Buffer.from(JSON.stringify({ root, ...order }))]]), version);
      if (written.ok) {
        version = written.value;
        stored = order;
        return ok(true);
      }
      if (written.error.problem.code !== 'apply.conflict') return err(written.error.problem);
      const loaded = await load();
      if (!loaded.ok) return loaded;
    }
  };

  let raising: { readonly order: Order; readonly done: Promise<Result<true, Problem>> } | undefined;
  return {
    load,
    stand(order) {
      own = order;
    },
    raise(order) {
      // What a check has found out meanwhile counts, although this very order was raised once.
      const ahead = inFront(order);
      if (!ahead.ok) return Promise.resolve(ahead);
      // Raised before, but perhaps long ago: whoever was stopped since must find out now.
      if (stored !== undefined && compareOrder(stored, order) === 0) return check();
      if (raising !== undefined && compareOrder(raising.order, order) === 0) return raising.done;
      // One after the other: each builds on the version that the one before it wrote.
      const before = raising?.done ?? Promise.resolve(ok(true));
      const done = before.then(() => raise(order));
      const current = { order, done };
      raising = current;
      void done.then((result) => {
        if (raising === current && !result.ok) raising = undefined;
      });
      return done;
    },
    check,
  };
}

/** Negative, zero or positive, as for sort. */
function compareOrder(a: Order, b: Order): number {
  return a.keys - b.keys || a.generation - b.generation;
}

function behind(stored: Order | undefined): Problem {
  return problem('apply.conflict', `another agent of this cluster already applies generation ${stored?.generation ?? 'unknown'}`);
}

function parseOrder(text: string, root: string): Order | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined; // Nobody but somebody with rights in the agent's namespace can have done this.
  }
  if (!isJsonObject(value) || value['root'] !== root) return undefined;
  const { keys, generation, digest } = value;
  return typeof keys === 'number' && typeof generation === 'number' && typeof digest === 'string'
    ? { keys, generation, digest }
    : undefined;
}
