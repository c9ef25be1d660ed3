import type { AppPolicy } from '../../../core/app/policy.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import { computePlan } from '../../../core/plan/plan.ts';
import type { Plan, PlanInput } from '../../../core/plan/plan-types.ts';
import { prepareBundle } from '../../../core/plan/prepare.ts';
import { stepSync } from '../../../core/plan/sync.ts';
import {
  type HookId,
  newSync,
  type RecordedHookState,
  type Seen,
  type SyncEffect,
  type SyncEvent,
  type SyncOptions,
  type SyncState,
} from '../../../core/plan/sync-state.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { ObjectResult } from '../../../core/protocol/messages.ts';
import { policyOf } from './policy.ts';

/** An object of a test: `Job migrate`, with annotations. */
export const manifest = (kind: string, name: string, annotations: Record<string, string> = {}): Manifest => ({
  apiVersion: API[kind] ?? 'v1',
  kind,
  metadata: {
    ...(name.endsWith('*') ? { name, generateName: name.slice(0, -1) } : { name }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  },
});

const API: Readonly<Record<string, string>> = {
  Job: 'batch/v1',
  Deployment: 'apps/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  Widget: 'x.example.com/v1',
};

export const wave = (kind: string, name: string, number: number): Manifest =>
  manifest(kind, name, { 'argocd.argoproj.io/sync-wave': String(number) });
export const hook = (phases: string, name: string, more: Record<string, string> = {}): Manifest =>
  manifest('Job', name, { 'argocd.argoproj.io/hook': phases, ...more });

export type PlanChanges = Partial<Omit<PlanInput, 'policy'>> & {
  readonly policy?: Partial<AppPolicy>;
  readonly unserved?: readonly string[];
};

/** The plan of these objects in namespace shop, of which nothing is in the cluster yet. */
export function planFor(objects: readonly Manifest[], changes: PlanChanges = {}): Plan {
  const { policy, unserved = [], ...rest } = changes;
  const whole = policyOf({ targetNamespace: 'shop', ...policy });
  const bundle = prepareBundle(
    { format: 1, salt: '0'.repeat(64), objects },
    {
      policy: whole,
      agent: { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' },
      scopeOf: (_, kind) =>
        unserved.includes(kind)
          ? undefined
          : kind === 'Namespace' || kind === 'CustomResourceDefinition'
            ? 'cluster'
            : 'namespaced',
      hash: (text) => text,
    },
  );
  return computePlan({
    bundle,
    inventory: new Map(),
    ownedByOther: () => undefined,
    wantedByOther: () => false,
    removed: false,
    confirmed: false,
    expired: false,
    run: { id: 'run', revision: '0123456789abcdef', startedAt: 1_700_000_000_000 },
    ...rest,
    policy: whole,
  });
}

/** What a cluster of a test answers; everything goes well where nothing is said. */
export interface Script {
  /** How live compares; `differs` where nothing is said. */
  readonly compared?: Readonly<Record<string, 'same' | 'differs' | 'absent' | Problem>>;
  /** Names of objects that cannot be written or deleted. */
  readonly refused?: readonly string[];
  /** What is seen of an object (by name) at its n-th look; Healthy where nothing is said. */
  readonly seen?: Readonly<Record<string, readonly Seen[]>>;
  /** Finalizers that keep what is deleted, for so many looks. */
  readonly going?: Readonly<Record<string, number>>;
  /** Ends it before the effect of this number. */
  readonly end?: { readonly before: number; readonly by: 'supersede' | 'terminate' };
  readonly late?: boolean;
  readonly served?: boolean;
  readonly options?: Partial<SyncOptions>;
  readonly ran?: ReadonlyMap<HookId, RecordedHookState>;
}

export interface Driven {
  /** One line for each effect: `write ConfigMap/a Job/b`. */
  readonly log: readonly string[];
  readonly state: SyncState;
  readonly outcome: string;
}

const short = (key: string): string =>
  key
    .split('/')
    .filter((_, i) => i === 1 || i === 3)
    .join('/');

/** Carries a plan out against a scripted cluster. */
export function drive(plan: Plan, script: Script = {}): Driven {
  const log: string[] = [];
  const looks = new Map<string, number>();
  const nameOf = (key: string) => key.split('/')[3] ?? '';
  const look = (key: string): Seen => {
    const list = script.seen?.[nameOf(key)] ?? [];
    const n = looks.get(key) ?? 0;
    looks.set(key, n + 1);
    return list[Math.min(n, list.length - 1)] ?? { status: 'Healthy' };
  };
  const answer = (effect: Exclude<SyncEffect, { do: 'finish' }>, state: SyncState): SyncEvent => {
    const isRefused = (key: string) => script.refused?.includes(nameOf(key)) === true;
    const refusal = problem('apply.invalid', 'no');
    switch (effect.do) {
      case 'compare':
        return {
          type: 'compared',
          outcomes: new Map(effect.keys.map((key) => [key, script.compared?.[nameOf(key)] ?? 'differs'])),
        };
      case 'discover':
        return { type: 'discovered', served: script.served === true };
      case 'prune':
        return {
          type: 'pruned',
          results: effect.keys.map(
            (key): ObjectResult => (isRefused(key) ? { key, action: 'failed', problem: refusal } : { key, action: 'pruned' }),
          ),
          going: effect.keys.filter((key) => (script.going?.[nameOf(key)] ?? 0) > 0),
        };
      case 'write':
        return {
          type: 'written',
          results: effect.keys.map((key): ObjectResult => {
            const phase = state.phase === 'failing' ? 'SyncFail' : (state.plan.steps[state.step]?.phase ?? 'Sync');
            const isHook = state.hooks.has(`${phase} ${key}`);
            const base = isHook ? { key, hook: { phase, state: 'running' as const } } : { key };
            return isRefused(key) ? { ...base, action: 'failed', problem: refusal } : { ...base, action: 'created' };
          }),
        };
      case 'await-definitions':
        return { type: 'established', problems: [] };
      case 'await':
        return {
          type: 'observed',
          health: new Map(effect.health.map((key) => [key, look(key)])),
          hooks: new Map(effect.hooks.map((id) => [id, look(state.hooks.get(id)?.key ?? '')])),
          going: new Map(
            effect.gone.flatMap((key) => {
              const n = looks.get(`going ${key}`) ?? 0;
              looks.set(`going ${key}`, n + 1);
              return n < (script.going?.[nameOf(key)] ?? 0) ? [[key, ['example.com/hold']] as const] : [];
            }),
          ),
          late: script.late === true,
        };
      case 'terminate-hooks':
        return { type: 'terminated', hooks: effect.hooks };
      case 'clean-hooks':
        return { type: 'cleaned', results: [] };
    }
  };
  let step = stepSync(newSync(plan, { dryRun: false, asked: false, ...script.options }, script.ran), { type: 'start' });
  for (let i = 0; i < 1_000; i++) {
    const { effect } = step;
    if (effect === undefined) throw new Error('no effect');
    if (effect.do === 'finish') return { log, state: step.state, outcome: effect.outcome };
    const line = lineOf(effect, step.state);
    if (log.at(-1) !== line) log.push(line);
    let { state } = step;
    if (script.end !== undefined && i >= script.end.before && state.ended !== 'superseded' && state.ended !== 'terminated')
      state = stepSync(state, { type: script.end.by }).state;
    step = stepSync(state, answer(effect, state));
  }
  throw new Error(`it does not end: ${log.slice(-5).join('; ')}`);
}

function lineOf(effect: Exclude<SyncEffect, { do: 'finish' }>, state: SyncState): string {
  const ofHooks = (ids: readonly HookId[]) => ids.map((id) => short(state.hooks.get(id)?.key ?? id));
  switch (effect.do) {
    case 'await':
      return [
        'await',
        ...effect.health.map(short),
        ...ofHooks(effect.hooks),
        ...effect.gone.map((key) => `gone:${short(key)}`),
      ].join(' ');
    case 'terminate-hooks':
      return ['terminate', ...ofHooks(effect.hooks)].join(' ');
    case 'clean-hooks':
      return [
        'clean',
        ...ofHooks(effect.remove).map((key) => `remove:${key}`),
        ...ofHooks(effect.release).map((key) => `release:${key}`),
      ].join(' ');
    default:
      return [effect.do, ...effect.keys.map(short)].join(' ');
  }
}
