import { shortHash } from '../agent/platform/crypto.ts';
import type { AppPolicy } from '../core/app/policy.ts';
import type { Bundle } from '../core/bundle/bundle.ts';
import type { Manifest } from '../core/objects/object.ts';
import { computePlan } from '../core/plan/plan.ts';
import { type PreparedBundle, prepareInSlices } from '../core/plan/prepare.ts';
import { stepSync } from '../core/plan/sync.ts';
import { newSync, type SyncEvent } from '../core/plan/sync-state.ts';
import type { Samples } from './measurement.ts';

const SLICE_MS = 8;
/** What nobody notices: a heal of another App takes as long. */
const STALL_TARGET_MS = 50;

const POLICY: AppPolicy = {
  dialect: 'argo',
  name: 'big',
  namespace: 'argocd',
  autoSync: true,
  prune: true,
  selfHeal: true,
  allowEmpty: false,
  createNamespace: false,
  suspended: false,
  retry: { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
  timeoutSeconds: 600,
  onDelete: 'prune',
  budget: { count: 50, percent: 100 },
};

/** One App of very many objects in seven waves: how long making it ready, planning and stepping keep the agent from everything else. */
export async function planning(objects: number, runs: number): Promise<Samples[]> {
  const bundle: Bundle = { format: 1, salt: '0'.repeat(64), objects: Array.from({ length: objects }, (_, i) => deployment(i)) };
  const prepare: number[] = [];
  const longest: number[] = [];
  const plan: number[] = [];
  const steps: number[] = [];
  for (let run = 0; run < runs; run++) {
    const slices = prepareInSlices(bundle, {
      policy: POLICY,
      agent: { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' },
      scopeOf: () => 'namespaced',
      hash: shortHash,
    });
    let prepared: PreparedBundle | undefined;
    let total = 0;
    let worst = 0;
    while (prepared === undefined) {
      const since = performance.now();
      while (performance.now() - since < SLICE_MS && prepared === undefined) {
        const slice = slices.next();
        if (slice.done === true) prepared = slice.value;
      }
      const took = performance.now() - since;
      total += took;
      worst = Math.max(worst, took);
      await new Promise((resolve) => setImmediate(resolve));
    }
    prepare.push(total);
    longest.push(worst);
    const since = performance.now();
    const made = computePlan({
      bundle: prepared,
      inventory: new Map(),
      ownedByOther: () => undefined,
      wantedByOther: () => false,
      policy: POLICY,
      removed: false,
      confirmed: false,
      expired: false,
    });
    plan.push(performance.now() - since);
    steps.push(longestStep(made));
  }
  return [
    { metric: `${objects} objects made ready, in slices`, unit: 'ms', values: prepare },
    { metric: 'longest slice', unit: 'ms', values: longest, target: STALL_TARGET_MS },
    { metric: 'planned at once', unit: 'ms', values: plan, target: STALL_TARGET_MS },
    { metric: 'longest step of the sync', unit: 'ms', values: steps, target: STALL_TARGET_MS },
  ];
}

/** Runs the step function to its end, as if the API server agreed to everything; gives the time of its longest step. */
function longestStep(plan: ReturnType<typeof computePlan>): number {
  let worst = 0;
  let event: SyncEvent = { type: 'start' };
  for (let state = newSync(plan, { dryRun: false, asked: false }); ; ) {
    const since = performance.now();
    const { state: next, effect } = stepSync(state, event);
    worst = Math.max(worst, performance.now() - since);
    state = next;
    if (effect === undefined || effect.do === 'finish') return worst;
    if (effect.do === 'write') event = { type: 'written', results: effect.keys.map((key) => ({ key, action: 'created' })) };
    else if (effect.do === 'await')
      event = {
        type: 'observed',
        health: new Map(effect.health.map((key) => [key, { status: 'Healthy' }])),
        hooks: new Map(),
        going: new Map(),
        late: false,
      };
    else throw new Error(`a first sync asked to ${effect.do}`);
  }
}

function deployment(index: number): Manifest {
  const name = `web-${String(index).padStart(5, '0')}`;
  const labels = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels, annotations: { 'argocd.argoproj.io/sync-wave': String((index % 7) - 3) } },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'web',
              image: `example.test/web:${index}`,
              ports: [{ containerPort: 8080 }],
              env: Array.from({ length: 10 }, (_, i) => ({ name: `SETTING_${i}`, value: `${name}-${i}` })),
            },
          ],
        },
      },
    },
  };
}
