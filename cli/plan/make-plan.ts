/**
 * The plan that the agent would make, without a cluster: the same preparation and the same planner, with live objects from a file and a comparison that
 * needs no server (core/diff/offline-compare.ts).
 */
import { createHash } from 'node:crypto';
import type { AppPolicy } from '../../core/app/policy.ts';
import { makeBundle } from '../../core/bundle/make-bundle.ts';
import { FIELD_MANAGER } from '../../core/diff/comparable.ts';
import { type CompiledRule, compileIgnoreRules, pointedPaths, rulesFor } from '../../core/diff/ignore-rules.ts';
import { pathsProgram, readPaths } from '../../core/diff/jq-paths.ts';
import { compareOffline } from '../../core/diff/offline-compare.ts';
import { ownersOf } from '../../core/diff/owners.ts';
import type { FieldPath } from '../../core/diff/pointer.ts';
import type { Sandbox } from '../../core/health/sandbox.ts';
import { type JsonObject, keyOf, type Manifest, type ObjectKey, refOf } from '../../core/objects/object.ts';
import { computePlan } from '../../core/plan/plan.ts';
import type { KnownObject, Plan, PlannedObject } from '../../core/plan/plan-types.ts';
import { type PreparedObject, prepareBundle } from '../../core/plan/prepare.ts';
import { type PrunePolicy, prunePolicyOf } from '../../core/plan/prune-policy.ts';
import { readObjectPolicy } from '../../core/plan/read-object-policy.ts';
import { isTracked } from '../../core/plan/tracking.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { offlineScopes } from './builtin-scopes.ts';

export interface PlanRequest {
  readonly manifests: readonly Manifest[];
  readonly live: readonly Manifest[];
  readonly policy: AppPolicy;
  /** For jq in ignore rules; made only when there is some. */
  readonly sandbox: () => Pick<Sandbox, 'jq'>;
}

export type PlanAction = 'create' | 'update' | 'unchanged' | 'hook' | 'prune' | 'ensure';

/** One thing that a step does. */
export interface PlanEntry {
  readonly key: ObjectKey;
  readonly action: PlanAction;
  /** Of an update: what changes, and who set it. */
  readonly fields?: readonly string[];
  readonly managers?: readonly string[];
}

export interface PlanView {
  /** False when the comparison asked no server: then it is an approximation. */
  readonly exact: false;
  readonly steps: readonly { readonly phase: string; readonly wave: number; readonly entries: readonly PlanEntry[] }[];
  /** Not done, with the reason. */
  readonly blocked: readonly { readonly key: ObjectKey; readonly problem: Problem }[];
  readonly held: readonly { readonly key: ObjectKey; readonly problem: Problem }[];
  readonly kept: readonly ObjectKey[];
  readonly orphaned: readonly ObjectKey[];
  readonly problems: readonly Problem[];
  readonly changes: { readonly create: number; readonly update: number; readonly prune: number; readonly unchanged: number };
}

/** Makes the plan. Objects of `live` that are not the App's, by their tracking metadata, are only compared, never pruned. */
export async function makePlan({ manifests, live, policy, sandbox }: PlanRequest): Promise<PlanView> {
  const { bundle, warnings } = makeBundle(manifests, '0'.repeat(64));
  const scopeOf = offlineScopes(live);
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);
  const agent = { namespace: 'plumbline-system', serviceAccount: 'plumbline-agent' };
  const prepared = prepareBundle(bundle, { policy, agent, scopeOf, hash });
  const lives = new Map<ObjectKey, Manifest>(live.map((object) => [keyOf(refOf(object)), object]));
  const compiled = compileIgnoreRules(policy, undefined);
  const problems: Problem[] = [...warnings, ...prepared.warnings, ...compiled.problems];
  const changed = new Map<ObjectKey, readonly string[]>();
  const inventory = new Map<ObjectKey, KnownObject>();
  const prunePolicies = new Map<ObjectKey, PrunePolicy>();
  for (const object of prepared.objects) {
    const found = lives.get(object.key);
    if (found === undefined) continue;
    const rules = rulesFor(compiled.rules, object.ref, object.apiVersion).filter((rule) => rule.selection.matches(found));
    const ignored = [...pointedPaths(rules, found), ...(await jqPaths(rules, found, { sandbox, problems }))];
    const fields = object.ensureOnly ? [] : differing(object, found, { ignored, rules });
    if (fields.length > 0) changed.set(object.key, fields);
    inventory.set(object.key, { hash: fields.length > 0 ? undefined : object.hash, current: fields.length === 0 });
  }
  for (const [key, object] of lives) {
    if (inventory.has(key) || !isTracked(object, refOf(object), policy)) continue;
    inventory.set(key, { hash: undefined, current: false });
    const known = prunePolicyOf(readObjectPolicy(object, policy).policy);
    if (known !== undefined) prunePolicies.set(key, known);
  }
  const plan = computePlan({
    bundle: prepared,
    inventory,
    prunePolicies,
    ownedByOther: () => undefined,
    wantedByOther: () => false,
    policy,
    removed: false,
    confirmed: false,
    expired: false,
    run: { id: 'plan', revision: 'plan', startedAt: 0 },
  });
  return toView(plan, { changed, lives, problems, inventory });
}

