/**
 * Syncs of random plans in a random world, seeded: whatever the API server answers, whoever interrupts, and wherever the agent starts anew,
 * the step function keeps its promises. A seed that fails is named in the message.
 */
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../core/app/policy.ts';
import type { Health } from '../../../core/app/status.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';
import { defaultObjectPolicy, type HookDeletePolicy, type HookPhase } from '../../../core/plan/object-policy.ts';
import type { Plan, PlannedObject, PlanStep } from '../../../core/plan/plan-types.ts';
import type { BlockedObject } from '../../../core/plan/prepare.ts';
import { stepSync } from '../../../core/plan/sync.ts';
import {
  type HookId,
  newSync,
  type RecordedHookState,
  type Seen,
  type SyncEffect,
  type SyncEvent,
  type SyncState,
} from '../../../core/plan/sync-state.ts';
import { problem } from '../../../core/problem/problem.ts';
import type { ObjectResult } from '../../../core/protocol/messages.ts';
import { policyOf } from './policy.ts';

const SEEDS = 400;
const MAX_EVENTS = 400;

type Random = (below: number) => number;

function randomOf(seed: number): Random {
  let state = seed * 7_919;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const chance = (random: Random, percent: number): boolean => random(100) < percent;
const pick = <T>(random: Random, from: readonly [T, ...T[]]): T => from[random(from.length)] ?? from[0];

function object(key: ObjectKey, random: Random): PlannedObject {
  return {
    object: {
      key,
      ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name: key },
      apiVersion: 'v1',
      body: '{"metadata":{}}',
      hash: '',
      stage: 0,
      secret: false,
      ensureOnly: false,
      policy: defaultObjectPolicy(policyOf()),
    },
    first: pick(random, ['create', 'compare', 'update', 'nothing']),
  };
}

function hook(key: ObjectKey, phase: HookPhase, random: Random): PlannedObject {
  const planned = object(key, random);
  const deletePolicies: readonly HookDeletePolicy[] = [
    pick<HookDeletePolicy>(random, ['HookSucceeded', 'HookFailed', 'BeforeHookCreation']),
  ];
  const held = { ...planned.object, policy: { ...planned.object.policy, hook: { phases: [phase], deletePolicies } } };
  return { object: held, first: 'hook', hook: { held, released: held, run: 'r', phase } };
}

function stepOf(index: number, phase: HookPhase, random: Random): PlanStep {
  const stages = Array.from({ length: random(3) }, (_, stage) =>
    Array.from({ length: 1 + random(3) }, (__, i) =>
      chance(random, 25) ? hook(`h${index}.${stage}.${i}`, phase, random) : object(objectKey(index, stage, i, random), random),
    ),
  );
  const own = stages.flat().filter((planned) => planned.hook === undefined);
  const blocked: BlockedObject[] = chance(random, 5)
    ? [
        {
          key: `b${index}`,
          apiVersion: 'v1',
          problem: problem(chance(random, 50) ? 'apply.kind_unknown' : 'apply.protected', 'no'),
        },
      ]
    : [];
  return {
    phase,
    wave: index,
    prunes: Array.from({ length: random(2) }, (_, i) => [`p${index}.${i}`]),
    stages,
    await: chance(random, 60) ? own.map((planned) => planned.object.key) : [],
    awaitGone: chance(random, 50),
    blocked,
    ...(chance(random, 10) ? { mayFail: true } : {}),
  };
}

function objectKey(index: number, stage: number, i: number, random: Random): ObjectKey {
  const name = `o${index}.${stage}.${i}`;
  return chance(random, 10) ? `apiextensions.k8s.io/CustomResourceDefinition//${name}` : name;
}

function planOf(random: Random): Plan {
  const phases: readonly HookPhase[] = ['PreSync', 'Sync', 'Sync', 'PostSync', 'Test'];
  const steps = phases.filter(() => chance(random, 60)).map((phase, index) => stepOf(index, phase, random));
  const dialect: Dialect = pick<Dialect>(random, ['argo', 'flux']);
  return {
    steps,
    onFailure: dialect === 'argo' && chance(random, 40) ? [hook('f0', 'SyncFail', random), hook('f1', 'SyncFail', random)] : [],
    afterFailure: dialect === 'argo' ? 'rest-of-step' : 'nothing',
    readiness: dialect,
    awaitChangedOnly: chance(random, 20),
    awaitSeconds: dialect === 'flux' ? 300 : 0,
    blocked: steps.flatMap((step) => step.blocked),
    shared: [],
    held: [],
    kept: [],
    orphaned: [],
    moved: [],
    refusals: [],
    problems: [],
  };
}

