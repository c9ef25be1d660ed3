import { type ObjectKey, refOfKey } from '../objects/object.ts';
import { compareHelmHooks } from '../release/helm-order.ts';
import type { HookPhase } from './object-policy.ts';
import type { Deletions } from './plan-deletions.ts';
import type { Plan, PlanInput, PlannedObject, PlanStep, StepPhase } from './plan-types.ts';
import type { BlockedObject } from './prepare.ts';
import { stageOf } from './stage-order.ts';

/**
 * Puts what a sync does into steps.
 *
 *   Argo CD   PreSync waves ─► Sync waves ─► PostSync waves; SyncFail hooks apart. Deletions are done first in their wave, and their waves
 *             are those of their objects in reverse order; PruneLast makes a wave of its own at the end. With more than one step, each
 *             must be healthy before the next; the last one is waited for only where it has hooks.
 *             https://github.com/argoproj/argo-cd/blob/c9c369efcc5b/gitops-engine/pkg/sync/sync_context.go#L954
 *   Flux      one step of writes, one of deletions, and then, where the App asks for it, it is waited for health. A HelmRelease has hooks
 *             before and after, and its tests.
 *   removal   PreDelete hooks ─► deletions, waves in reverse ─► PostDelete hooks
 *
 * Within a step, stages stand for the kinds' order (stage-order.ts).
 */
export interface StepInput {
  readonly objects: readonly PlannedObject[];
  readonly hooks: readonly PlannedObject[];
  readonly blocked: readonly BlockedObject[];
  readonly deletions: Deletions;
  readonly input: PlanInput;
}

type Arranged = Pick<Plan, 'steps' | 'onFailure'>;

/** A step while it is put together. */
interface Draft {
  readonly phase: StepPhase;
  readonly wave: number;
  /** Hooks of a Helm release go one after the other, whatever their weight. */
  readonly turn: number;
  readonly writes: PlannedObject[];
  readonly prunes: ObjectKey[];
  readonly blocked: BlockedObject[];
}

const PHASES: readonly StepPhase[] = ['PreDelete', 'PreSync', 'Sync', 'Delete', 'PostSync', 'PostDelete', 'Test', 'SyncFail'];

export function arrangeSteps(parts: StepInput): Arranged {
  if (parts.input.removed) return { steps: removalSteps(parts), onFailure: [] };
  return parts.input.policy.dialect === 'argo' ? argoSteps(parts) : fluxSteps(parts);
}

/** Drafts by phase and wave; they come out in the order in which they are carried out. */
class Drafts {
  readonly #drafts = new Map<string, Draft>();

  at(phase: StepPhase, wave: number, turn = 0): Draft {
    const id = `${phase} ${wave} ${turn}`;
    const known = this.#drafts.get(id);
    if (known !== undefined) return known;
    const made: Draft = { phase, wave, turn, writes: [], prunes: [], blocked: [] };
    this.#drafts.set(id, made);
    return made;
  }

