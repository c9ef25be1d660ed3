/**
 * Plans of random Argo CD Apps, seeded, against Argo CD's order written down once more, in the shortest way: gitops-engine's
 * sync_context.go (`getSyncTasks`) and sync_tasks.go. A seed that fails is named in the message.
 */
import { describe, expect, it } from 'vitest';
import type { Manifest, ObjectKey } from '../../../core/objects/object.ts';
import { computePlan } from '../../../core/plan/plan.ts';
import type { KnownObject, Plan } from '../../../core/plan/plan-types.ts';
import { prepareBundle } from '../../../core/plan/prepare.ts';
import type { PrunePolicy } from '../../../core/plan/prune-policy.ts';
import { policyOf } from './policy.ts';

const SEEDS = 400;
const PHASES = ['PreSync', 'Sync', 'PostSync'] as const;

type Random = (below: number) => number;

function randomOf(seed: number): Random {
  let state = seed * 104_729;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** Where something belongs, by its annotations. */
interface Place {
  readonly phase: string;
  readonly wave: number;
}

interface Wanted extends Place {
  readonly manifest: Manifest;
  readonly isHook: boolean;
}

interface Case {
  readonly wanted: readonly Wanted[];
  readonly gone: ReadonlyMap<ObjectKey, PrunePolicy>;
  readonly plan: Plan;
}

const HELM_PHASES: Readonly<Record<string, string>> = {
  'pre-install': 'PreSync',
  'pre-upgrade': 'PreSync',
  'post-install': 'PostSync',
};

function wantedOf(index: number, random: Random): Wanted {
  const wave = random(7) - 3;
  const kind = ['ConfigMap', 'Secret', 'Service'][random(3)] ?? 'ConfigMap';
  const hook = random(4) === 0;
  const helm = hook && random(3) === 0 ? (Object.keys(HELM_PHASES)[random(3)] ?? 'pre-install') : undefined;
  const phase = !hook ? 'Sync' : helm === undefined ? (PHASES[random(3)] ?? 'Sync') : (HELM_PHASES[helm] ?? 'Sync');
  const annotations = {
    ...(wave === 0 && random(2) === 0
      ? {}
      : { [helm === undefined ? 'argocd.argoproj.io/sync-wave' : 'helm.sh/hook-weight']: String(wave) }),
    ...(hook ? (helm === undefined ? { 'argocd.argoproj.io/hook': phase } : { 'helm.sh/hook': helm }) : {}),
  };
  const metadata = { name: `o${index}`, namespace: 'shop', annotations };
  return { manifest: { apiVersion: 'v1', kind, metadata }, phase, wave, isHook: hook };
}

function caseOf(seed: number): Case {
  const random = randomOf(seed);
  // One is always there, and no hook: an App that has become empty deletes nothing unasked.
  const plain: Wanted = {
    manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'o', namespace: 'shop' } },
    phase: 'Sync',
    wave: 0,
    isHook: false,
  };
  const wanted = [plain, ...Array.from({ length: random(12) }, (_, index) => wantedOf(index, random))];
  const gone = new Map<ObjectKey, PrunePolicy>(
    Array.from({ length: random(6) }, (_, index) => [
      `/ConfigMap/shop/gone${index}`,
      {
        wave: random(7) - 3,
        prune: (['yes', 'yes', 'yes', 'no', 'confirm'] as const)[random(5)] ?? 'yes',
        delete: 'yes',
        pruneLast: random(4) === 0,
      },
    ]),
  );
  const policy = policyOf({ budget: { count: 1_000, percent: 100 } });
  const bundle = prepareBundle(
    { format: 1, salt: '0'.repeat(64), objects: wanted.map(({ manifest }) => manifest) },
    {
      policy,
      agent: { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' },
      scopeOf: () => 'namespaced',
      hash: (text) => text,
    },
  );
  const inventory = new Map<ObjectKey, KnownObject>([...gone.keys()].map((key) => [key, { hash: undefined, current: false }]));
  const plan = computePlan({
    bundle,
    inventory,
    prunePolicies: gone,
    ownedByOther: () => undefined,
    wantedByOther: () => false,
    policy,
    removed: false,
    confirmed: false,
    expired: false,
    run: { id: 'run', revision: 'abcdef0123', startedAt: 0 },
  });
  return { wanted, gone, plan };
}

