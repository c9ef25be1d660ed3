import type { JsonObject } from '../objects/object.ts';
import { type AppFacts, computeReadiness } from './readiness.ts';

/**
 * An App as the object that Flux would keep of it: what `readyExpr` sees as `self` and `dep`.
 *
 *   metadata   name, namespace, generation, and labels and annotations from the definition
 *   spec       from the definition (`policy.definition`), where an expression may read it, else what is known of it
 *   status     observedGeneration (-1 before the first sync), conditions (Ready; Healthy for Apps that wait), lastAppliedRevision,
 *              lastAttemptedRevision
 *
 * Generations are those of the snapshots, so that `dep.metadata.generation == dep.status.observedGeneration` says what it says in Flux.
 */
export function toFluxObject(app: AppFacts): JsonObject {
  const { policy, wanted, applied, sync } = app;
  const ready = computeReadiness(app);
  const isDone = sync !== undefined && sync.outcome !== 'running' && sync.bundle === wanted.bundle;
  const definition = policy.definition ?? {};
  return {
    apiVersion: policy.release === undefined ? 'kustomize.toolkit.fluxcd.io/v1' : 'helm.toolkit.fluxcd.io/v2',
    kind: policy.release === undefined ? 'Kustomization' : 'HelmRelease',
    metadata: {
      name: policy.name,
      namespace: policy.namespace,
      generation: wanted.generation,
      labels: definition.labels ?? {},
      annotations: definition.annotations ?? {},
    },
    spec: definition.spec ?? { suspend: policy.suspended, prune: policy.prune, wait: policy.wait === true },
    status: {
      observedGeneration: isDone ? wanted.generation : (applied?.generation ?? -1),
      conditions: [{ type: 'Ready', status: ready.status, reason: ready.reason, message: ready.message }],
      ...(applied === undefined ? {} : { lastAppliedRevision: applied.revision }),
      ...(sync === undefined ? {} : { lastAttemptedRevision: wanted.revision }),
    },
  };
}