/** What the cluster and the people around it do; `trouble` per cent of what can go wrong does. */
interface World {
  readonly random: Random;
  readonly trouble: number;
  /** Hooks hang: they never end by themselves. */
  readonly hangs: boolean;
  /** Answers that were given. */
  asked: number;
}

function healthOf(world: World): Seen {
  const { random, trouble } = world;
  if (chance(random, trouble / 2)) return chance(random, 30) ? 'missing' : { status: 'Degraded' };
  const status: Health['status'] =
    chance(random, 60) || world.asked > 40 ? 'Healthy' : pick(random, ['Progressing', 'Suspended', 'Unknown']);
  return { status: world.asked > 40 ? 'Healthy' : status };
}

function hookSeen(world: World): Seen {
  if (world.hangs) return { status: 'Progressing' };
  if (chance(world.random, world.trouble)) return { status: 'Degraded' };
  return { status: chance(world.random, 60) || world.asked > 40 ? 'Healthy' : 'Progressing' };
}

/** The world's answer to an effect. */
function answer(effect: SyncEffect, state: SyncState, world: World): SyncEvent {
  const { random, trouble } = world;
  world.asked++;
  const failure = () => problem(pick(random, ['apply.invalid', 'apply.unavailable']), 'no');
  switch (effect.do) {
    case 'compare':
      return {
        type: 'compared',
        outcomes: new Map(
          effect.keys.map((key) => [key, chance(random, trouble / 4) ? failure() : pick(random, ['same', 'differs', 'absent'])]),
        ),
      };
    case 'discover':
      return { type: 'discovered', served: chance(random, 50) };
    case 'prune': {
      const results = effect.keys.map(
        (key): ObjectResult =>
          chance(random, trouble) ? { key, action: 'failed', problem: failure() } : { key, action: 'pruned' },
      );
      return { type: 'pruned', results, going: effect.keys.filter(() => chance(random, 30)) };
    }
    case 'write':
      return {
        type: 'written',
        results: effect.keys.map((key) => writtenAs(key, state, chance(random, trouble / 2) ? failure() : undefined)),
      };
    case 'await-definitions':
      return {
        type: 'established',
        problems: effect.keys.filter(() => chance(random, trouble)).map((key) => ({ key, problem: failure() })),
      };
    case 'await':
      return {
        type: 'observed',
        health: new Map(effect.health.map((key) => [key, healthOf(world)])),
        hooks: new Map(effect.hooks.map((id) => [id, hookSeen(world)])),
        going: new Map(
          effect.gone.filter(() => chance(random, 40) && world.asked < 40).map((key) => [key, ['example.org/held']]),
        ),
        late: state.plan.awaitSeconds > 0 && (chance(random, 10) || world.asked > 60),
      };
    case 'terminate-hooks':
      return { type: 'terminated', hooks: effect.hooks };
    case 'clean-hooks':
      return { type: 'cleaned', results: [] };
    case 'finish':
      throw new Error('a finished sync is asked nothing');
  }
}

function writtenAs(key: ObjectKey, state: SyncState, failure: ReturnType<typeof problem> | undefined): ObjectResult {
  const planned = [...state.plan.steps.flatMap((step) => step.stages.flat()), ...state.plan.onFailure].find(
    (entry) => entry.object.key === key,
  );
  const ran = planned?.hook === undefined ? {} : { hook: { phase: planned.hook.phase, state: 'running' as const } };
  if (failure !== undefined) return { key, ...ran, action: 'failed', problem: failure };
  return { key, ...ran, action: 'created' };
}

interface Trace {
  /** Effects with the state in which they were asked. */
  readonly effects: readonly { readonly effect: SyncEffect; readonly state: SyncState }[];
  readonly state: SyncState;
  /** How many effects had been asked when somebody interrupted. */
  readonly interruptedAt?: number;
  readonly interruption?: 'supersede' | 'terminate';
}