function differing(
  object: PreparedObject,
  live: Manifest,
  { ignored, rules }: { readonly ignored: readonly FieldPath[]; readonly rules: readonly CompiledRule[] },
): readonly string[] {
  const { write } = object.policy;
  if (write === 'ignore' || write === 'create') return [];
  const fields = compareOffline(JSON.parse(object.body) as JsonObject, live, ignored); // made by prepareObject from an object
  const managers = new Set(rules.flatMap((rule) => rule.managers));
  if (managers.size === 0) return fields;
  const theirs = new Set(
    ownersOf(live, fields, FIELD_MANAGER).flatMap(({ field, manager }) => (managers.has(manager) ? [field] : [])),
  );
  return fields.filter((field) => !theirs.has(field));
}

async function jqPaths(
  rules: readonly CompiledRule[],
  live: Manifest,
  { sandbox, problems }: { readonly sandbox: PlanRequest['sandbox']; readonly problems: Problem[] },
): Promise<FieldPath[]> {
  const found: FieldPath[] = [];
  for (const rule of rules) {
    for (const expression of rule.jq) {
      const answer = await sandbox().jq(pathsProgram(expression), [live]);
      const [all] = answer.ok ? answer.value : [];
      const paths = Array.isArray(all) ? readPaths(all[0] ?? null, live) : undefined;
      if (typeof paths === 'object') found.push(...paths);
      else
        problems.push(
          problem(
            'diff.ignore_invalid',
            `${rule.name}: ${answer.ok ? (paths ?? 'it does not name fields') : answer.error.message}`,
          ),
        );
    }
  }
  return found;
}

interface Known {
  readonly changed: ReadonlyMap<ObjectKey, readonly string[]>;
  readonly lives: ReadonlyMap<ObjectKey, Manifest>;
  readonly inventory: ReadonlyMap<ObjectKey, KnownObject>;
  readonly problems: readonly Problem[];
}

function toView(plan: Plan, known: Known): PlanView {
  const steps = plan.steps.map(({ phase, wave, prunes, stages }) => ({
    phase,
    wave,
    entries: [
      ...prunes.flat().map((key): PlanEntry => ({ key, action: 'prune' })),
      ...stages.flat().map((planned) => toEntry(planned, known)),
    ],
  }));
  const count = (action: PlanAction) => steps.flatMap(({ entries }) => entries).filter((entry) => entry.action === action).length;
  return {
    exact: false,
    steps,
    blocked: [...plan.blocked, ...plan.shared].map(({ key, problem: why }) => ({ key, problem: why })),
    held: plan.held.map(({ key, problem: why }) => ({ key, problem: why })),
    kept: plan.kept,
    orphaned: plan.orphaned,
    problems: [...known.problems, ...plan.problems, ...plan.refusals],
    changes: { create: count('create'), update: count('update'), prune: count('prune'), unchanged: count('unchanged') },
  };
}

function toEntry({ object, first }: PlannedObject, { changed, lives }: Known): PlanEntry {
  const { key } = object;
  if (first === 'hook') return { key, action: 'hook' };
  const live = lives.get(key);
  if (object.ensureOnly) return { key, action: live === undefined ? 'ensure' : 'unchanged' };
  if (first === 'create' || live === undefined) return { key, action: 'create' };
  const fields = changed.get(key);
  if (fields === undefined) return { key, action: 'unchanged' };
  const managers = [...new Set(ownersOf(live, fields, FIELD_MANAGER).map(({ manager }) => manager))];
  return { key, action: 'update', fields, ...(managers.length === 0 ? {} : { managers }) };
}