  inOrder(): readonly Draft[] {
    return [...this.#drafts.values()].sort(
      (a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || a.wave - b.wave || a.turn - b.turn,
    );
  }
}

function argoSteps({ objects, hooks, blocked, deletions }: StepInput): Arranged {
  const drafts = new Drafts();
  const running = hooks.filter(({ hook }) => hook?.phase !== 'SyncFail');
  const onFailure = hooks.filter(({ hook }) => hook?.phase === 'SyncFail');
  const bubbled = needsOf([...objects, ...running]);
  const ensured = objects.filter(({ object }) => object.ensureOnly);
  for (const planned of objects) {
    if (planned.object.ensureOnly) continue;
    const { phase, wave } = placeOf(planned, bubbled);
    drafts.at(phase, wave).writes.push(planned);
  }
  for (const hook of running) drafts.at(hook.hook?.phase ?? 'Sync', hook.object.policy.wave).writes.push(hook);
  for (const entry of blocked) drafts.at('Sync', entry.wave ?? 0).blocked.push(entry);
  const inSync = [...objects, ...running.filter(({ hook }) => hook?.phase === 'Sync')].map(({ object }) => object.policy.wave);
  placePrunes(drafts, deletions, [...inSync, ...blocked.map((entry) => entry.wave ?? 0)]);
  const ordered = drafts.inOrder();
  // The namespace that everything lives in comes before everything.
  ordered[0]?.writes.unshift(...ensured);
  if (ordered.length === 0 && ensured.length > 0) drafts.at('Sync', 0).writes.push(...ensured);
  const final = ordered.length === 0 ? drafts.inOrder() : ordered;
  const isMulti = final.length > 1 || onFailure.length > 0;
  return {
    steps: final.map((draft, i) => {
      const isLast = i === final.length - 1;
      const waits = isMulti && (!isLast || draft.writes.some(({ hook }) => hook !== undefined));
      return toStep(draft, { await: waits ? ownedKeys(draft.writes) : [], awaitGone: isMulti && !isLast });
    }),
    onFailure,
  };
}

/** Argo CD's order of deletion: the first wave takes the place of the last, the second that of the second to last, and so on. */
function placePrunes(drafts: Drafts, { deleted }: Deletions, others: readonly number[]): void {
  const waves = [...new Set(deleted.map(({ policy }) => policy.wave))].sort((a, b) => a - b);
  const swapped = new Map(waves.map((wave, i) => [wave, waves[waves.length - 1 - i] ?? wave]));
  const last = [...waves, ...others].reduce((most, wave) => Math.max(most, wave), 0) + 1;
  for (const { key, policy } of deleted)
    drafts.at('Sync', policy.pruneLast ? last : (swapped.get(policy.wave) ?? policy.wave)).prunes.push(key);
}

type Place = { readonly phase: HookPhase; readonly wave: number };

/**
 * Where something is first needed: of each namespace (`/Namespace//<name>`) and each kind (`group/Kind`), the earliest step that has something
 * in it or of it. A Namespace or definition that would come later comes then.
 */
function needsOf(all: readonly PlannedObject[]): ReadonlyMap<string, Place> {
  const needs = new Map<string, Place>();
  const note = (need: string, place: Place): void => {
    const known = needs.get(need);
    if (known === undefined || isBefore(place, known)) needs.set(need, place);
  };
  for (const { object, hook } of all) {
    const place: Place = { phase: hook?.phase ?? 'Sync', wave: object.policy.wave };
    if (object.ref.namespace !== '') note(`/Namespace//${object.ref.namespace}`, place);
    note(`${object.ref.group}/${object.ref.kind}`, place);
  }
  return needs;
}

function placeOf({ object }: PlannedObject, needs: ReadonlyMap<string, Place>): Place {
  const own: Place = { phase: 'Sync', wave: object.policy.wave };
  const needed = object.defines === undefined ? needs.get(object.key) : needs.get(object.defines);
  return needed !== undefined && isBefore(needed, own) ? needed : own;
}

function isBefore(a: Place, b: Place): boolean {
  return PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) < 0 || (a.phase === b.phase && a.wave < b.wave);
}

function fluxSteps({ objects, hooks, blocked, deletions, input }: StepInput): Arranged {
  if (input.testsOnly === true) return { steps: testSteps(hooks), onFailure: [] };
  const drafts = new Drafts();
  for (const [turn, hook] of inHelmOrder(hooks).entries()) {
    const phase = hook.hook?.phase ?? 'Sync';
    if (!isHookOff(phase, input)) drafts.at(phase, hook.object.policy.wave, turn).writes.push(hook);
  }
  drafts.at('Sync', 0).writes.push(...objects);
  drafts.at('Sync', 0).blocked.push(...blocked);
  drafts.at('Sync', deletions.deleted.length > 0 ? 1 : 0).prunes.push(...deletions.deleted.map(({ key }) => key));
  const ordered = drafts.inOrder();
  const lastOfSync = ordered.findLastIndex(({ phase }) => phase === 'Sync');
  const awaited = awaitedKeys(objects, input);
  return {
    steps: ordered.map((draft, i) =>
      toStep(draft, {
        await: i === lastOfSync ? awaited : [],
        awaitGone: false,
        ...(draft.phase === 'Test' && isTestFailureIgnored(input) ? { mayFail: true } : {}),
      }),
    ),
    onFailure: [],
  };
}