interface Trouble {
  readonly interrupt?: 'supersede' | 'terminate';
  readonly dryRun?: boolean;
  readonly hangs?: boolean;
  readonly ran?: ReadonlyMap<HookId, RecordedHookState>;
  /** Stops looking after so many effects: the agent is killed. */
  readonly killAfter?: number;
}

function runSync(seed: number, trouble: Trouble = {}): Trace {
  const random = randomOf(seed);
  const plan = planOf(random);
  const world: World = { random, trouble: pick(random, [0, 0, 10, 40]), hangs: trouble.hangs === true, asked: 0 };
  const interruptAt = trouble.interrupt === undefined ? -1 : random(12);
  const options = { dryRun: trouble.dryRun === true, asked: chance(random, 80) };
  let step = stepSync(newSync(plan, options, trouble.ran), { type: 'start' });
  const effects: { effect: SyncEffect; state: SyncState }[] = [];
  let interruptedAt: number | undefined;
  for (let event = 0; event < MAX_EVENTS; event++) {
    const { effect, state } = step;
    if (effect === undefined) throw new Error(`seed ${seed}: nothing is under way in phase ${state.phase}`);
    effects.push({ effect, state });
    if (effect.do === 'finish' || effects.length === trouble.killAfter) break;
    let current = state;
    if (event === interruptAt && trouble.interrupt !== undefined) {
      const interrupted = stepSync(state, { type: trouble.interrupt });
      expect(interrupted.effect, `seed ${seed}: the effect under way is left to end`).toBeUndefined();
      current = interrupted.state;
      interruptedAt = effects.length;
    }
    step = stepSync(current, answer(effect, current, world));
  }
  const last = effects.at(-1)?.state ?? step.state;
  return {
    effects,
    state: last,
    ...(interruptedAt === undefined || trouble.interrupt === undefined ? {} : { interruptedAt, interruption: trouble.interrupt }),
  };
}

const isFinished = ({ effects }: Trace): boolean => effects.at(-1)?.effect.do === 'finish';
const doing = (trace: Trace, kind: 'write' | 'prune') =>
  trace.effects.flatMap(({ effect, state }) => (effect.do === kind ? effect.keys.map((key) => ({ key, state })) : []));
const outcomeOf = ({ effects }: Trace): string | undefined => {
  const last = effects.at(-1)?.effect;
  return last?.do === 'finish' ? last.outcome : undefined;
};
const duplicates = (keys: readonly string[]) => keys.filter((key, i) => keys.indexOf(key) !== i);

function forSeeds(check: (seed: number) => void): void {
  for (let seed = 1; seed <= SEEDS; seed++) check(seed);
}

