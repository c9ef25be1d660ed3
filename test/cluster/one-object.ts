import { inject } from 'vitest';
import { basisOf, type Comparison, compareObject } from '../../agent/apply/object/compare-object.ts';
import type { ObjectTools } from '../../agent/apply/object/object-tools.ts';
import { type Written, writeObject } from '../../agent/apply/object/write-object.ts';
import type { ApiFailure, ClusterApi } from '../../agent/cluster/cluster-api.ts';
import { connectToCluster } from '../../agent/cluster/connection.ts';
import { createKubernetesApi } from '../../agent/cluster/kubernetes-api.ts';
import { systemClock } from '../../agent/platform/clock.ts';
import { shortHash } from '../../agent/platform/crypto.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import { makeBundle } from '../../core/bundle/make-bundle.ts';
import { toComparable } from '../../core/diff/comparable.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type PreparedBundle, type PreparedObject, prepareBundle } from '../../core/plan/prepare.ts';
import type { Result } from '../../core/result.ts';
import { policyOf } from './fake-worker.ts';

/** What one object needs to be written, without an agent around it. Counts its requests. */
export interface ObjectBench {
  readonly api: ClusterApi;
  readonly tools: (policy?: AppPolicy) => ObjectTools;
  readonly prepare: (manifest: Manifest, policy?: AppPolicy) => PreparedObject;
  readonly prepareAll: (manifests: readonly Manifest[], policy?: AppPolicy) => PreparedBundle;
  /** Compares and, where it differs, writes: what a sync does with one object. */
  readonly sync: (manifest: Manifest, policy?: AppPolicy) => Promise<Synced>;
  /** Requests since the last call. */
  readonly requests: () => number;
}

export interface Synced {
  readonly compared: Result<Comparison, ApiFailure>;
  readonly written: Result<Written, ApiFailure> | undefined;
  readonly object: PreparedObject;
}

/** An App called like its namespace. */
export function appIn(namespace: string, changes: Partial<AppPolicy> = {}): AppPolicy {
  return policyOf(namespace, { targetNamespace: namespace, ...changes });
}

/** Tools against the run's shared control plane. */
export async function objectBench(): Promise<ObjectBench> {
  const { kubeconfig } = inject('devcluster');
  const clock = systemClock();
  const connection = await connectToCluster({ source: { file: kubeconfig }, maxSockets: 32, monotonic: clock.monotonic });
  let sent = 0;
  const counted = {
    ...connection,
    get server() {
      return connection.server;
    },
    get client() {
      return {
        ...connection.client,
        request: (...args: Parameters<typeof connection.client.request>) => {
          sent++;
          return connection.client.request(...args);
        },
      };
    },
  };
  const api = createKubernetesApi(counted, clock);
  const discovered = await api.discover();
  if (!discovered.ok) throw new Error(discovered.error.problem.message);

  const tools = (policy?: AppPolicy): ObjectTools => ({
    api,
    clock,
    chance: () => 0.5,
    fingerprint: (live) => shortHash(JSON.stringify(toComparable(live.object))),
    ...(policy === undefined ? {} : { policy }),
  });
  const prepareAll = (manifests: readonly Manifest[], policy = policyOf('one-object')): PreparedBundle => {
    const { bundle } = makeBundle(manifests, '0'.repeat(64));
    return prepareBundle(bundle, {
      policy,
      agent: { namespace: 'plumbline', serviceAccount: 'plumbline-agent' },
      scopeOf: (apiVersion, kind) => {
        const served = api.kindOf(apiVersion, kind);
        return served === undefined ? undefined : served.namespaced ? 'namespaced' : 'cluster';
      },
      hash: shortHash,
    });
  };
  const prepare = (manifest: Manifest, policy?: AppPolicy): PreparedObject => {
    const { objects, hooks, blocked } = prepareAll([manifest], policy);
    const object = objects[0] ?? hooks[0];
    if (object === undefined) throw new Error(`not prepared: ${JSON.stringify(blocked)}`);
    return object;
  };
  return {
    api,
    tools,
    prepare,
    prepareAll,
    async sync(manifest, policy) {
      const object = prepare(manifest, policy);
      const compared = await compareObject(tools(policy), object);
      if (!compared.ok || compared.value.state === 'same') return { compared, written: undefined, object };
      return { compared, written: await writeObject(tools(policy), object, basisOf(compared.value)), object };
    },
    requests() {
      const count = sent;
      sent = 0;
      return count;
    },
  };
}

/** The value of a success; a failure ends the test with its problem. */
export function gotten<T>(result: Result<T, ApiFailure> | undefined): T {
  if (result === undefined) throw new Error('nothing was done');
  if (!result.ok) throw new Error(`${result.error.problem.code}: ${result.error.problem.message}`);
  return result.value;
}

/** The code of a failure. */
export function codeOf(result: Result<unknown, ApiFailure> | undefined): string | undefined {
  return result === undefined || result.ok ? undefined : result.error.problem.code;
}