const nameOf = (key: ObjectKey) => key.split('/').at(-1) ?? key;

/** Argo CD's place of everything that is written or deleted, by name. */
function placesOf({ wanted, gone }: Case): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>(wanted.map(({ manifest, phase, wave }) => [manifest.metadata.name, { phase, wave }]));
  const deleted = [...gone].filter(([, { prune }]) => prune === 'yes');
  const waves = [...new Set(deleted.map(([, { wave }]) => wave))].sort((a, b) => a - b);
  const swapped = (wave: number): number => waves[waves.length - 1 - waves.indexOf(wave)] ?? wave;
  const sync = [...wanted.filter(({ phase }) => phase === 'Sync').map(({ wave }) => wave), ...waves];
  const last = Math.max(0, ...sync) + 1;
  for (const [key, { wave, pruneLast }] of deleted)
    places.set(nameOf(key), { phase: 'Sync', wave: pruneLast ? last : swapped(wave) });
  return places;
}

const writtenNames = (plan: Plan) => plan.steps.flatMap((step) => step.stages.flat().map(({ object }) => object.ref.name));
const prunedNames = (plan: Plan) => plan.steps.flatMap((step) => step.prunes.flat().map(nameOf));

function forSeeds(check: (one: Case, seed: string) => void): void {
  for (let seed = 1; seed <= SEEDS; seed++) check(caseOf(seed), `seed ${seed}`);
}

describe('a plan of an Argo CD App', () => {
  it('holds everything that is wanted exactly once, and every object that is gone exactly once', () =>
    forSeeds(({ wanted, gone, plan }, seed) => {
      expect(writtenNames(plan).sort(), seed).toEqual(wanted.map(({ manifest }) => manifest.metadata.name).sort());
      const leaving = [...plan.steps.flatMap((step) => step.prunes.flat()), ...plan.held.map(({ key }) => key), ...plan.kept];
      expect(leaving.sort(), seed).toEqual([...gone.keys()].sort());
    }));

  it('deletes what may be deleted, keeps what may not, and holds what a person must confirm', () =>
    forSeeds(({ gone, plan }, seed) => {
      const of = (prune: PrunePolicy['prune']) => [...gone].filter(([, policy]) => policy.prune === prune).map(([key]) => key);
      expect([...plan.kept].sort(), seed).toEqual(of('no').sort());
      expect(plan.held.map(({ key }) => key).sort(), seed).toEqual(of('confirm').sort());
    }));

  it('does everything in the phase and wave in which Argo CD does it, in their order', () =>
    forSeeds((one, seed) => {
      const places = placesOf(one);
      const order = [...places.values()]
        .map(({ phase, wave }) => [PHASES.indexOf(phase as (typeof PHASES)[number]), wave] as const) // one of them, by its making
        .sort((a, b) => a[0] - b[0] || a[1] - b[1])
        .map((place) => place.join(' '))
        .filter((place, index, all) => all.indexOf(place) === index);
      const found = one.plan.steps.map((step) => [
        ...step.stages.flat().map(({ object }) => object.ref.name),
        ...step.prunes.flat().map(nameOf),
      ]);
      const ranks = found.map((names) => [
        ...new Set(
          names.map((name) => {
            const { phase, wave } = places.get(name) ?? { phase: '?', wave: 0 };
            return order.indexOf(`${PHASES.indexOf(phase as (typeof PHASES)[number])} ${wave}`); // as above
          }),
        ),
      ]);
      expect(ranks, seed).toEqual(order.map((_, rank) => [rank]));
      expect(prunedNames(one.plan).length, seed).toBe([...one.gone.values()].filter(({ prune }) => prune === 'yes').length);
    }));

  it('waits for its objects before the next step, and for what it deleted', () =>
    forSeeds(({ wanted, plan }, seed) => {
      const hooks = new Set(wanted.filter(({ isHook }) => isHook).map(({ manifest }) => manifest.metadata.name));
      for (const step of plan.steps.slice(0, -1)) {
        const own = step.stages
          .flat()
          .map(({ object }) => object.ref.name)
          .filter((name) => !hooks.has(name));
        expect(step.await.map(nameOf).sort(), seed).toEqual(own.sort());
        expect(step.awaitGone, seed).toBe(true);
      }
    }));
});