describe('whatever the world answers, a sync', () => {
  it('ends', () => forSeeds((seed) => expect(isFinished(runSync(seed)), `seed ${seed}`).toBe(true)));

  it('writes and deletes each object at most once, and begins each hook at most once', () =>
    forSeeds((seed) => {
      const trace = runSync(seed);
      expect(duplicates([...doing(trace, 'write'), ...doing(trace, 'prune')].map(({ key }) => key)), `seed ${seed}`).toEqual([]);
    }));

  it('goes through its steps in order, and begins none before all before it is done and ready', () =>
    forSeeds((seed) => {
      const trace = runSync(seed);
      let reached = 0;
      for (const { effect, state } of trace.effects) {
        if (effect.do !== 'write' && effect.do !== 'prune') continue;
        expect(state.step, `seed ${seed}`).toBeGreaterThanOrEqual(reached);
        reached = state.step;
        if (state.phase === 'failing') continue;
        const before = state.plan.steps.slice(0, state.step);
        const unsafe = before.filter((step) => step.mayFail !== true);
        const keys = new Set(unsafe.flatMap((step) => step.stages.flat().map((planned) => planned.object.key)));
        const failed = state.results.filter((result) => result.action === 'failed' && keys.has(result.key));
        expect(failed, `seed ${seed}: step ${state.step} after a failure`).toEqual([]);
        const open = [...state.hooks.values()].filter((run) => keys.has(run.key) && run.state !== 'succeeded');
        expect(open, `seed ${seed}: step ${state.step} before hooks have ended`).toEqual([]);
      }
    }));

  it('deletes nothing after a failure', () =>
    forSeeds((seed) => {
      for (const { key, state } of doing(runSync(seed), 'prune'))
        expect(
          state.results.filter((result) => result.action === 'failed'),
          `seed ${seed}: ${key}`,
        ).toEqual([]);
    }));

  it('runs its SyncFail hooks after a failure, and only then', () =>
    forSeeds((seed) => {
      for (const { key, state } of doing(runSync(seed), 'write').filter((entry) => entry.key.startsWith('f')))
        expect(state.ended, `seed ${seed}: ${key}`).toBe('failed');
    }));

  it('leaves no hook running, unless it is planned anew', () =>
    forSeeds((seed) => {
      const trace = runSync(seed);
      if (outcomeOf(trace) === 'replan') return;
      const running = [...trace.state.hooks.values()].filter((run) => run.state === 'running');
      expect(running, `seed ${seed}`).toEqual([]);
    }));

  it('calls itself synced only when nothing has failed', () =>
    forSeeds((seed) => {
      const trace = runSync(seed);
      const failed = trace.state.results.some((result) => result.action === 'failed');
      if (failed) expect(outcomeOf(trace), `seed ${seed}`).not.toBe('synced');
    }));

  it('changes nothing when it only says what would happen', () =>
    forSeeds((seed) => {
      const trace = runSync(seed, { dryRun: true });
      expect(isFinished(trace)).toBe(true);
      expect([...doing(trace, 'write'), ...doing(trace, 'prune')], `seed ${seed}`).toEqual([]);
    }));
});

describe('an interrupted sync', () => {
  const interruptions = [
    ['supersede', 'superseded'],
    ['terminate', 'terminated'],
  ] as const;

  it.each(interruptions)('%s: begins nothing more but to end what runs, and says that it was %s', (interrupt, outcome) =>
    forSeeds((seed) => {
      const trace = runSync(seed, { interrupt, hangs: seed % 2 === 0 });
      if (trace.interruptedAt === undefined) return;
      const after = trace.effects.slice(trace.interruptedAt).map(({ effect }) => effect.do);
      const others = after.filter((kind) => kind !== 'terminate-hooks' && kind !== 'clean-hooks' && kind !== 'finish');
      expect(others, `seed ${seed}`).toEqual([]);
      expect(outcomeOf(trace), `seed ${seed}`).toBe(outcome);
    }),
  );

  it.each(interruptions)('%s: leaves no hook running', (interrupt) =>
    forSeeds((seed) => {
      const trace = runSync(seed, { interrupt, hangs: seed % 2 === 0 });
      if (trace.interruptedAt === undefined) return;
      expect(
        [...trace.state.hooks.values()].filter((run) => run.state === 'running'),
        `seed ${seed}`,
      ).toEqual([]);
    }),
  );
});

describe('a sync with hooks that hang', () => {
  it('waits for them in Argo CD, and ends when its time is up in Flux', () =>
    forSeeds((seed) => {
      const trace = runSync(seed, { hangs: true });
      if (isFinished(trace)) return;
      expect(trace.state.plan.awaitSeconds, `seed ${seed}`).toBe(0);
      expect(trace.effects.at(-1)?.effect.do, `seed ${seed}`).toBe('await');
    }));
});

it('a sync that goes on after a kill runs no hook again that has ended', () =>
  forSeeds((seed) => {
    const killed = runSync(seed, { killAfter: 1 + (seed % 9) });
    const ran = new Map<HookId, RecordedHookState>();
    for (const [id, run] of killed.state.hooks) if (run.state !== 'pending' && run.state !== 'begun') ran.set(id, run.state);
    const ended = new Set([...ran].filter(([, state]) => state !== 'running').map(([id]) => id.split(' ')[1]));
    const again = runSync(seed, { ran });
    expect(
      doing(again, 'write')
        .filter(({ key }) => ended.has(key))
        .map(({ key }) => key),
      `seed ${seed}`,
    ).toEqual([]);
    expect(isFinished(again), `seed ${seed}`).toBe(true);
  }));
