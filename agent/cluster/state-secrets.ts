import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiFailure, ClusterApi, KindInfo, Target } from './cluster-api.ts';

/** What the agent keeps in its own namespace, as Secrets: data by key, and the version that a guarded write builds on. */
export interface StateSecret {
  readonly data: ReadonlyMap<string, Buffer>;
  readonly resourceVersion: string;
}

export interface StateSecrets {
  readonly read: (name: string) => Promise<Result<StateSecret | undefined, ApiFailure>>;
  /** The version of a Secret without its data; empty when there is none. */
  readonly version: (name: string) => Promise<Result<string, ApiFailure>>;
  /**
   * Replaces a Secret's data. `on` is the version that it must still have: `absent` for a new one, undefined to write whatever is there.
   * Gives the new version; fails with `apply.conflict` when somebody else wrote.
   */
  readonly write: (
    name: string,
    data: ReadonlyMap<string, Buffer>,
    on: string | 'absent' | undefined,
  ) => Promise<Result<string, ApiFailure>>;
  readonly remove: (name: string) => Promise<Result<true, ApiFailure>>;
  /** Makes the namespace when it is missing (outside a cluster nobody else does). */
  readonly prepare: () => Promise<Result<true, ApiFailure>>;
}

/** Secrets may hold 1 MiB; base64 and metadata need their share. */
export const MAX_STATE_BYTES = 700_000;

const SECRET: KindInfo = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const NAMESPACE: KindInfo = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const LABELS = { 'app.kubernetes.io/name': 'plumbline-agent', 'app.kubernetes.io/component': 'state' };

/** State Secrets in one namespace. */
export function createStateSecrets(api: ClusterApi, namespace: string): StateSecrets {
  const target = (name: string): Target => ({ kind: SECRET, namespace, name });
  return {
    async read(name) {
      const got = await api.get(target(name));
      if (!got.ok || got.value === undefined) return got.ok ? ok(undefined) : got;
      const data = got.value.object['data'];
      const entries = typeof data === 'object' && data !== null ? Object.entries(data) : [];
      return ok({
        data: new Map(entries.map(([key, value]) => [key, Buffer.from(String(value), 'base64')])),
        resourceVersion: got.value.resourceVersion,
      });
    },
    async version(name) {
      const got = await api.get(target(name), { metadataOnly: true });
      return got.ok ? ok(got.value?.resourceVersion ?? '') : got;
    },
    async write(name, data, on) {
      const body = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'plumbline.dev/state',
        metadata: {
          name,
          namespace,
          labels: LABELS,
          ...(on === undefined ? {} : { resourceVersion: on === 'absent' ? '1' : on }),
        },
        data: Object.fromEntries([...data].map(([key, value]) => [key, value.toString('base64')])),
      });
      const applied = await api.apply(target(name), body, { dryRun: false, secret: true });
      return applied.ok ? ok(applied.value.resourceVersion) : applied;
    },
    async remove(name) {
      const got = await api.get(target(name), { metadataOnly: true });
      if (!got.ok || got.value === undefined) return got.ok ? ok(true) : got;
      const { uid, resourceVersion } = got.value;
      const removed = await api.remove(target(name), { uid, resourceVersion, propagation: 'Background' });
      return removed.ok ? ok(true) : removed;
    },
    async prepare() {
      const there = await api.get({ kind: NAMESPACE, namespace: '', name: namespace }, { metadataOnly: true });
      if (there.ok && there.value !== undefined) return ok(true);
      // Without the right to look at it: the namespace is there, because the agent's own pod runs in it.
      if (!there.ok) return there.error.problem.code === 'apply.forbidden' ? ok(true) : there;
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      const made = await api.apply({ kind: NAMESPACE, namespace: '', name: namespace }, body, { dryRun: false, secret: false });
      if (made.ok) return ok(true);
      return err({
        ...made.error,
        problem: problem(made.error.problem.code, `namespace ${namespace} cannot be made: ${made.error.problem.message}`),
      });
    },
  };
}