/** The action's word goes before that of all tests. */
function isTestFailureIgnored({ policy, release }: PlanInput): boolean {
  const { test } = policy.release ?? {};
  const ofAction = release === undefined ? undefined : policy.release?.[release].ignoreTestFailures;
  return ofAction ?? test?.ignoreFailures ?? false;
}

function inHelmOrder(hooks: readonly PlannedObject[]): readonly PlannedObject[] {
  const keyed = hooks.map((planned) => ({ planned, weight: planned.object.policy.wave, ref: planned.object.ref }));
  return keyed.sort(compareHelmHooks).map(({ planned }) => planned);
}

function testSteps(hooks: readonly PlannedObject[]): readonly PlanStep[] {
  const drafts = new Drafts();
  for (const [turn, planned] of inHelmOrder(hooks).entries())
    if (planned.hook?.phase === 'Test') drafts.at('Test', planned.object.policy.wave, turn).writes.push(planned);
  return drafts.inOrder().map((draft) => toStep(draft, { await: [], awaitGone: false }));
}

function isHookOff(phase: StepPhase, { policy, release }: PlanInput): boolean {
  if (phase === 'Test') return policy.release?.test === undefined || release === 'rollback';
  return release !== undefined && policy.release?.[release].disableHooks === true;
}

/** What a Flux App waits for at its end: everything (`wait`, a release that does not say otherwise), or what it names. */
function awaitedKeys(objects: readonly PlannedObject[], { policy, release }: PlanInput): readonly ObjectKey[] {
  const all = (): readonly ObjectKey[] => ownedKeys(objects).filter((key) => !key.startsWith('/Namespace//'));
  if (policy.release !== undefined) return release !== undefined && policy.release[release].disableWait ? [] : all();
  if (policy.wait === true) return all();
  return policy.healthChecks ?? [];
}

function removalSteps({ hooks, deletions, input }: StepInput): readonly PlanStep[] {
  const drafts = new Drafts();
  // Nothing is run for an App that a person has yet to let go.
  const isHeld = deletions.held.length > 0;
  for (const hook of isHeld ? [] : hooks) drafts.at(hook.hook?.phase ?? 'PreDelete', hook.object.policy.wave).writes.push(hook);
  for (const { key, policy } of deletions.deleted) drafts.at('Delete', 0 - policy.wave).prunes.push(key);
  const ordered = drafts.inOrder();
  return ordered.map((draft, i) =>
    toStep(draft, { await: [], awaitGone: i < ordered.length - 1 || input.policy.awaitDeletion === true }),
  );
}

function ownedKeys(writes: readonly PlannedObject[]): readonly ObjectKey[] {
  return writes.filter(({ hook, object }) => hook === undefined && !object.ensureOnly).map(({ object }) => object.key);
}

function toStep(draft: Draft, waits: Pick<PlanStep, 'await' | 'awaitGone' | 'mayFail'>): PlanStep {
  const prunes = toStages(draft.prunes, (key) => {
    const ref = refOfKey(key);
    return ref === undefined ? 0 : stageOf(ref);
  });
  return {
    phase: draft.phase,
    wave: draft.wave,
    prunes: prunes.reverse(),
    stages: toStages(draft.writes, ({ object }) => object.stage),
    blocked: draft.blocked,
    ...waits,
  };
}

function toStages<T>(items: readonly T[], stage: (item: T) => number): T[][] {
  const stages: T[][] = [];
  for (const item of items) {
    const at = stage(item);
    const known = stages[at];
    if (known === undefined) stages[at] = [item];
    else known.push(item);
  }
  return stages.filter((entries) => entries !== undefined);
}
