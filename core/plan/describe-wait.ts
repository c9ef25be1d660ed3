import type { SyncProgress } from '../app/status.ts';
import { describeKey } from '../objects/object.ts';
import { judge } from './judge.ts';
import type { Seen, SyncEvent, SyncState } from './sync-state.ts';

type Observed = Extract<SyncEvent, { type: 'observed' }>;

/** What a sync waits for, in words: `waits for wave 2: Job shop/migrate is Progressing: 0/1 completions, and 3 more`. */
export function describeWait(state: SyncState, observed: Observed, since: number): SyncProgress {
  const step = state.plan.steps[state.step];
  const isFailing = state.phase === 'failing';
  const phase = isFailing ? 'SyncFail' : step?.phase;
  const hooks = [...observed.hooks].flatMap(([id, seen]) => {
    const hook = state.hooks.get(id);
    return hook === undefined ? [] : [`hook ${describeKey(hook.key)} is ${described(seen)}`];
  });
  const objects = [...observed.health]
    .filter(([, seen]) => seen === 'missing' || judge(seen, state.plan.readiness) !== 'ready')
    .map(([key, seen]) => `${describeKey(key)} is ${described(seen)}`);
  const going = [...observed.going].map(([key, finalizers]) => `${describeKey(key)} to go${held(finalizers)}`);
  const all = [...hooks, ...objects, ...going];
  const more = all.length > 1 ? `, and ${all.length - 1} more` : '';
  const where = isFailing || step === undefined ? `phase ${phase}` : whereOf(step.phase, step.wave);
  return {
    state: 'waiting',
    ...(phase === undefined ? {} : { phase }),
    ...(isFailing || step === undefined ? {} : { wave: step.wave }),
    message: `waits for ${where}: ${all[0] ?? 'its objects'}${more}`.slice(0, 4_000),
    code: hooks.length + objects.length === 0 && going.length > 0 ? 'apply.finalizer_pending' : 'apply.waiting',
    since,
  };
}

/** Where a sync is that waits for nothing: `syncs wave 2`, `syncs phase PreSync`. */
export function describeStep(state: SyncState, since: number): SyncProgress {
  const step = state.plan.steps[state.step];
  if (state.phase === 'failing' || step === undefined)
    return { state: 'running', phase: 'SyncFail', message: 'syncs phase SyncFail', since };
  const { phase, wave } = step;
  return { state: 'running', phase, wave, message: `syncs ${whereOf(phase, wave)}`, since };
}

function whereOf(phase: string, wave: number): string {
  return phase === 'Sync' ? `wave ${wave}` : wave === 0 ? `phase ${phase}` : `phase ${phase}, wave ${wave}`;
}

function described(seen: Seen): string {
  if (seen === 'missing') return 'not there';
  return seen.message === undefined ? seen.status : `${seen.status}: ${seen.message}`;
}

function held(finalizers: readonly string[]): string {
  return finalizers.length === 0 ? '' : `: finalizer ${finalizers.join(', ')} holds it`;
}
